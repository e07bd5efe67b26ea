"""How often the gate finds a true drop, simulated from the spreads that a reference has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from bench.check.gate import fires, margins

CHANGES = 1000
"""Changes simulated for each number."""

SEED = 2309

LEAST_STD = 1e-6
"""Points; a smaller spread is taken as this one, so that no two differences are equal."""


def power(
    spreads: ArrayLike, drop: float, *, seeds: int = 3, datasets: int = 0, columns: int = 1
) -> float:
    """The share of changes that the gate finds when every dataset's true score falls by a drop.

    Scores are taken as normal over the seeds. The margin is estimated anew from the spread that
    each simulated reference shows.

    Args:
        spreads: true std over the seeds of one column's datasets, in points, [D].
        drop: in points.
        seeds: on each side.
        datasets: how many there are, with these spreads in turn; 0 means one for each spread.
        columns: how many one check judges.
    """
    std = np.resize(np.maximum(spreads, LEAST_STD), datasets or np.size(spreads))
    draws = np.random.default_rng(SEED)
    shape = (CHANGES, len(std))
    noise = draws.normal(size=shape) * std * np.sqrt(2 / seeds)
    shown = std * np.sqrt(draws.chisquare(seeds - 1, shape) / (seeds - 1))
    runs = np.full(shape, seeds)
    return float(fires(noise - drop, margins(shown, runs, runs, columns)).mean())


def fewest(reached: Callable[[int], bool], least: int, most: int) -> int:
    """The smallest number from `least` to `most` that reaches something; `most` where none does."""
    low, high = least - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
