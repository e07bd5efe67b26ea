"""Whether two runs of one id may be compared, and by which comparator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from bench.folders import checkout_root
from bench.store.records import Record

DISTRIBUTION = {"sklearn": "scikit-learn"}
"""Names in the lock of libraries that are imported under another."""

Lock = Mapping[str, frozenset[str]]
"""The versions a lock allows, by distribution; several where Pythons differ."""


class Comparator(Enum):
    """How a pair is judged."""

    FINGERPRINTS = "fingerprints"
    STATISTICS = "statistics"
    NONE = "none"


@dataclass(frozen=True)
class Relation:
    """The comparator of a pair, and the difference that rules out both or explains a drift."""

    comparator: Comparator
    difference: str = ""


@dataclass(frozen=True)
class Rules:
    """What counts as one lock.

    Args:
        lock: the versions that belong together.
        upgrade: whether other versions are judged by statistics all the same.
    """

    lock: Lock = field(default_factory=dict)
    upgrade: bool = False


def relation(reference: Record, current: Record, rules: Rules) -> Relation:
    """How two runs of one id relate.

    One environment digest and processor: fingerprints. Another one of the same data, device class
    and lock: statistics. Anything else is not comparable, and the first difference is named.
    """
    if reference.data_digest != current.data_digest:
        named = _both("data content", reference.data_digest, current.data_digest)
        return Relation(Comparator.NONE, named)
    processors = [_text(record, "processor") for record in (reference, current)]
    if reference.environment == current.environment and len(set(processors)) == 1:
        return Relation(Comparator.FINGERPRINTS, _threads(reference, current))
    there, here = (_text(record, "device") for record in (reference, current))
    if there != here:
        return Relation(Comparator.NONE, _both("device", there, here))
    other = [] if rules.upgrade else list(_other_versions(reference, current, rules.lock))
    if other:
        return Relation(Comparator.NONE, f"another lock: {', '.join(other)}")
    return Relation(Comparator.STATISTICS)


def read_lock() -> Lock:
    """The lock of the clone; empty where this runs from an installed package."""
    root = checkout_root()
    path = root / "requirements.lock" if root else None
    return parse_lock(path) if path and path.is_file() else {}


def parse_lock(path: Path) -> Lock:
    """The versions in this requirements.lock."""
    found: dict[str, frozenset[str]] = {}
    text = path.read_text(encoding="utf-8")
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        key = _distribution(name)
        found[key] = found.get(key, frozenset()) | {version}
    return found


def _other_versions(reference: Record, current: Record, lock: Lock) -> Iterator[str]:
    there, here = (dict(record.provenance.get("versions", {})) for record in (reference, current))
    for name in sorted({*there, *here}):
        old, new = (str(versions.get(name, "absent")) for versions in (there, here))
        if not _one_lock(lock.get(_distribution(name), frozenset()), old, new):
            yield _both(name, old, new)


def _one_lock(allowed: frozenset[str], old: str, new: str) -> bool:
    """Builds of one release, or two releases that the lock has for different Pythons."""
    releases = {old.partition("+")[0], new.partition("+")[0]}
    return len(releases) == 1 or releases <= allowed


def _distribution(name: str) -> str:
    return DISTRIBUTION.get(name, name.lower().replace("_", "-"))


def _threads(reference: Record, current: Record) -> str:
    """Another number of threads adds in another order; it is no part of the digest."""
    there, here = (_text(record, "threads") for record in (reference, current))
    return "" if there == here else _both("threads", there, here)


def _text(record: Record, name: str) -> str:
    return str(record.provenance.get(name, "unknown"))


def _both(name: str, there: str, here: str) -> str:
    return f"{name} {there} in the reference, {here} here"
