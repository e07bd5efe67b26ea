"""Which point of a grid is reported: the best mean validation score over the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

from iunet.declare.point import Point


def select_point(declared: Sequence[Point], valid_scores: Mapping[Point, Sequence[float]]) -> Point:
    """The point with the highest mean validation score; of equal ones the first declared.

    It is given validation scores and nothing else, so no test score can leak into the choice.

    Args:
        declared: the grid, in declared order.
        valid_scores: for each point its validation scores, one a seed, the same number everywhere.

    Raises:
        ValueError: a point has no scores or not as many as the others, which would not be fair.
    """
    counts = {point: len(valid_scores.get(point, ())) for point in declared}
    if not declared or min(counts.values()) == 0 or len(set(counts.values())) > 1:
        raise ValueError(f"uneven grid: runs per point {sorted(counts.values())}")
    means = {point: fsum(valid_scores[point]) / counts[point] for point in declared}
    return max(declared, key=lambda point: means[point])
