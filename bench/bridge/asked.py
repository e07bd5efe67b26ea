"""What is asked for: both ways, the columns, and every run they need."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.bridge.legs import Column, Condition, Leg, Planner, runs_of
from bench.bridge.way import JOIN, Stop, Way, way
from bench.datasets.catalogue import find_entry
from bench.declared.steps import Declared, read_steps
from bench.errors import UsageError
from bench.judge.metrics import find_metric
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import Job
from bench.plan.names import MethodName
from bench.plan.plan import kind_of, shipped
from bench.plan.query import Query
from iunet.declare.nets import Kind
from iunet.declare.protocol import (
    Protocol,
    ProtocolError,
    default_protocol,
    find_protocol,
    read_changes,
    shipped_protocols,
)


@dataclass(frozen=True)
class Asked:
    """Both ways as selected.

    Args:
        added: steps that were named, and files.
        kind: what the datasets have.
        metrics: effects are measured by, the one that is shown first first.
        command: asks the same again.
        fresh: whether it does without shipped records.
    """

    legs: tuple[Leg, Leg]
    columns: tuple[Column, ...]
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
        methods = dict.fromkeys(column.method_key for column in self.columns)
        added = f"; steps {', '.join(self.added)}" if self.added else ""
        return f"Budget {self.budget.key}: {', '.join(datasets)}; {', '.join(methods)}{added}"

    @property
    def jobs(self) -> list[Job]:
        """Every run, once; runs of the two protocols themselves first and under their names."""
        found: dict[str, Job] = {}
        for condition in self.conditions:
            for job in runs_of(condition):
                found.setdefault(job.run_id, job)
        return list(found.values())

    @property
    def conditions(self) -> list[Condition]:
        """Every protocol there are runs under, the two named ones first."""
        bases = [leg.base for leg in self.legs]
        return bases + [condition for leg in self.legs for _, condition in leg.stops]


def prepare(query: Query, declared: Declared | None = None) -> Asked:
    """Look everything up and plan both ways.

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
        Column(dataset, name.net, name.method)
        for dataset in datasets
        for name in map(MethodName.parse, query.methods or steps.methods)
    )
    ways = _ways(start, end, steps, query)
    plan = Planner(columns, budget, kind, shipped())
    first, second = (plan.leg(one, query.steps) for one in ways)
    if not (first.stops or second.stops):
        asked = f"steps {', '.join(query.steps)}" if query.steps else "steps"
        raise UsageError(
            f"none of the {asked} changes a run of {', '.join(one.title for one in columns)}"
        )
    metrics = steps.metrics[kind]
    shown = find_metric(query.metric, metrics) if query.metric else metrics[0]
    return Asked(
        legs=(first, second),
        columns=columns,
        added=(*query.steps, *(Path(name).stem for name in query.own)),
        kind=kind,
        metrics=tuple(sorted(metrics, key=lambda metric: metric != shown)),
        budget=budget,
        command=_command(query),
        fresh=query.fresh,
    )


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
    kinds = {kind_of(find_entry(key).key) for key in datasets}
    if len(kinds) > 1:
        raise UsageError(
            f"{', '.join(datasets)}: tables and pictures have other steps and other metrics; "
            "ask for one of them at a time"
        )
    return kinds.pop()


def _ways(start: Protocol, end: Protocol, declared: Declared, query: Query) -> tuple[Way, Way]:
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
    there = way(start, end, declared, [one for one in own if one.base in ("", start.key)])
    back = way(end, start, declared, [one for one in own if one.base in ("", end.key)])
    taken = [stop.key for one in (there, back) for stop in one.stops if stop.own]
    for changes in own:
        if changes.path.stem not in taken:
            raise UsageError(f"{changes.path} changes nothing of {start.key} or {end.key}")
    _known(query.steps, (*there.stops, *back.stops))
    return there, back


def _known(steps: Sequence[str], stops: Sequence[Stop]) -> None:
    known = dict.fromkeys(key for stop in stops if not stop.own for key in stop.key.split(JOIN))
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
