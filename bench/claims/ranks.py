"""Average ranks over datasets: Friedman's test and Nemenyi's critical difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, sqrt

from bench.judge.interval import ALPHA


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
    from scipy import stats

    shown = [[round(score, 3) for score in row] for row in rows]
    ranked = [stats.rankdata([-score for score in row]) for row in shown]
    means = [float(sum(row[place] for row in ranked)) / len(rows) for place in range(len(columns))]
    best_first = sorted(zip(columns, means, strict=True), key=lambda pair: pair[1])
    told_apart = any(len(set(row)) > 1 for row in shown)
    p = float(stats.friedmanchisquare(*zip(*shown, strict=True)).pvalue) if told_apart else None
    return Ranks(dict(best_first), len(rows), p, critical_difference(len(columns), len(rows)))


def critical_difference(columns: int, rows: int) -> float:
    """Nemenyi's critical difference of average ranks at ALPHA."""
    from scipy.stats import studentized_range

    quantile = float(studentized_range.ppf(1 - ALPHA, columns, inf)) / sqrt(2)
    return quantile * sqrt(columns * (columns + 1) / (6 * rows))
