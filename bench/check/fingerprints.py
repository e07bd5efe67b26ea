"""Two runs of one id made in one environment: their fingerprints must match."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bench.check.outcome import Mismatch, Value
from bench.store.records import Record

LOSSES = ("first_loss", "last_loss")
EXACT = ("mask_hash",)
WEIGHTS = ("total_weights", "kept_weights", "encoder_weights", "encoder_kept_weights")

LOSS_TOLERANCE = 1e-5
"""Largest difference of two losses that match, relative to the larger; below it lies rounding."""

METRIC_TOLERANCE = 1e-6
"""Largest difference of two metrics that match; one row of a million counts more."""

ABSENT = "absent"


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


def same_scores(reference: Record, current: Record) -> bool:
    """Whether the class scores are equal to the last digit."""
    there, here = (record.result["fingerprints"].get("scores") for record in (reference, current))
    return bool(there == here)


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
