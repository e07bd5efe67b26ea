"""The statistical gate: arithmetic on arrays whose last axis is datasets, in points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.judge.effects import at_most, below

LEAST = 6
"""Datasets below which nothing is said: five that all fell have p = .03, four .06."""

LEVEL = 0.05
"""Of the signed-rank test."""

EXCEEDED = 0.01
"""How often the margin is exceeded by chance, in all columns of a check together."""

SMALLEST = 0.1
"""Points; a drop below the last printed digit fires nothing, however steady."""

Floats = NDArray[np.float64]


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
    chances[shared] = [below(row) for row in rows[shared]]
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
