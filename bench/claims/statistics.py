"""Paired comparisons over datasets: effect sizes, t intervals, the signed-rank test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, median

from bench.judge.interval import Estimate, mean_of
from bench.judge.signed_rank import FEWEST, apart, doubled_ranks


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
        return apart(self.differences) if any(self.differences) else None


def effect_of(differences: Sequence[float]) -> Effect:
    """Everything about these differences, in points; at least one.

    They are rounded to the printed digits first, so that a tie is one a reader sees.
    """
    return Effect(tuple(round(difference, 3) for difference in differences))
