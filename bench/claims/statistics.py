"""Paired comparisons over datasets: effect sizes, intervals, the signed-rank test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from bench.judge.signed_rank import FEWEST, apart

RESAMPLES = 10_000
SEED = 0
LEVEL = 0.95
"""Of every interval."""

Interval = tuple[float, float]
"""Lowest and highest, in points."""


@dataclass(frozen=True)
class Effect:
    """How far one side is above the other over n pairs.

    Args:
        mean, median: of the differences, in points.
        wins, ties, losses: of the one side, on the printed digits.
        rank_biserial: matched pairs, (rank sum of wins - of losses) / both; ties are left out; None
            where all are tied.
        interval: of the mean, by resampling the pairs; None for fewer than FEWEST.
        p: of the two-sided Wilcoxon signed-rank test, ties left out; None where all are tied.
    """

    mean: float
    median: float
    wins: int
    ties: int
    losses: int
    rank_biserial: float | None
    interval: Interval | None
    p: float | None

    @property
    def n(self) -> int:
        """Number of pairs."""
        return self.wins + self.ties + self.losses


def effect_of(differences: Sequence[float]) -> Effect:
    """Everything about these differences, in points; at least one.

    They are rounded to the printed digits first, so that a tie is one a reader sees.
    """
    shown = [round(difference, 3) for difference in differences]
    return Effect(
        mean=fmean(shown),
        median=median(shown),
        wins=sum(one > 0 for one in shown),
        ties=sum(one == 0 for one in shown),
        losses=sum(one < 0 for one in shown),
        rank_biserial=rank_biserial(shown),
        interval=bootstrap(shown) if len(shown) >= FEWEST else None,
        p=signed_rank(shown),
    )


def rank_biserial(differences: Sequence[float]) -> float | None:
    """Matched-pairs rank-biserial correlation, from -1 to 1; None where every pair is tied.

    Source: Kerby 2014, the simple difference formula; ranks of equal sizes are shared.
    """
    from scipy.stats import rankdata

    apart = [one for one in differences if one != 0]
    if not apart:
        return None
    ranks = [float(rank) for rank in rankdata([abs(one) for one in apart])]
    signed = [rank if one > 0 else -rank for rank, one in zip(ranks, apart, strict=True)]
    return sum(signed) / sum(ranks)


def signed_rank(differences: Sequence[float]) -> float | None:
    """Two-sided exact p of the Wilcoxon signed-rank test; None where every pair is tied.

    Pairs without a difference are left out (Wilcoxon's own treatment).
    """
    return apart(differences) if any(differences) else None


def bootstrap(differences: Sequence[float]) -> Interval:
    """Percentile interval of the mean over resampled pairs; the seed is fixed.

    For fewer than FEWEST it says nothing.
    """
    import numpy as np

    values = np.asarray(differences, dtype=np.float64)
    draws = np.random.default_rng(SEED).integers(len(values), size=(RESAMPLES, len(values)))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(values[draws].mean(axis=1), [tail, 100 - tail])
    return float(low), float(high)
