"""Sums of means over seeds, with an interval: paired where seeds are the same, else Welch's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import fmean, variance

LEVEL = 0.95
"""Of every interval."""

NO_SPREAD = 1e-9
"""Standard errors up to here are rounding: the runs scored the same."""

Scores = Mapping[int, float]
"""What the runs of one condition scored, by seed."""


@dataclass(frozen=True)
class Estimate:
    """A sum of means.

    Args:
        value: in the unit of the scores.
        half: half the width of its interval; None where the runs show no spread, or where a
            condition has a single run.
    """

    value: float
    half: float | None

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.half is not None and abs(self.value) > self.half


def combined(parts: Sequence[tuple[float, Scores]]) -> Estimate:
    """The sum of weight times mean over these conditions, with its t interval.

    Conditions of the same seeds are added up seed by seed, so that what a seed does to all of them
    cancels; conditions of different seeds count as independent. For (1, step), (-1, base) this is
    the paired t interval where the seeds are the same, and Welch's where they are not.

    Source: Satterthwaite 1946 and Welch 1947 for the degrees of freedom.
    """
    groups: dict[frozenset[int], dict[int, float]] = {}
    for weight, scores in parts:
        group = groups.setdefault(frozenset(scores), dict.fromkeys(scores, 0.0))
        for seed, score in scores.items():
            group[seed] += weight * score
    sums = [list(group.values()) for group in groups.values()]
    return Estimate(fsum(map(fmean, sums)), _half_width(sums))


def _half_width(sums: Sequence[Sequence[float]]) -> float | None:
    from scipy.special import stdtrit

    if any(len(values) < 2 for values in sums):
        return None
    errors = [(variance(values) / len(values), len(values)) for values in sums]
    error = fsum(part for part, _ in errors)
    if error <= NO_SPREAD**2:
        return None
    freedom = error**2 / fsum(part**2 / (n - 1) for part, n in errors)
    return float(stdtrit(freedom, (1 + LEVEL) / 2)) * sqrt(error)
