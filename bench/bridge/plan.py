"""What a query selects of a bridge: both directions, the columns, and every run they need."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from bench.bridge.direction import Change, Direction, direction_of
from bench.datasets.catalogue import find_dataset
from bench.declared.steps import Declared, read_steps
from bench.declared.tables import find_metric
from bench.errors import UsageError
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import Job
from bench.plan.plan import Known, Place, each_once, installed, kind_of, plan_cells
from bench.plan.query import JOIN, Conditions, MethodName, Query, short_name
from bench.store.records import Record
from iunet.declare.net import Kind
from iunet.declare.protocol import (
    Protocol,
    ProtocolError,
    default_protocol,
    find_protocol,
    read_changes,
    shipped_protocols,
)


@dataclass(frozen=True)
class PlannedRuns:
    """The runs of every column under one protocol."""

    conditions: Conditions
    cells: Mapping[Place, tuple[Job, ...]]

    @property
    def protocol(self) -> Protocol:
        """The protocol they are planned under."""
        return self.conditions.protocol

    @property
    def jobs(self) -> list[Job]:
        """Every run, column by column."""
        return [job for jobs in self.cells.values() for job in jobs]


@dataclass(frozen=True)
class Arm:
    """One direction with its runs.

    Args:
        base, other: the two protocols themselves.
        changes: those that change a run of some column.
        idle: those that do not, or that no score depends on.
        whole: whether all steps are asked for, so that there is a sum of all.
    """

    base: PlannedRuns
    other: PlannedRuns
    changes: tuple[tuple[Change, PlannedRuns], ...]
    idle: tuple[Change, ...]
    whole: bool = True


@dataclass(frozen=True)
class BridgePlan:
    """Both directions as selected.

    Args:
        added: steps that were named, and files.
        kind: what the datasets have.
        metrics: effects are measured by, the one that is shown first first.
        command: asks the same again.
        fresh: whether it does without shipped records.
    """

    arms: tuple[Arm, Arm]
    columns: tuple[Place, ...]
    added: tuple[str, ...]
    kind: Kind
    metrics: tuple[str, ...]
    budget: Budget
    command: str
    fresh: bool = False

    @property
    def title(self) -> str:
        """Its budget, datasets, methods, and what is asked for beside or instead of all steps."""
        datasets = dict.fromkeys(column.dataset for column in self.columns)
        methods = dict.fromkeys(column.method_name for column in self.columns)
        added = f"; steps {', '.join(self.added)}" if self.added else ""
        return f"Budget {self.budget.key}: {', '.join(datasets)}; {', '.join(methods)}{added}"

    @property
    def jobs(self) -> list[Job]:
        """Every run, once; runs of the two protocols themselves first and under their names."""
        return each_once(job for planned in self.protocols for job in planned.jobs)

    @property
    def protocols(self) -> list[PlannedRuns]:
        """Every protocol there are runs under, the two named ones first."""
        bases = [arm.base for arm in self.arms]
        return bases + [planned for arm in self.arms for _, planned in arm.changes]


def plan_bridge(query: Query, declared: Declared | None = None) -> BridgePlan:
    """Look everything up and plan both directions.

    Args:
        declared: other steps than those that come along.

    Raises:
        UsageError, UnknownKey, ProtocolError: an unknown or impossible name, file or setting, two
            protocols that are equal, or steps that change nothing here.
    """
    steps = declared or read_steps()
    start, end = ends(query)
    datasets = query.datasets or steps.datasets
    kind = _kind(datasets)
    budget = find_budget(query.budget or default_budget())
    columns = tuple(
        Place(dataset, name.net, name.method)
        for dataset in datasets
        for name in map(MethodName.parse, query.methods or steps.methods)
    )
    planner = _Planner(columns, budget, kind, installed())
    directions = _directions(start, end, steps, query)
    first, second = (planner.arm(direction, query.steps) for direction in directions)
    if not (first.changes or second.changes):
        named = f"steps {', '.join(query.steps)}" if query.steps else "steps"
        raise UsageError(
            f"none of the {named} changes a run of {', '.join(one.title for one in columns)}"
        )
    metrics = steps.metrics[kind]
    shown = find_metric(query.metric, metrics) if query.metric else metrics[0]
    return BridgePlan(
        arms=(first, second),
        columns=columns,
        added=(*query.steps, *(Path(name).stem for name in query.own)),
        kind=kind,
        metrics=tuple(sorted(metrics, key=lambda metric: metric != shown)),
        budget=budget,
        command=_command(query),
        fresh=query.fresh,
    )


def recorded(records: Iterable[Record], *, fresh: bool = False) -> list[BridgePlan]:
    """The bridges between the two usual protocols that records are of, those of most steps first.

    One for each budget and kind of data, and for datasets of the same columns and steps. One of
    fewer steps has the datasets of more steps, too, so that these steps are seen side by side. A
    direction in which no step was taken has none.

    Args:
        records: of single steps; those between other protocols are in none.
        fresh: whether it is planned without shipped records.

    Raises:
        UnknownKey, UsageError: a record is of a method or of data that nobody declares.
    """
    own = list(records)
    taken = _taken(own)
    found = []
    for columns, steps in dict.fromkeys(taken.values()):
        alike = [key for key, (other, more) in taken.items() if other == columns and steps <= more]
        query = Query(
            datasets=tuple(dataset for _, dataset in alike),
            methods=columns.methods,
            budget=columns.budget,
            steps=_as_named(steps),
            fresh=fresh,
        )
        plan = plan_bridge(query)
        if all(arm.whole for arm in plan.arms):
            plan = plan_bridge(replace(query, steps=()))
        found.append(_without_unrecorded(plan, own))
    return sorted(found, key=lambda plan: -len(plan.protocols))


def ends(query: Query) -> tuple[Protocol, Protocol]:
    """The two protocols; where nobody says, to the default one from the first other shipped one.

    Raises:
        UsageError, ProtocolError: an unknown name, or one protocol twice.
    """
    usual = default_protocol()
    shipped_keys = sorted(shipped_protocols(), key=lambda key: key == usual)
    end = query.end or (usual if query.start != usual else shipped_keys[0])
    start = query.start or next(key for key in shipped_keys if key != end)
    if start == end:
        raise UsageError(f"--from {start} and --to {end} are one protocol; name two")
    first, second = _end(start), _end(end)
    if first.key == second.key:
        raise UsageError(f"--from {start} and --to {end} are both called {first.key}; rename one")
    return first, second


def moved(base: PlannedRuns, step: PlannedRuns, column: Place, kind: Kind) -> bool:
    """Whether a column's runs differ from the base's, or the score that chooses among them."""
    before, after = base.cells[column], step.cells[column]
    if [job.run_id for job in before] != [job.run_id for job in after]:
        return True
    searched = len({job.point for job in after}) > 1
    return searched and base.conditions.half(kind).select != step.conditions.half(kind).select


@dataclass(frozen=True)
class _Planner:
    """Plans every column under one protocol at a time."""

    columns: tuple[Place, ...]
    budget: Budget
    kind: Kind
    known: Known

    def arm(self, direction: Direction, named: Sequence[str]) -> Arm:
        """A direction with its runs; only the named steps where any are."""
        base = self.under(direction.base)
        changes: list[tuple[Change, PlannedRuns]] = []
        idle: list[Change] = []
        whole = True
        for change in direction.changes:
            wanted = change.own or not named or bool({*named} & {*change.key.split(JOIN)})
            if not wanted and not (whole and change.scored):
                continue
            planned = self.under(change.protocol)
            moves = any(moved(base, planned, column, self.kind) for column in self.columns)
            if not wanted:
                whole = not moves
            elif moves and (change.scored or named):
                changes.append((change, planned))
            else:
                idle.append(change)
        return Arm(base, self.under(direction.other), tuple(changes), tuple(idle), whole)

    def under(self, protocol: Protocol) -> PlannedRuns:
        """Every column under a protocol."""
        conditions = Conditions(protocol, self.budget)
        return PlannedRuns(conditions, plan_cells(self.columns, conditions, known=self.known))


def _end(name: str) -> Protocol:
    try:
        return find_protocol(name)
    except ProtocolError as error:
        if Path(name).is_file() and not read_changes(Path(name)).base:
            raise UsageError(
                f"{error}; a file without a line `base` holds every setting, or is for --with, "
                "which puts its lines on both ends"
            ) from error
        raise


def _kind(datasets: Sequence[str]) -> Kind:
    kinds = {kind_of(find_dataset(key).key) for key in datasets}
    if len(kinds) > 1:
        raise UsageError(
            f"{', '.join(datasets)}: tables and pictures have other steps and other metrics; "
            "ask for one of them at a time"
        )
    return kinds.pop()


def _directions(
    start: Protocol, end: Protocol, declared: Declared, query: Query
) -> tuple[Direction, Direction]:
    own = [read_changes(Path(name)) for name in query.own]
    for changes in own:
        if changes.base not in ("", start.key, end.key):
            raise UsageError(
                f"{changes.path} changes {changes.base!r}, the ways begin at {start.key} and "
                f"{end.key}; leave out its line `base` to put it on both"
            )
    names = [changes.path.stem for changes in own]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"--with: two files are called {', '.join(twice)}; rename one")
    there = direction_of(start, end, declared, [one for one in own if one.base in ("", start.key)])
    back = direction_of(end, start, declared, [one for one in own if one.base in ("", end.key)])
    taken = [change.key for one in (there, back) for change in one.changes if change.own]
    for changes in own:
        if changes.path.stem not in taken:
            raise UsageError(f"{changes.path} changes nothing of {start.key} or {end.key}")
    _check_steps(query.steps, (*there.changes, *back.changes))
    return there, back


def _check_steps(steps: Sequence[str], changes: Sequence[Change]) -> None:
    known = dict.fromkeys(
        key for change in changes if not change.own for key in change.key.split(JOIN)
    )
    for key in steps:
        if key not in known:
            raise UsageError(
                f"no step called {key!r} between these protocols; known: {', '.join(known)}"
            )


def _command(query: Query) -> str:
    named = (
        ("--from", (query.start,)),
        ("--to", (query.end,)),
        ("-d", query.datasets),
        ("-m", query.methods),
        ("--step", query.steps),
        ("--with", query.own),
        ("--budget", (query.budget,)),
    )
    words = [word for option, values in named if any(values) for word in (option, ",".join(values))]
    return shlex.join(["bench", "bridge", *words, *(["--fresh"] if query.fresh else [])])


@dataclass(frozen=True)
class _Columns:
    """What datasets have in common that can stand in one table."""

    budget: str
    kind: Kind
    methods: tuple[str, ...]


def _taken(records: Iterable[Record]) -> dict[tuple[str, str], tuple[_Columns, frozenset[str]]]:
    """The columns and the steps that there are records of, by budget and dataset."""
    start, end = ends(Query())
    declared = read_steps()
    both = (direction_of(start, end, declared), direction_of(end, start, declared))
    steps = {change.protocol.key: change.key for one in both for change in one.changes}

    def place(record: Record) -> tuple[str, str]:
        return record.budget, record.dataset

    found = {}
    own = sorted((record for record in records if record.protocol in steps), key=place)
    for (budget, dataset), group in groupby(own, place):
        alike = list(group)
        kind = kind_of(dataset)
        names = {short_name(record.net, record.method, kind) for record in alike}
        usual = [name for name in declared.methods if name in names]
        methods = (*usual, *sorted(names.difference(usual)))
        taken = frozenset(steps[record.protocol] for record in alike)
        found[budget, dataset] = _Columns(budget, kind, methods), taken
    return found


def _as_named(steps: Iterable[str]) -> tuple[str, ...]:
    """The steps as a user names them, in declared order; some of them are taken together."""
    known = {step for key in steps for step in key.split(JOIN)}
    return tuple(step.key for step in read_steps().step if step.key in known)


def _without_unrecorded(plan: BridgePlan, records: Iterable[Record]) -> BridgePlan:
    """The plan without the changes of a direction in which no change has a record."""
    datasets = {column.dataset for column in plan.columns}
    protocols = {record.protocol for record in records if record.dataset in datasets}

    def recorded_part(arm: Arm) -> Arm:
        if any(change.protocol.key in protocols for change, _ in arm.changes):
            return arm
        return replace(arm, changes=(), idle=())

    there, back = plan.arms
    return replace(plan, arms=(recorded_part(there), recorded_part(back)))
