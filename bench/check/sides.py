"""The two sides of a check: read, selected, and paired by run id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import NotComparable, UsageError
from bench.folders import results_folder
from bench.plan.job import NO_NET
from bench.plan.query import MethodName, Query, is_step
from bench.store.records import Record
from bench.store.reference import read_reference
from bench.store.store import Store, open_store
from iunet.declare.protocol import find_protocol

BESIDE = "check"
"""Folder beside the records that holds the null and what was accepted."""

NAMES: Mapping[str, Callable[[Record], set[str]]] = {
    "dataset": lambda record: {record.dataset},
    "method": lambda record: {record.method, str(MethodName(record.method, record.net))},
    "protocol": lambda record: {record.protocol},
    "budget": lambda record: {record.budget},
}
"""What a record can be selected by: each kind with the names that a record goes by."""

NAMED = 3
"""So many differing settings are named."""

Place = tuple[str, str, str, int]
"""Dataset, net, method and seed."""


@dataclass(frozen=True)
class Reference:
    """What is checked against.

    Args:
        path: as named.
        records: all of them.
        lines: the folder of .jsonl files they were read from; None for runs or a single file.
        beside: where the null and what was accepted are.
    """

    path: Path
    records: tuple[Record, ...]
    lines: Path | None
    beside: Path


@dataclass(frozen=True)
class Sides:
    """What is compared.

    Args:
        reference: every record of it, which the null is of.
        old, current: the selected records of the reference and of the user's own runs.
        failures: reasons of runs that failed here, by run id.
    """

    reference: Reference
    old: Sequence[Record]
    current: Sequence[Record]
    failures: Mapping[str, str]


@dataclass(frozen=True)
class Pair:
    """Two runs of one id: the same data, settings and seed."""

    reference: Record
    current: Record


@dataclass(frozen=True)
class Pairing:
    """Both sides side by side, in the order of the reference."""

    pairs: tuple[Pair, ...]
    only_reference: tuple[Record, ...]
    only_current: tuple[Record, ...]


def read_side(path: Path) -> Reference:
    """The records of a results folder, of a folder of .jsonl files, or of one such file.

    Raises:
        UsageError: no such place, or nothing that holds records.
        DamagedRecord: a record that cannot be trusted.
        NotComparable: it holds no records.
    """
    if (path / "runs").is_dir():
        records, lines, beside = tuple(Store(path).records()), None, path / BESIDE
    else:
        source = _source(path)
        records = tuple(line.record for line in read_reference(source).values())
        lines = source if source.is_dir() else None
        beside = (lines or source.parent) / BESIDE
    if not records:
        raise NotComparable(f"{path} holds no records, so there is nothing to check against")
    return Reference(path, records, lines, beside)


def sides_of(reference: Reference, query: Query) -> Sides:
    """The records of both sides, as far as the query selects them.

    Own steps of a bridge are left out unless the reference has some.

    Raises:
        UsageError: a name or metric that no record has, or a reference that is the results folder.
        NotComparable: one of the sides has nothing of it.
    """
    if (reference.path / "runs").is_dir() and reference.path.samefile(results_folder()):
        raise UsageError(f"{reference.path} is the results folder itself; name another reference")
    store = open_store(fresh=True)
    steps = any(is_step(one.protocol) for one in reference.records)
    own = [one for one in store.records() if steps or not is_step(one.protocol)]
    every = (*reference.records, *own)
    old, current = (selected(records, query, every) for records in (reference.records, own))
    if not old:
        raise NotComparable(f"{reference.path} holds no record of what was asked for")
    if not current:
        raise NotComparable(
            f"{store.results} holds no run of your own of this; `bench run` makes it"
        )
    known = {name for record in old for name in record.result["metrics"]}
    if query.metric and query.metric not in known:
        listed = ", ".join(sorted(name for name in known if not name.startswith("valid_")))
        raise UsageError(f"no metric called {query.metric!r}; the records have: {listed}")
    failures = {run_id: failure.reason for run_id, failure in store.failures().items()}
    return Sides(reference, old, current, failures)


def selected(
    records: Sequence[Record], query: Query, known: Sequence[Record]
) -> tuple[Record, ...]:
    """The records of the datasets, methods, protocols and budgets that a query names.

    Args:
        records: to select from.
        query: a kind of which it names nothing selects everything; FILE.toml stands for its key.
        known: the records whose names can be given.

    Raises:
        UsageError: a name that no known record has; the message lists those that some have.
    """
    protocols = [find_protocol(n).key if n.endswith(".toml") else n for n in query.protocols]
    wanted_of: dict[str, Sequence[str]] = {
        "dataset": query.datasets,
        "method": query.methods,
        "protocol": protocols,
        "budget": query.budgets,
    }
    for kind, wanted in wanted_of.items():
        there = set[str]().union(*(NAMES[kind](record) for record in known if wanted))
        for name in wanted:
            if name not in there:
                listed = ", ".join(sorted(one for one in there if ":" not in one)) or "none"
                raise UsageError(f"no record of {kind} {name!r}; there are records of: {listed}")
    return tuple(
        record
        for record in records
        if all(not wanted or NAMES[kind](record) & {*wanted} for kind, wanted in wanted_of.items())
    )


def pair(reference: Iterable[Record], current: Iterable[Record]) -> Pairing:
    """Pair by run id."""
    there = {record.run_id: record for record in reference}
    here = {record.run_id: record for record in current}
    return Pairing(
        pairs=tuple(Pair(old, here[run]) for run, old in there.items() if run in here),
        only_reference=tuple(old for run, old in there.items() if run not in here),
        only_current=tuple(new for run, new in here.items() if run not in there),
    )


def title_of(record: Record) -> str:
    """For messages: vehicle mlp-tab beta-lasso l1=1e-05 seed 42 (protocol, budget)."""
    point = [f"{name}={value:g}" for name, value in record.point]
    net = [] if record.net == NO_NET else [record.net]
    words = [record.dataset, *net, record.method, *point, f"seed {record.seed}"]
    return f"{' '.join(words)} ({record.protocol}, {record.budget})"


def by_place(records: Iterable[Record]) -> Mapping[Place, Sequence[Record]]:
    """Records by dataset, net, method and seed."""
    found = defaultdict[Place, list[Record]](list)
    for record in records:
        found[_place(record)].append(record)
    return found


def successor(record: Record, places: Mapping[Place, Sequence[Record]]) -> Record | None:
    """The run that now stands where this one did: the same but for its data or settings."""
    conditions = (record.protocol, record.budget, record.point)
    for other in places.get(_place(record), ()):
        if (other.protocol, other.budget, other.point) == conditions:
            return other
    return None


def why_unpaired(record: Record, places: Mapping[Place, Sequence[Record]]) -> str:
    """Why a run of the reference has no partner among these."""
    found = places.get(_place(record), ())
    if not found:
        return "not run here"
    other = successor(record, places)
    if other is not None:
        changes = list(_changes(record.identity, other.identity))
        more = f" and {len(changes) - NAMED} more" if len(changes) > NAMED else ""
        return f"run here with other settings: {', '.join(changes[:NAMED])}{more}"
    for name in ("budget", "protocol"):
        there, here = getattr(record, name), sorted({getattr(other, name) for other in found})
        if there not in here:
            return f"{name} {there} in the reference, {' and '.join(here)} here"
    return "not run here"


def _source(path: Path) -> Path:
    """The .jsonl file named, or the folder of such files."""
    for place in (path, path / "reference"):
        if place.is_file() or (place.is_dir() and any(place.glob("*.jsonl"))):
            return place
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder; name a results folder or .jsonl files")
    raise NotComparable(f"{path} holds neither runs/ nor .jsonl files, so no records")


def _place(record: Record) -> Place:
    return record.dataset, record.net, record.method, record.seed


def _changes(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    old, new = dict(_leaves(there)), dict(_leaves(here))
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, "absent"), new.get(name, "absent")
        if before != after:
            yield f"{name} {before} in the reference, {after} here"


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
