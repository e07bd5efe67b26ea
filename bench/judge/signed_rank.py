"""Wilcoxon's signed-rank test, exact also where sizes are equal and share a rank.

scipy's is exact only without equal sizes, or for so few pairs that every choice of signs is tried.
Here the null distribution of the rank sum is built rank by rank, in whole numbers of half ranks.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST = 6
"""With fewer pairs no two-sided test can come below 0.05: 2 / 2^5 is 0.06."""


def below(differences: ArrayLike) -> float:
    """One-sided p that the differences, [n], lie below zero.

    The chance that a coin tossed for every sign leaves the gains a sum of ranks as small as theirs.
    Pairs without a difference are left out (Wilcoxon's own treatment); where all are, p is 1.
    """
    found = np.asarray(differences, dtype=np.float64)
    moved = found[found != 0]
    _, size, alike = np.unique(np.abs(moved), return_inverse=True, return_counts=True)
    doubled = (2 * alike.cumsum() - alike + 1)[size]  # ranks that are shared are whole or a half
    return float(at_most(tuple(np.sort(doubled).tolist()))[doubled[moved > 0].sum()])


@lru_cache(maxsize=1024)
def at_most(doubled: tuple[int, ...]) -> NDArray[np.float64]:
    """By doubled rank sum: the chance that the gains' is at most that, when signs are tossed.

    Args:
        doubled: ranks times two, ascending.
    """
    chances = np.zeros(sum(doubled) + 1)
    chances[0] = 1.0
    for rank in doubled:
        with_gain = np.zeros_like(chances)
        with_gain[rank:] = chances[:-rank]
        chances = (chances + with_gain) / 2
    return chances.cumsum()


def apart(differences: ArrayLike) -> float:
    """Two-sided p that the differences, [n], do not lie about zero."""
    found = np.asarray(differences, dtype=np.float64)
    return min(1.0, 2 * min(below(found), below(-found)))
