"""Whether own and printed numbers stand in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

Numbers = Sequence[tuple[float, float]]
"""(own, printed) of cells measured alike, in points."""


@dataclass(frozen=True)
class Order:
    """Rank agreement of two series.

    Args:
        n: numbers in each.
        kendall: tau-b; None where fewer than two, or where one series is all ties.
        spearman: rho, likewise.
        same, opposite, tied: of the n(n - 1)/2 pairs of numbers, those in the same order, in
            opposite order, and those equal in either series.
    """

    n: int
    kendall: float | None
    spearman: float | None
    same: int
    opposite: int
    tied: int

    @property
    def pairs(self) -> int:
        """How many pairs of numbers there are."""
        return self.same + self.opposite + self.tied


def order_of(numbers: Numbers) -> Order:
    """Rank agreement on the printed digits, so that ties are those a reader sees."""
    shown = [(round(own, 3), round(printed, 3)) for own, printed in numbers]
    signs = [
        _sign(one[0] - other[0]) * _sign(one[1] - other[1]) for one, other in combinations(shown, 2)
    ]
    kendall, spearman = _coefficients(shown)
    return Order(
        n=len(shown),
        kendall=kendall,
        spearman=spearman,
        same=signs.count(1),
        opposite=signs.count(-1),
        tied=signs.count(0),
    )


def _coefficients(shown: Numbers) -> tuple[float | None, float | None]:
    own, printed = [one for one, _ in shown], [other for _, other in shown]
    if len(set(own)) < 2 or len(set(printed)) < 2:
        return None, None
    from scipy import stats

    kendall = stats.kendalltau(own, printed).statistic
    return float(kendall), float(stats.spearmanr(own, printed).statistic)


def _sign(change: float) -> int:
    return (change > 0) - (change < 0)
