"""The two sides of a check: read, selected, and matched by run id."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
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
        store: has its records.
        lines: the folder of .jsonl files they were read from; None for runs or a single file.
        beside: where the null and what was accepted are.
    """

    path: Path
    store: Store
    lines: Path | None
    beside: Path

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """All that can be trusted.

        Raises:
            DataError: none can.
            NotComparable: there are none.
        """
        if found := tuple(self.store.records()):
            return found
        none = f"{self.path} holds no records, so there is nothing to check against"
        raise _nothing(self.store, none)

    def records_of(self, datasets: Sequence[str]) -> tuple[Record, ...]:
        """Those of these datasets; all where none is named, or there are none of them."""
        return (datasets and tuple(self.store.records(*datasets))) or self.records


@dataclass(frozen=True)
class Sides:
    """What is compared.

    Args:
        reference: what the null is of.
        old: the selected records of the reference.
        current: the selected records of the user's own runs, by run id.
        failures: reasons of runs that failed here and have no record, by run id.
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
    """A results folder, a folder of .jsonl files, or one such file.

    Args:
        store: remembers why records cannot be used.

    Raises:
        UsageError: no such place.
        NotComparable: it holds neither runs nor .jsonl files.
    """
    refused = store.refused if store else {}
    if (path / "runs").is_dir():
        lines, beside = None, path / BESIDE
        there = Store(path, refused=refused)
    else:
        source = _source(path)
        lines = source if source.is_dir() else None
        beside = (lines or source.parent) / BESIDE
        there = Store(source.parent / "no runs", source, refused=refused)
    return Reference(path, there, lines, beside)


def sides_of(reference: Reference, query: Query, store: Store) -> Sides:
    """The records of both sides, as far as the query selects them; those of other datasets than it
    names are not read.

    Own steps of a bridge are left out unless the reference has some.

    Args:
        store: the user's own records are read from it.

    Raises:
        UsageError: a name or metric that no record has, or a reference that is the results folder.
        NotComparable: one of the sides has nothing of it.
        DataError: no record of a side can be trusted.
    """
    path, results = reference.path, results_folder()
    if (path / "runs").is_dir() and results.exists() and path.samefile(results):
        raise UsageError(f"{path} is the results folder itself; name another reference")
    selection, mine = selection_of(query), replace(store, reference=None)
    there = reference.records_of(query.datasets)
    steps = any(is_step(one.protocol) for one in there)
    found = mine.records(*query.datasets)
    own = (one for one in found if steps or not is_step(one.protocol))
    old, current = ([*selection.of(records)] for records in (there, own))
    selection.refuse_unknown(lambda: chain(reference.records, mine.records()))
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
    made = {record.run_id: record for record in current}
    missing = (record.run_id for record in old if record.run_id not in made)
    failed = {run_id: one.reason for run_id in missing if (one := store.failure(run_id))}
    return Sides(reference, old, made, failed)


@dataclass(frozen=True)
class Selection:
    """Which records a query selects, by kind of name.

    Args:
        wanted: the names that it gives, of those kinds of which it gives any.
        there: the names of all records that were looked at.
    """

    wanted: Mapping[str, Sequence[str]]
    there: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def of(self, records: Iterable[Record]) -> Iterator[Record]:
        """The selected ones of these records, one by one."""
        for record in records:
            names = {kind: NAMES[kind](record) for kind in self.wanted}
            for kind, own in names.items():
                self.there[kind] |= own
            if all(own.intersection(self.wanted[kind]) for kind, own in names.items()):
                yield record

    def refuse_unknown(self, every: Callable[[], Iterable[Record]]) -> None:
        """Refuse a name that no record has; all records are read only where one looks so.

        Raises:
            UsageError: there is one; the message lists those that some have.
        """
        if any(self._unknown()):
            deque(self.of(every()), maxlen=0)
        for kind, name in self._unknown():
            names = sorted(one for one in self.there[kind] if ":" not in one)
            listed = closest_first(name, names) or "none"
            raise UsageError(f"no record of {kind} {name!r}; there are records of: {listed}")

    def _unknown(self) -> Iterator[tuple[str, str]]:
        for kind, names in self.wanted.items():
            yield from ((kind, name) for name in names if name not in self.there[kind])


def selection_of(query: Query) -> Selection:
    """The datasets, methods, protocols and budgets that a query names; FILE.toml stands for its
    key."""
    protocols = [find_protocol(n).key if n.endswith(".toml") else n for n in query.protocols]
    wanted = {
        "dataset": query.datasets,
        "method": query.methods,
        "protocol": protocols,
        "budget": query.budgets,
    }
    return Selection({kind: names for kind, names in wanted.items() if names})


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
