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
    return _tails(differences)[0]


def apart(differences: ArrayLike) -> float:
    """Two-sided p that the differences, [n], do not lie about zero."""
    return min(1.0, 2 * min(_tails(differences)))


def doubled_ranks(differences: ArrayLike) -> NDArray[np.int64]:
    """Twice the rank of the size of every difference, [m], with its sign; zeros are left out.

    Equal sizes share a rank, a whole or a half one; doubled all of them are whole.
    """
    found = np.asarray(differences, dtype=np.float64)
    moved = found[found != 0]
    _, size, alike = np.unique(np.abs(moved), return_inverse=True, return_counts=True)
    doubled = (2 * alike.cumsum() - alike + 1)[size]
    return np.where(moved > 0, doubled, -doubled)


def _tails(differences: ArrayLike) -> tuple[float, float]:
    """The chances of gains as small as theirs, and of losses as small as theirs."""
    ranks = doubled_ranks(differences)
    chances = at_most(tuple(np.sort(np.abs(ranks)).tolist()))
    return float(chances[ranks[ranks > 0].sum()]), float(chances[-ranks[ranks < 0].sum()])


@lru_cache(maxsize=1024)
def at_most(ranks: tuple[int, ...]) -> NDArray[np.float64]:
    """Chance by tossed signs that the gains have at most this sum of ranks: 0, 1, ..., all.

    Args:
        ranks: doubled, ascending.
    """
    chances = np.zeros(sum(ranks) + 1)
    chances[0] = 1.0
    for rank in ranks:
        with_gain = np.zeros_like(chances)
        with_gain[rank:] = chances[:-rank]
        chances = (chances + with_gain) / 2
    return chances.cumsum()
