"""The statistical gate: runs made in another environment, judged by column, never by cell.

Arrays have datasets as their last axis, and hold points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.check.columns import Key, Null, Spread, columns_of, digest_of
from bench.check.outcome import ColumnCheck, DatasetScores, Outcome
from bench.check.sides import Sides
from bench.judge.effects import at_most, p_below_zero
from bench.render.text import counted
from bench.store.records import Record

LEAST = 6
"""Datasets below which nothing is said: five that all fell have p = .03, four .06."""

LEVEL = 0.05
"""Of the signed-rank test."""

EXCEEDED = 0.01
"""How often the margin is exceeded by chance, in all columns of a check together."""

SMALLEST = 0.1
"""Points; a drop below the last printed digit fires nothing, however steady."""

MEASURE = "measure it with `bench check --measure-null`"

Floats = NDArray[np.float64]


def judge_columns(
    records: Iterable[Record], sides: Sides, null: Null | None, metric: str = ""
) -> tuple[ColumnCheck, ...]:
    """Every column of these runs, judged.

    Args:
        records: of the reference, each with a current run of its id made in another environment.
        sides: both of them.
        null: of the reference.
        metric: what is compared; empty means bench.check.columns.GATED.
    """
    columns = columns_of(records, sides.current, metric)
    digest = cache(lambda: digest_of(sides.reference.records))  # reads all of the reference
    refusals = {key: _refusal(key, cells, null, digest) for key, cells in columns.items()}
    tested = sum(not refusal for refusal in refusals.values())
    return tuple(
        ColumnCheck(
            key.title, key.metric, cells, Outcome.NOT_COMPARABLE, refusals[key], _change(cells)
        )
        if refusals[key] or null is None
        else _tested(key, cells, null.of(key), tested)
        for key, cells in columns.items()
    )


def _refusal(
    key: Key, cells: Sequence[DatasetScores], null: Null | None, digest: Callable[[], str]
) -> str:
    """Why a column cannot be judged; empty where it can."""
    undefined = [cell.dataset for cell in cells if not cell.defined]
    if undefined:
        return f"undefined on {', '.join(undefined)}"
    if len(cells) < LEAST:
        datasets = counted(len(cells), "dataset")
        return f"made in another environment on {datasets}; statistics need {LEAST}"
    if null is None:
        return f"no null is stored beside the reference; {MEASURE}"
    if null.records != digest():
        return f"the stored null was measured from other records; {MEASURE} again"
    unknown = [cell.dataset for cell in cells if cell.dataset not in null.of(key)]
    return f"the stored null has no spread over seeds of {', '.join(unknown)}" if unknown else ""


def _tested(
    key: Key, cells: tuple[DatasetScores, ...], spreads: Mapping[str, Spread], columns: int
) -> ColumnCheck:
    """A column judged by the gate; `columns` is how many this check tests."""
    differences, change = [cell.difference for cell in cells], _change(cells)
    before, stds = zip(*(spreads[cell.dataset] for cell in cells), strict=True)
    margin = float(margins(stds, before, [cell.runs for cell in cells], columns))
    p = float(p_values(differences))
    allowed = "more than" if -change > margin else "within"
    outcome = Outcome.REGRESSION if fires(differences, margin) else Outcome.PASS
    reason = (
        f"macro mean {change:+.2f} points, {allowed} the margin of {margin:.2f}; "
        f"p {'<' if p < LEVEL else '≥'} {LEVEL:g} ({p:.2g}) over {len(cells)} datasets"
    )
    return ColumnCheck(key.title, key.metric, cells, outcome, reason, change, margin, p)


def _change(cells: Sequence[DatasetScores]) -> float:
    """Macro mean of the differences, in points."""
    return fsum(cell.difference for cell in cells) / len(cells)


def fires(differences: ArrayLike, margins: ArrayLike) -> NDArray[np.bool_]:
    """Whether scores fell: the macro mean by more than the margin, and over the datasets p < .05.

    Args:
        differences: current minus reference, [..., D].
        margins: largest harmless drops of the macro mean, [...].
    """
    found = np.asarray(differences, dtype=np.float64)
    fell = np.asarray(-found.mean(axis=-1) > np.asarray(margins))
    fell[fell] = p_values(found[fell]) < LEVEL
    return fell


def p_values(differences: ArrayLike) -> Floats:
    """One-sided Wilcoxon signed-rank test that the differences lie below zero, [...].

    Datasets without a difference are left out; where all are, p is 1.
    """
    found = np.asarray(differences, dtype=np.float64)
    rows = found.reshape(-1, found.shape[-1])
    sizes = np.abs(rows)
    steps = np.diff(np.sort(sizes, axis=-1), axis=-1, prepend=0.0)
    shared = (steps == 0).any(axis=-1)
    gains = ((sizes.argsort(axis=-1).argsort(axis=-1) + 1) * (rows > 0)).sum(axis=-1)
    chances = at_most(tuple(range(2, 2 * rows.shape[-1] + 1, 2)))[2 * gains]
    # equal sizes share a rank and make a distribution of their own
    chances[shared] = [p_below_zero(row) for row in rows[shared]]
    return np.asarray(chances.reshape(found.shape[:-1]))


def margins(spreads: ArrayLike, before: ArrayLike, after: ArrayLike, columns: int = 1) -> Floats:
    """The largest drop of a macro mean that two draws of the seeds make, [...].

    The difference of two means over seeds varies by std² (1/before + 1/after), the macro mean of
    D datasets by the sum of that over D². The margin is a quantile of Student's t with the degrees
    of freedom of Welch and Satterthwaite, since a std from three seeds is itself rough. All columns
    of a check together exceed it by chance in EXCEEDED of harmless changes.

    Args:
        spreads: sample std over the seeds of the reference, [..., D].
        before, after: seeds on each side, [..., D].
        columns: how many are judged in one check.
    """
    from scipy.special import stdtrit  # scipy.stats has it too, and takes a second to import

    std, before, after = (np.asarray(x, dtype=np.float64) for x in (spreads, before, after))
    parts: Any = std**2 * (1 / before + 1 / after) / std.shape[-1] ** 2
    variance = parts.sum(axis=-1)
    rough = (parts**2 / (before - 1)).sum(axis=-1)
    freedom = np.where(variance > 0, variance**2 / np.where(rough > 0, rough, 1.0), 1.0)
    found = stdtrit(np.maximum(freedom, 1.0), 1 - EXCEEDED / columns) * np.sqrt(variance)
    return np.asarray(np.maximum(found, SMALLEST))
