"""Means, differences and sums of means of a few runs, each with its t interval and t test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import fmean, variance

LEVEL = 0.95
"""Of every interval."""

ALPHA = 0.05
"""What a p value has to be below, after it is adjusted for all that is tested together."""

NO_SPREAD = 1e-9
"""Standard errors up to here are rounding: the values are equal."""

Scores = Mapping[int, float]
"""What the runs of one condition scored, by seed."""


@dataclass(frozen=True)
class Sample:
    """What is known of n values.

    Args:
        mean, std: the std of the sample (ddof 1), in the unit of the mean.
        n: number of values.
    """

    mean: float
    std: float
    n: int

    @classmethod
    def of_population(cls, mean: float, std: float, n: int) -> Sample:
        """A sample of which the population std (ddof 0) is known, as tables print it; n ≥ 2."""
        return cls(mean, std * sqrt(n / (n - 1)), n)


@dataclass(frozen=True)
class Estimate:
    """A mean, a difference of means, or a sum of them.

    Args:
        value: in the unit of the scores.
        error: its standard error; None where the values show no spread, or where a condition has
            a single one.
        freedom: degrees of freedom of the error; 0 where there is none.
    """

    value: float
    error: float | None = None
    freedom: float = 0.0

    @property
    def half(self) -> float | None:
        """Half the width of its t interval at LEVEL; None without an error."""
        from scipy.special import stdtrit

        if self.error is None:
            return None
        return float(stdtrit(self.freedom, (1 + LEVEL) / 2)) * self.error

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends of its t interval at LEVEL; None without an error."""
        half = self.half
        return None if half is None else (self.value - half, self.value + half)

    @property
    def clear(self) -> bool:
        """Whether its interval, taken alone, leaves out 0."""
        half = self.half
        return half is not None and abs(self.value) > half

    def p(self, bound: float = 0.0) -> float | None:
        """Of the two-sided t test that the true value is `bound`; None without an error."""
        from scipy.special import stdtr

        if self.error is None:
            return None
        return 2 * float(stdtr(self.freedom, -abs(self.value - bound) / self.error))


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean of at least one value."""
    return weighted_sum([(1.0, dict(enumerate(values)))])


def welch(one: Sample, other: Sample) -> Estimate:
    """One mean minus the other, of independent samples of two or more, with unequal variances."""
    parts = [(each.std**2 / each.n, each.n) for each in (one, other)]
    return _estimate(one.mean - other.mean, parts)


def weighted_sum(parts: Sequence[tuple[float, Scores]]) -> Estimate:
    """The sum of weight times mean over these conditions.

    Conditions of the same seeds are added up seed by seed, so that what a seed does to all of them
    cancels; conditions of different seeds count as independent. For (1, step), (-1, base) this is
    the paired t test where the seeds are the same, and Welch's where they are not.

    Source: Satterthwaite 1946 and Welch 1947 for the degrees of freedom.
    """
    groups: dict[frozenset[int], dict[int, float]] = {}
    for weight, scores in parts:
        group = groups.setdefault(frozenset(scores), dict.fromkeys(scores, 0.0))
        for seed, score in scores.items():
            group[seed] += weight * score
    sums = [list(group.values()) for group in groups.values()]
    value = fsum(map(fmean, sums))
    if any(len(values) < 2 for values in sums):
        return Estimate(value)
    return _estimate(value, [(variance(values) / len(values), len(values)) for values in sums])


def _estimate(value: float, parts: Sequence[tuple[float, int]]) -> Estimate:
    """Of the squared standard error and the number of values of each independent part."""
    squared = fsum(part for part, _ in parts)
    if squared <= NO_SPREAD**2:
        return Estimate(value)
    freedom = squared**2 / fsum(part**2 / (n - 1) for part, n in parts)
    return Estimate(value, sqrt(squared), freedom)
