"""A check: pair the runs of both sides, decide which may be compared and how, and judge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from bench.check.columns import Null, digest_of, macros_of
from bench.check.fingerprints import compare, same_scores
from bench.check.gate import judge_columns
from bench.check.outcome import Differs, Matched, Report, Unjudged
from bench.check.sides import Pair, Pairing, by_place, pair, title_of, why_unpaired
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


@dataclass(frozen=True)
class Sides:
    """What is compared.

    Args:
        title: where the reference was read.
        reference, current: the selected records.
        whole: every record of the reference, which the null is of.
        failures: reasons of runs that failed here, by run id.
    """

    title: str
    reference: Sequence[Record]
    current: Sequence[Record]
    whole: Sequence[Record]
    failures: Mapping[str, str] = field(default_factory=dict)


def check(sides: Sides, rules: Rules, null: Null | None = None, metric: str = "") -> Report:
    """Compare.

    Args:
        null: of the whole reference; needed only where environments differ.
        metric: of the statistics; empty means bench.check.columns.GATED.
    """
    pairing = pair(sides.reference, sides.current)
    related = [(one, relation(one.reference, one.current, rules)) for one in pairing.pairs]
    same = [(one, r) for one, r in related if r.comparator is Comparator.FINGERPRINTS]
    other = [one for one, r in related if r.comparator is Comparator.STATISTICS]
    judged = [_judged(one, r) for one, r in same]
    failed, missing = _unpaired(pairing, sides)
    return Report(
        reference=sides.title,
        matched=tuple(found for found in judged if isinstance(found, Matched)),
        differs=tuple(found for found in judged if isinstance(found, Differs)),
        columns=judge_columns(other, null, digest_of(sides.whole), metric) if other else (),
        failed=failed,
        refused=tuple(
            Unjudged(one.reference.run_id, title_of(one.reference), r.difference)
            for one, r in related
            if r.comparator is Comparator.NONE
        ),
        missing=missing,
        new=tuple(title_of(record) for record in pairing.only_current),
        macros=macros_of(
            (one for one, r in related if r.comparator is not Comparator.NONE), metric
        ),
    )


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


def _judged(one: Pair, how: Relation) -> Matched | Differs:
    run_id, title = one.reference.run_id, title_of(one.reference)
    if mismatches := compare(one.reference, one.current):
        return Differs(run_id, title, mismatches, how.difference)
    return Matched(run_id, title, same_scores(one.reference, one.current))


def _unpaired(pairing: Pairing, sides: Sides) -> tuple[tuple[Unjudged, ...], tuple[Unjudged, ...]]:
    """Runs of the reference that failed here, and those without a run here."""
    failed: list[Unjudged] = []
    missing: list[Unjudged] = []
    places = by_place(sides.current)
    for record in pairing.only_reference:
        failure = sides.failures.get(record.run_id)
        reason = why_unpaired(record, places) if failure is None else f"failed here: {failure}"
        one = Unjudged(record.run_id, title_of(record), reason)
        (missing if failure is None else failed).append(one)
    return tuple(failed), tuple(missing)
