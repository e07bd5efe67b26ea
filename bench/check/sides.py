"""The two sides of a check: read, selected, and matched by run id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.errors import BenchError, DataError, NotComparable, UsageError
from bench.folders import results_folder
from bench.plan.job import NO_NET
from bench.plan.query import MethodName, Query, is_step
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.contract import closest_first
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

SETTINGS_SHOWN = 3
"""So many differing settings are named."""

ABSENT = "absent"
"""Stands for a value that only the other side has."""

RunsByCell = Mapping[tuple[str, str, str, int], Sequence[Record]]
"""Records by dataset, net, method and seed."""


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
        old: the selected records of the reference.
        current: the selected records of the user's own runs, by run id.
        failures: reasons of runs that failed here, by run id.
    """

    reference: Reference
    old: Sequence[Record]
    current: Mapping[str, Record]
    failures: Mapping[str, str]

    @property
    def only_reference(self) -> list[Record]:
        """Records of the reference that no run here is compared with."""
        return [record for record in self.old if record.run_id not in self.current]

    @property
    def only_current(self) -> list[Record]:
        """Runs that the reference does not have."""
        known = {record.run_id for record in self.old}
        return [record for run_id, record in self.current.items() if run_id not in known]


def read_side(path: Path, store: Store | None = None) -> Reference:
    """The records of a results folder, of a folder of .jsonl files, or of one such file.

    Args:
        store: remembers why records cannot be used.

    Raises:
        UsageError: no such place, or nothing that holds records.
        DataError: no record of it can be trusted.
        NotComparable: it holds no records.
    """
    if (path / "runs").is_dir():
        lines, beside = None, path / BESIDE
        there = Store(path)
    else:
        source = _source(path)
        lines = source if source.is_dir() else None
        beside = (lines or source.parent) / BESIDE
        there = Store(source.parent / "no runs", source)
    records = tuple(there.records())
    if store:
        store.refused.update(there.refused)
    if not records:
        raise _nothing(there, f"{path} holds no records, so there is nothing to check against")
    return Reference(path, records, lines, beside)


def sides_of(reference: Reference, query: Query, store: Store) -> Sides:
    """The records of both sides, as far as the query selects them.

    Own steps of a bridge are left out unless the reference has some.

    Args:
        store: the user's own records are read from it.

    Raises:
        UsageError: a name or metric that no record has, or a reference that is the results folder.
        NotComparable: one of the sides has nothing of it.
    """
    path, results = reference.path, results_folder()
    if (path / "runs").is_dir() and results.exists() and path.samefile(results):
        raise UsageError(f"{path} is the results folder itself; name another reference")
    steps = any(is_step(one.protocol) for one in reference.records)
    found = replace(store, reference=None).records()
    own = [one for one in found if steps or not is_step(one.protocol)]
    every = (*reference.records, *own)
    old, current = (selected(records, query, every) for records in (reference.records, own))
    if not old:
        raise NotComparable(f"{reference.path} holds no record of what was asked for")
    if not current:
        none = f"{store.results} holds no run of your own of this; `bench run` makes it"
        raise _nothing(store, none)
    known = {name for record in old for name in record.result["metrics"]}
    if query.metric and query.metric not in known:
        names = sorted(name for name in known if not name.startswith("valid_"))
        listed = closest_first(query.metric, names)
        raise UsageError(f"no metric called {query.metric!r}; the records have: {listed}")
    failures = {run_id: failure.reason for run_id, failure in store.failures().items()}
    return Sides(reference, old, {record.run_id: record for record in current}, failures)


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
                names = sorted(one for one in there if ":" not in one)
                listed = closest_first(name, names) or "none"
                raise UsageError(f"no record of {kind} {name!r}; there are records of: {listed}")
    return tuple(
        record
        for record in records
        if all(not wanted or NAMES[kind](record) & {*wanted} for kind, wanted in wanted_of.items())
    )


def title_of(record: Record) -> str:
    """For messages: vehicle mlp-tab beta-lasso l1=1e-05 seed 42 (protocol, budget)."""
    point = [f"{name}={value:g}" for name, value in record.point]
    net = [] if record.net == NO_NET else [record.net]
    words = [record.dataset, *net, record.method, *point, f"seed {record.seed}"]
    return f"{' '.join(words)} ({record.protocol}, {record.budget})"


def by_cell(records: Iterable[Record]) -> RunsByCell:
    """Records by dataset, net, method and seed."""
    found = defaultdict[tuple[str, str, str, int], list[Record]](list)
    for record in records:
        found[record.dataset, record.net, record.method, record.seed].append(record)
    return found


def successor(record: Record, runs: RunsByCell) -> Record | None:
    """The run that now stands where this one did: the same but for its data or settings."""
    alike = (
        other
        for other in _of_cell(record, runs)
        if (other.protocol, other.budget, other.point)
        == (record.protocol, record.budget, record.point)
    )
    return next(alike, None)


def why_unmatched(record: Record, runs: RunsByCell) -> str:
    """Why none of these runs is compared with a record of the reference."""
    if other := successor(record, runs):
        texts = [change_text(*change) for change in changes(record.identity, other.identity)]
        left = len(texts) - SETTINGS_SHOWN
        more = f" and {left} more" if left > 0 else ""
        return f"run here with other settings: {', '.join(texts[:SETTINGS_SHOWN])}{more}"
    for name in ("budget", "protocol"):
        here = sorted({getattr(other, name) for other in _of_cell(record, runs)})
        if here and getattr(record, name) not in here:
            return change_text(name, getattr(record, name), " and ".join(here))
    return "not run here"


def changes(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Name and both values of everything, however deep, that is not the same on both sides."""
    old, new = dict(_leaves(there)), dict(_leaves(here))
    for name in old | new:
        values = old.get(name, ABSENT), new.get(name, ABSENT)
        if values[0] != values[1]:
            yield name, *values


def change_text(name: str, there: object, here: object) -> str:
    """`budget full in the reference, quick here`."""
    return f"{name} {there} in the reference, {here} here"


def _of_cell(record: Record, runs: RunsByCell) -> Sequence[Record]:
    return runs.get((record.dataset, record.net, record.method, record.seed), ())


def _nothing(store: Store, said: str) -> BenchError:
    """Why a store has no records: what it could not use, else what is said."""
    return DataError(next(iter(store.refused))) if store.refused else NotComparable(said)


def _source(path: Path) -> Path:
    """The .jsonl file named, or the folder of such files."""
    for place in (path, path / "reference"):
        if place.is_file() or (place.is_dir() and any(place.glob("*.jsonl"))):
            return place
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder; name a results folder or .jsonl files")
    raise NotComparable(f"{path} holds neither runs/ nor .jsonl files, so no records")


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
