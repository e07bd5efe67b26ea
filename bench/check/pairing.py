"""Runs of both sides by their id, and why a run of the reference has no partner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.plan.job import NO_NET
from bench.store.records import Record

NAMED = 3
"""So many differing settings are named."""

Place = tuple[str, str, str, int]


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


def by_place(records: Iterable[Record]) -> dict[Place, list[Record]]:
    """Records by dataset, net, method and seed."""
    found: dict[Place, list[Record]] = {}
    for record in records:
        found.setdefault(_place(record), []).append(record)
    return found


def successor(record: Record, places: Mapping[Place, Sequence[Record]]) -> Record | None:
    """The run that now stands where this one did: the same but for its data or settings."""
    asked = (record.protocol, record.budget, record.point)
    for other in places.get(_place(record), ()):
        if (other.protocol, other.budget, other.point) == asked:
            return other
    return None


def why_unpaired(record: Record, places: Mapping[Place, Sequence[Record]]) -> str:
    """Why a run of the reference has no partner among these."""
    found = places.get(_place(record), ())
    if not found:
        return "not run here"
    other = successor(record, places)
    if other is not None:
        changed = list(_changed(record.identity, other.identity))
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        return f"run here with other settings: {', '.join(changed[:NAMED])}{more}"
    for name in ("budget", "protocol"):
        there, here = getattr(record, name), sorted({getattr(other, name) for other in found})
        if there not in here:
            return f"{name} {there} in the reference, {' and '.join(here)} here"
    return "not run here"


def _place(record: Record) -> Place:
    return record.dataset, record.net, record.method, record.seed


def _changed(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
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
