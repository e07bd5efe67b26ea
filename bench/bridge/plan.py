"""What a query selects of a bridge: both directions, the columns, and every run they need."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from bench.bridge.changes import Change, changes_between
from bench.datasets.catalogue import find_dataset
from bench.declared.steps import DeclaredSteps, read_steps
from bench.declared.tables import find_metric
from bench.errors import UsageError
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import Job
from bench.plan.plan import Place, Planner, each_once, kind_of, plan_cells, usual_planner
from bench.plan.query import Conditions, MethodName, Query, short_name
from bench.store.records import Record
from iunet.declare.contract import closest_first
from iunet.declare.net import Kind
from iunet.declare.protocol import (
    Protocol,
    ProtocolError,
    default_protocol,
    find_protocol,
    read_changes,
    shipped_protocols,
)

Cells = Mapping[Place, tuple[Job, ...]]
"""The runs of every column under one protocol."""


@dataclass(frozen=True)
class Direction:
    """The steps from one protocol towards another.

    Args:
        base, other: the two protocols.
        changes: those that change a run of some column.
        idle: those that do not, or that no score depends on.
        whole: whether all steps are selected, so that there is a sum of all.
    """

    base: Protocol
    other: Protocol
    changes: tuple[Change, ...]
    idle: tuple[Change, ...]
    whole: bool


@dataclass(frozen=True)
class BridgePlan:
    """Both directions as selected.

    Args:
        runs: of the columns, by key of their protocol.
        added: steps that were named, and files.
        metrics: effects are measured by, the one that is shown first first.
        command: selects the same again.
        fresh: whether it does without shipped records.
    """

    directions: tuple[Direction, Direction]
    columns: tuple[Place, ...]
    runs: Mapping[str, Cells]
    added: tuple[str, ...]
    metrics: tuple[str, ...]
    budget: Budget
    command: str
    fresh: bool

    @property
    def datasets(self) -> tuple[str, ...]:
        """Of the columns, each once."""
        return tuple(dict.fromkeys(column.dataset for column in self.columns))

    @property
    def methods(self) -> tuple[str, ...]:
        """Of the columns, each once, as a user names them."""
        return tuple(dict.fromkeys(column.method_name for column in self.columns))

    @property
    def title(self) -> str:
        """Its budget, datasets, methods, and what is selected beside or instead of all steps."""
        added = f"; steps {', '.join(self.added)}" if self.added else ""
        columns = f"{', '.join(self.datasets)}; {', '.join(self.methods)}"
        return f"Budget {self.budget.key}: {columns}{added}"

    @property
    def protocols(self) -> list[Protocol]:
        """Every protocol there are runs under, the two named ones first."""
        bases = [direction.base for direction in self.directions]
        changes = [change for direction in self.directions for change in direction.changes]
        return bases + [change.protocol for change in changes]

    @property
    def jobs(self) -> list[Job]:
        """Every run, once; runs of the two protocols themselves first and under their names."""
        cells = [self.runs[protocol.key] for protocol in self.protocols]
        return each_once(job for own in cells for jobs in own.values() for job in jobs)


def plan_bridge(query: Query, planner: Planner | None = None) -> BridgePlan:
    """Look everything up and plan both directions; see plan_cells for `planner`.

    Raises:
        UsageError, UnknownKey, ProtocolError: an unknown or impossible name, file or setting, two
            protocols that are equal, or steps that change nothing here.
    """
    steps = read_steps()
    start, end = end_protocols(query)
    datasets = query.datasets or steps.datasets
    metrics = steps.metrics[_kind(datasets)]
    budget = find_budget(query.budget or default_budget())
    methods = [MethodName.parse(name) for name in query.methods or steps.methods]
    columns = tuple(Place(each, name.net, name.method) for each, name in product(datasets, methods))
    there, back = _selected_changes(start, end, steps, query)
    direction_planner = _DirectionPlanner(columns, budget, query.steps, planner or usual_planner())
    directions = (
        direction_planner.direction(start, end, there),
        direction_planner.direction(end, start, back),
    )
    if not any(direction.changes for direction in directions):
        named = f"steps {', '.join(query.steps)}" if query.steps else "steps"
        raise UsageError(
            f"none of the {named} changes a run of {', '.join(one.title for one in columns)}"
        )
    shown = find_metric(query.metric, metrics) if query.metric else metrics[0]
    return BridgePlan(
        directions=directions,
        columns=columns,
        runs=direction_planner.runs,
        added=(*query.steps, *(Path(name).stem for name in query.own)),
        metrics=tuple(sorted(metrics, key=lambda metric: metric != shown)),
        budget=budget,
        command=_command(query),
        fresh=query.fresh,
    )


def recorded_bridges(
    records: Iterable[Record], *, fresh: bool = False, planner: Planner | None = None
) -> list[BridgePlan]:
    """The bridges between the two usual protocols that records are of, those of most steps first.

    One for each budget and kind of data, and for datasets of the same columns and steps. One of
    fewer steps has the datasets of more steps, too, so that these steps are seen side by side. A
    direction in which no step was taken has none.

    Args:
        records: of single steps; those between other protocols are in none.
        fresh: whether it is planned without shipped records.
        planner: see plan_cells.

    Raises:
        UnknownKey, UsageError: a record is of a method or of data that nobody declares.
    """
    own, planner = list(records), planner or usual_planner()
    recorded_steps = _recorded_steps(own)
    found = []
    for columns, steps in dict.fromkeys(recorded_steps.values()):
        datasets = [
            dataset
            for (_, dataset), (other, more) in recorded_steps.items()
            if other == columns and {*steps} <= {*more}
        ]
        budget, _, methods = columns
        query = Query(
            datasets=tuple(datasets), methods=methods, budget=budget, steps=steps, fresh=fresh
        )
        plan = plan_bridge(query, planner)
        if all(direction.whole for direction in plan.directions):
            plan = plan_bridge(replace(query, steps=()), planner)
        found.append(_without_unrecorded(plan, own))
    return sorted(found, key=lambda plan: -len(plan.protocols))


def end_protocols(query: Query) -> tuple[Protocol, Protocol]:
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


def _selected_changes(
    start: Protocol, end: Protocol, declared: DeclaredSteps, query: Query
) -> tuple[list[Change], list[Change]]:
    """The changes there and back, with the user's files; the names in the query are checked."""
    own = [read_changes(Path(name)) for name in query.own]
    for changes in own:
        if changes.base not in ("", start.key, end.key):
            raise UsageError(
                f"{changes.path} changes {changes.base!r}, but the bridge is between {start.key} "
                f"and {end.key}; leave out its line `base` to put it on both"
            )
    counts = Counter(changes.path.stem for changes in own)
    if twice := sorted(name for name, count in counts.items() if count > 1):
        raise UsageError(f"--with: two files are called {', '.join(twice)}; rename one")

    def towards(base: Protocol, other: Protocol) -> list[Change]:
        files = [changes for changes in own if changes.base in ("", base.key)]
        return changes_between(base, other, declared, files)

    there, back = towards(start, end), towards(end, start)
    added = {change.key for change in there + back if change.own}
    for changes in own:
        if changes.path.stem not in added:
            raise UsageError(f"{changes.path} changes nothing of {start.key} or {end.key}")
    known = dict.fromkeys(key for change in there + back for key in change.steps)
    for key in query.steps:
        if key not in known:
            names = closest_first(key, known)
            raise UsageError(f"no step called {key!r} between these protocols; known: {names}")
    return there, back


@dataclass(frozen=True)
class _DirectionPlanner:
    """Plans every column under one protocol at a time, each once; `named` steps alone if any."""

    columns: tuple[Place, ...]
    budget: Budget
    named: tuple[str, ...]
    planner: Planner
    runs: dict[str, Cells] = field(default_factory=dict)

    def direction(self, base: Protocol, other: Protocol, found: Sequence[Change]) -> Direction:
        named = {*self.named}
        selected = [c for c in found if c.own or not named or not named.isdisjoint(c.steps)]
        planned = [replace(change, columns=self.moved(base, change)) for change in selected]
        changes = [each for each in planned if each.columns and (each.scored or named)]
        idle = [each for each in planned if each not in changes]
        others = [change for change in found if change not in selected and change.scored]
        whole = not any(self.moved(base, change) for change in others)
        return Direction(base, other, tuple(changes), tuple(idle), whole)

    def moved(self, base: Protocol, change: Change) -> tuple[Place, ...]:
        """The columns whose runs differ from the base's, or the score that chooses among them."""
        before, after = self.under(base), self.under(change.protocol)

        def differ(column: Place) -> bool:
            if [job.run_id for job in before[column]] != [job.run_id for job in after[column]]:
                return True
            searched = len({job.point for job in after[column]}) > 1
            kind = kind_of(column.dataset)
            return searched and base.half(kind).select != change.protocol.half(kind).select

        return tuple(filter(differ, self.columns))

    def under(self, protocol: Protocol) -> Cells:
        if protocol.key not in self.runs:
            conditions = Conditions(protocol, self.budget)
            self.runs[protocol.key] = plan_cells(self.columns, conditions, planner=self.planner)
        return self.runs[protocol.key]


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


Columns = tuple[str, Kind, tuple[str, ...]]
"""Budget, kind of data and methods, which datasets of one table have in common."""


def _recorded_steps(
    records: Iterable[Record],
) -> dict[tuple[str, str], tuple[Columns, tuple[str, ...]]]:
    """The columns and, in declared order, the steps that there are records of, by budget and
    dataset."""
    start, end = end_protocols(Query())
    declared = read_steps()
    changes = (*changes_between(start, end, declared), *changes_between(end, start, declared))
    keys = {change.protocol.key: change.steps for change in changes}

    steps: dict[tuple[str, str], set[str]] = defaultdict(set)
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        if record.protocol in keys:
            place = record.budget, record.dataset
            steps[place].update(keys[record.protocol])
            names[place].add(short_name(record.net, record.method, kind_of(record.dataset)))
    found = {}
    for budget, dataset in sorted(steps):
        own = names[budget, dataset]
        usual = [name for name in declared.methods if name in own]
        columns = budget, kind_of(dataset), (*usual, *sorted(own.difference(usual)))
        taken = [step.key for step in declared.step if step.key in steps[budget, dataset]]
        found[budget, dataset] = columns, tuple(taken)
    return found


def _without_unrecorded(plan: BridgePlan, records: Iterable[Record]) -> BridgePlan:
    """The plan without the changes of a direction in which no change has a record."""
    protocols = {record.protocol for record in records if record.dataset in plan.datasets}
    there, back = (
        direction
        if any(change.protocol.key in protocols for change in direction.changes)
        else replace(direction, changes=(), idle=())
        for direction in plan.directions
    )
    return replace(plan, directions=(there, back))
