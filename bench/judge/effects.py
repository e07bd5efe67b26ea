"""Effects over datasets: means with intervals, the signed-rank test, Holm's adjustment, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from math import pi, sqrt
from statistics import fmean, median

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.judge.interval import ALPHA, Estimate, mean_of

FEWEST = 6
"""With fewer pairs no two-sided test can come below 0.05: 2 / 2^5 is 0.06."""


@dataclass(frozen=True)
class Effect:
    """How far one side is above the other over n pairs.

    Args:
        differences: at least one, in points, rounded to the printed digits.
    """

    differences: tuple[float, ...]

    @property
    def n(self) -> int:
        """Number of pairs."""
        return len(self.differences)

    @property
    def mean(self) -> float:
        """Of the differences, in points."""
        return fmean(self.differences)

    @property
    def median(self) -> float:
        """Of the differences, in points."""
        return median(self.differences)

    @property
    def wins(self) -> int:
        """Pairs in which the one side is higher."""
        return sum(one > 0 for one in self.differences)

    @property
    def ties(self) -> int:
        """Pairs without a difference."""
        return sum(one == 0 for one in self.differences)

    @property
    def losses(self) -> int:
        """Pairs in which the other side is higher."""
        return sum(one < 0 for one in self.differences)

    @cached_property
    def estimate(self) -> Estimate:
        """The mean with its standard error over the pairs, in points."""
        return mean_of(self.differences)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The t interval of the mean; None for fewer pairs than FEWEST and without a spread."""
        return self.estimate.interval if self.n >= FEWEST else None

    @cached_property
    def rank_biserial(self) -> float | None:
        """Matched-pairs rank-biserial correlation, (rank sum of wins - of losses) / both.

        From -1 to 1; ties are left out, and where every pair is tied it is None.

        Source: Kerby 2014, the simple difference formula; ranks of equal sizes are shared.
        """
        ranks = doubled_ranks(self.differences)
        return float(ranks.sum() / abs(ranks).sum()) if len(ranks) else None

    @cached_property
    def p(self) -> float | None:
        """Two-sided exact p of the Wilcoxon signed-rank test, ties left out; None where all are."""
        return p_two_sided(self.differences) if any(self.differences) else None


def effect_of(differences: Sequence[float]) -> Effect:
    """Everything about these differences, in points; at least one.

    They are rounded to the printed digits first, so that a tie is one a reader sees.
    """
    return Effect(tuple(round(difference, 3) for difference in differences))


def p_below_zero(differences: ArrayLike) -> float:
    """One-sided p of Wilcoxon's signed-rank test that the differences, [n], lie below zero.

    Exact also where sizes are equal and share a rank, where scipy's is not: the null distribution
    of the rank sum is built rank by rank, in whole numbers of half ranks.

    It is the chance that a coin tossed for every sign leaves the gains a sum of ranks as small as
    theirs. Pairs without a difference are left out, as Wilcoxon does; where all are, p is 1.
    """
    return _tails(differences)[0]


def p_two_sided(differences: ArrayLike) -> float:
    """Two-sided p that the differences, [n], do not lie about zero."""
    return min(1.0, 2 * min(_tails(differences)))


def doubled_ranks(differences: ArrayLike) -> NDArray[np.int64]:
    """Twice the rank of the size of every difference, [m], with its sign; zeros are left out.

    Equal sizes share a rank, a whole or a half one; doubled all of them are whole.
    """
    found = np.asarray(differences, dtype=np.float64)
    moved = found[found != 0]
    doubled = (2 * _shared_ranks(np.abs(moved))).astype(np.int64)
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


def holm(p_values: Sequence[float]) -> list[float]:
    """The adjusted p values, in the given order.

    Below alpha, the chance of one false positive among all of them is at most alpha, however they
    depend on each other.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda one: p_values[one])):
        largest = max(largest, min(1.0, (len(p_values) - step) * p_values[place]))
        adjusted[place] = largest
    return adjusted


@dataclass(frozen=True)
class Ranks:
    """How columns rank over datasets, 1 being the best.

    Args:
        average: mean rank by column, best first.
        n: number of datasets.
        p: of Friedman's test, corrected for ties; None where every dataset is all ties.
        critical: two average ranks further apart than this differ at ALPHA.
    """

    average: Mapping[str, float]
    n: int
    p: float | None
    critical: float

    @property
    def differ(self) -> bool:
        """Whether Friedman's test tells any apart; without it critical differences say nothing."""
        return self.p is not None and self.p < ALPHA

    @property
    def joined(self) -> list[tuple[str, ...]]:
        """Columns that are not told apart: the groups, or all where Friedman's test tells none."""
        return self.groups if self.differ else [tuple(self.average)]

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """Columns next to each other that are not further apart than the critical difference; as
        many as possible in each, none within another."""
        names, found = list(self.average), []
        for first, last in combinations(range(len(names)), 2):
            if self.average[names[last]] - self.average[names[first]] <= self.critical:
                found.append((first, last))
        widest = [
            (first, last)
            for first, last in found
            if not any((a <= first and last <= b) and (a, b) != (first, last) for a, b in found)
        ]
        return [tuple(names[first : last + 1]) for first, last in widest]


def ranks_of(columns: Sequence[str], rows: Sequence[Sequence[float]]) -> Ranks:
    """Ranks of columns by their scores, higher being better; ties share a rank.

    Args:
        columns: at least three names.
        rows: one sequence of scores a dataset, at least two, in the order of the columns.

    Source: Demsar 2006, Statistical comparisons of classifiers over multiple data sets.
    """
    shown = np.asarray([[round(score, 3) for score in row] for row in rows])
    ranked = np.asarray([_shared_ranks(-row) for row in shown])
    means = [float(mean) for mean in ranked.mean(axis=0)]
    best_first = sorted(zip(columns, means, strict=True), key=lambda pair: pair[1])
    critical = critical_difference(len(columns), len(rows))
    return Ranks(dict(best_first), len(rows), _friedman(ranked), critical)


def critical_difference(columns: int, rows: int) -> float:
    """Nemenyi's critical difference of average ranks at ALPHA.

    Its quantile is that of the range of so many standard normal values; the range is at most q with
    the chance k * integral of density(z) * (Phi(z) - Phi(z - q))^(k - 1). scipy.stats has it too,
    and takes half a second to import.
    """
    from scipy.special import ndtr

    z = np.linspace(-8, 8, 1601)
    density = columns * np.exp(-(z**2) / 2) / sqrt(2 * pi)

    def further(q: float) -> float:
        return 1 - float(np.trapezoid(density * (ndtr(z) - ndtr(z - q)) ** (columns - 1), z))

    low, high = 0.0, 16.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if further(middle) > ALPHA else (low, middle)
    return low / sqrt(2) * sqrt(columns * (columns + 1) / (6 * rows))


def _shared_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank of each value, [n], the smallest being 1; equal values share a rank."""
    _, value, alike = np.unique(values, return_inverse=True, return_counts=True)
    return (alike.cumsum() - (alike - 1) / 2)[value]


def _friedman(ranks: NDArray[np.float64]) -> float | None:
    """p of Friedman's test of ranks, [rows, columns], corrected for ties; None where all tie."""
    from scipy.special import chdtrc

    rows, columns = ranks.shape
    spread = ((ranks - (columns + 1) / 2) ** 2).sum()
    if not spread:
        return None
    between = (ranks.sum(axis=0) - rows * (columns + 1) / 2) ** 2
    return float(chdtrc(columns - 1, (columns - 1) * between.sum() / spread))
