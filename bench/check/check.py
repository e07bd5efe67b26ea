"""A check: pair the runs of both sides, decide which may be compared and how, and judge."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from bench.check.columns import digest_of, macros_of, read_null
from bench.check.gate import judge_columns
from bench.check.outcome import Differs, Matched, Mismatch, NotCompared, Report, Value
from bench.check.sides import Pair, Pairing, Sides, by_place, pair, title_of, why_unpaired
from bench.folders import checkout_root
from bench.store.records import Record

DISTRIBUTION = {"sklearn": "scikit-learn"}
"""Names in the lock of libraries that are imported under another."""

LOSSES = ("first_loss", "last_loss")
EXACT = ("mask_hash",)
WEIGHTS = ("total_weights", "kept_weights", "encoder_weights", "encoder_kept_weights")

LOSS_TOLERANCE = 1e-5
"""Largest difference of two losses that match, relative to the larger; below it lies rounding."""

METRIC_TOLERANCE = 1e-6
"""Largest difference of two metrics that match; one row of a million counts more."""

ABSENT = "absent"


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


def check(sides: Sides, metric: str = "", *, upgrade: bool = False) -> Report:
    """Compare the selected records of both sides.

    Args:
        sides: the reference and the user's own runs.
        metric: of the statistics; empty means bench.check.columns.GATED.
        upgrade: whether runs with other versions of libraries are judged by statistics all the
            same.

    Raises:
        DataError: the null stored beside the reference is damaged.
    """
    whole, lock = sides.reference, None if upgrade else read_lock()
    null = read_null(whole.beside)
    pairing = pair(sides.old, sides.current)
    related = [(one, relation(one.reference, one.current, lock)) for one in pairing.pairs]
    same = [(one, r) for one, r in related if r.comparator is Comparator.FINGERPRINTS]
    other = [one for one, r in related if r.comparator is Comparator.STATISTICS]
    judged = [_judged(one, r) for one, r in same]
    failed, missing = _unpaired(pairing, sides)
    return Report(
        reference=str(whole.path),
        matched=tuple(found for found in judged if isinstance(found, Matched)),
        differs=tuple(found for found in judged if isinstance(found, Differs)),
        columns=judge_columns(other, null, digest_of(whole.records), metric) if other else (),
        failed=failed,
        refused=tuple(
            NotCompared(one.reference.run_id, title_of(one.reference), r.difference)
            for one, r in related
            if r.comparator is Comparator.NONE
        ),
        missing=missing,
        new=tuple(title_of(record) for record in pairing.only_current),
        macros=macros_of(
            (one for one, r in related if r.comparator is not Comparator.NONE), metric
        ),
    )


def relation(reference: Record, current: Record, lock: Lock | None) -> Relation:
    """How two runs of one id relate; where no lock is given, any versions are compared.

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
    other = [] if lock is None else list(_other_versions(reference, current, lock))
    if other:
        return Relation(Comparator.NONE, f"another lock: {', '.join(other)}")
    return Relation(Comparator.STATISTICS)


def compare(reference: Record, current: Record) -> tuple[Mismatch, ...]:
    """Fingerprints that do not match: losses, mask, weights, predictions, metrics.

    A metric that only the current run has is no difference.
    """
    there, here = reference.result, current.result
    prints, facts, metrics = (
        (there[part], here[part]) for part in ("fingerprints", "facts", "metrics")
    )
    return (
        *_apart(*prints, LOSSES, relative=LOSS_TOLERANCE),
        *_apart(*prints, EXACT),
        *_apart(*facts, WEIGHTS),
        *_predictions(there, here),
        *_apart(*metrics, there["metrics"], absolute=METRIC_TOLERANCE, absent=ABSENT),
    )


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
    there, here = (r.result["fingerprints"].get("scores") for r in (one.reference, one.current))
    return Matched(run_id, title, bool(there == here))


def _unpaired(
    pairing: Pairing, sides: Sides
) -> tuple[tuple[NotCompared, ...], tuple[NotCompared, ...]]:
    """Runs of the reference that failed here, and those without a run here."""
    failed: list[NotCompared] = []
    missing: list[NotCompared] = []
    places = by_place(sides.current)
    for record in pairing.only_reference:
        failure = sides.failures.get(record.run_id)
        reason = why_unpaired(record, places) if failure is None else f"failed here: {failure}"
        one = NotCompared(record.run_id, title_of(record), reason)
        (missing if failure is None else failed).append(one)
    return tuple(failed), tuple(missing)


def close(there: Any, here: Any, *, relative: float = 0.0, absolute: float = 0.0) -> bool:
    """Whether two values match; numbers within the tolerance, everything else if equal."""
    if there == here:
        return True
    if not (_is_number(there) and _is_number(here)):
        return False
    return math.isclose(there, here, rel_tol=relative, abs_tol=absolute)


def _apart(
    there: Mapping[str, Any],
    here: Mapping[str, Any],
    names: Iterable[str],
    *,
    relative: float = 0.0,
    absolute: float = 0.0,
    absent: str | None = None,
) -> Iterator[Mismatch]:
    """Those of these values that do not match; `absent` stands where only the reference has one."""
    for name in names:
        old, new = there.get(name), here.get(name, absent)
        if not close(old, new, relative=relative, absolute=absolute):
            yield Mismatch(name, _value(old), _value(new))


def _predictions(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Mismatch]:
    """By the confusion counts: a digest of scores cannot say how far they are apart."""
    old, new = there.get("confusion"), here.get("confusion")
    if old == new:
        return
    before, after = (_value(side["fingerprints"].get("scores")) for side in (there, here))
    yield Mismatch("predictions", before, after, _moved(old, new))


def _moved(old: Any, new: Any) -> str:
    """How many test rows are counted elsewhere."""
    try:
        before, after = ([count for row in counts for count in row] for counts in (old, new))
        moved = sum(abs(a - b) for a, b in zip(before, after, strict=True))
    except (TypeError, ValueError):
        return "another number of classes is counted"
    rows, truth = sum(before), [sum(row) for row in old] == [sum(row) for row in new]
    labels = "" if truth else "; the true classes differ too"
    return f"at least {(moved + 1) // 2} of {rows} test rows fall elsewhere{labels}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(value: Any) -> Value:
    return value if value is None or _is_number(value) else str(value)
