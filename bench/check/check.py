"""A check: decide which runs of both sides may be compared and how, and judge them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from bench.check.columns import macros_of, read_null
from bench.check.gate import judge_columns
from bench.check.outcome import Differs, Matched, Mismatch, NotCompared, Report
from bench.check.sides import ABSENT, Sides, by_cell, change_text, changes, title_of, why_unmatched
from bench.folders import checkout_root
from bench.run.environment import code_digest
from bench.store.records import Record

DISTRIBUTION = {"sklearn": "scikit-learn"}
"""Names in the lock of libraries that are imported under another."""

FINGERPRINTS = ("first_loss", "last_loss", "mask_hash")
WEIGHTS = ("total_weights", "kept_weights", "encoder_weights", "encoder_kept_weights")

LOSS_TOLERANCE = 1e-5
"""Largest difference of two losses that match, relative to the larger; below it lies rounding."""

METRIC_TOLERANCE = 1e-6
"""Largest difference of two metrics that match; one row of a million counts more."""

OTHER_CODE = (
    "made by other code than is at hand; make it anew in a results folder of its own "
    "(BENCH_RESULTS_DIR)"
)

Lock = Mapping[str, set[str]]
"""The versions a lock allows, by distribution; several where Pythons differ."""


class Comparator(Enum):
    """How two runs of one id are judged."""

    FINGERPRINTS = "fingerprints"
    STATISTICS = "statistics"
    NONE = "none"


@dataclass(frozen=True)
class Relation:
    """The comparator of two runs, and the difference that rules out both or explains a drift."""

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
    whole, current, failures = sides.reference, sides.current, sides.failures
    lock, null = None if upgrade else read_lock(), read_null(whole.beside)
    code = code_digest()
    related = [
        (old, relation(old, current[old.run_id], lock, code))
        for old in sides.old
        if old.run_id in current
    ]
    comparable = [old for old, one in related if one.comparator is not Comparator.NONE]
    gated = [old for old, one in related if one.comparator is Comparator.STATISTICS]
    judged = [
        _by_fingerprints(old, current[old.run_id], one.difference)
        for old, one in related
        if one.comparator is Comparator.FINGERPRINTS
    ]
    failed = [old for old in sides.only_reference if old.run_id in failures]
    missing = [old for old in sides.only_reference if old.run_id not in failures]
    runs = by_cell(current.values())
    return Report(
        reference=str(whole.path),
        matched=tuple(one for one in judged if isinstance(one, Matched)),
        differs=tuple(one for one in judged if isinstance(one, Differs)),
        columns=judge_columns(gated, sides, null, metric),
        failed=tuple(_not_compared(old, f"failed here: {failures[old.run_id]}") for old in failed),
        refused=tuple(
            _not_compared(old, one.difference)
            for old, one in related
            if one.comparator is Comparator.NONE
        ),
        missing=tuple(_not_compared(old, why_unmatched(old, runs)) for old in missing),
        new=tuple(title_of(record) for record in sides.only_current),
        macros=macros_of(comparable, current, metric),
    )


def relation(reference: Record, current: Record, lock: Lock | None, code: str = "") -> Relation:
    """How two runs of one id relate; where no lock is given, any versions are compared.

    A current run that was made by other code than is at hand says nothing about a change of it.

    One environment digest and processor: fingerprints, but on a GPU, where bits depend on which
    runs train together and so on free memory. Else, of the same data, device class and lock:
    statistics. Anything else is not comparable, and the first difference is named.
    """

    def change(name: str) -> str:
        there, here = (one.provenance.get(name, "unknown") for one in (reference, current))
        return "" if there == here else change_text(name, there, here)

    if code and current.provenance.get("code", code) != code:
        return Relation(Comparator.NONE, OTHER_CODE)
    if reference.data_digest != current.data_digest:
        digests = reference.data_digest, current.data_digest
        return Relation(Comparator.NONE, change_text("data content", *digests))
    alike = reference.environment == current.environment and not change("processor")
    if alike and not str(reference.provenance.get("device", "")).startswith("cuda"):
        # another number of threads adds in another order; it is no part of the digest
        return Relation(Comparator.FINGERPRINTS, change("threads"))
    if device := change("device"):
        return Relation(Comparator.NONE, device)
    versions = (one.provenance.get("versions", {}) for one in (reference, current))
    other = [
        change_text(name, there, here)
        for name, there, here in sorted(changes(*versions))
        if lock is not None and not _one_lock(lock, name, there, here)
    ]
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
        *_apart(*prints, FINGERPRINTS, relative=LOSS_TOLERANCE),
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
    found: dict[str, set[str]] = {}
    text = path.read_text(encoding="utf-8")
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(_distribution(name), set()).add(version)
    return found


def _one_lock(lock: Lock, name: str, there: str, here: str) -> bool:
    """Builds of one release, or two releases that the lock has for different Pythons."""
    releases = {version.partition("+")[0] for version in (there, here)}
    return len(releases) == 1 or releases <= lock.get(_distribution(name), set())


def _distribution(name: str) -> str:
    return DISTRIBUTION.get(name, name.lower().replace("_", "-"))


def _by_fingerprints(old: Record, new: Record, note: str) -> Matched | Differs:
    if mismatches := compare(old, new):
        return Differs(old.run_id, title_of(old), mismatches, note)
    there, here = (one.result["fingerprints"].get("scores") for one in (old, new))
    return Matched(old.run_id, title_of(old), there == here)


def _not_compared(record: Record, reason: str) -> NotCompared:
    return NotCompared(record.run_id, title_of(record), reason)


def _apart(
    there: Mapping[str, Any],
    here: Mapping[str, Any],
    names: Iterable[str],
    *,
    relative: float = 0.0,
    absolute: float = 0.0,
    absent: str | None = None,
) -> Iterator[Mismatch]:
    """Those of these values that do not match; `absent` stands where only the reference has one.

    Numbers match within the tolerance, everything else if equal.
    """
    for name in names:
        old, new = there.get(name), here.get(name, absent)
        match = old == new
        if isinstance(old, int | float) and isinstance(new, int | float):
            match = math.isclose(old, new, rel_tol=relative, abs_tol=absolute)
        if not match:
            yield Mismatch(name, old, new)


def _predictions(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Mismatch]:
    """By the confusion counts: a digest of scores cannot say how far they are apart."""
    old, new = there.get("confusion"), here.get("confusion")
    if old != new:
        before, after = (side["fingerprints"].get("scores") for side in (there, here))
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
