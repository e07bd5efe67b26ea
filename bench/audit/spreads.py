"""Which means and standard deviations three runs can have together."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.audit.lattice import Parts, reachable, steps

RUNS = 3
"""Runs behind a mean, as the tables say."""

Ddof = Literal[0, 1]
"""0: population, the sum of squares over n; 1: sample, over n - 1."""

DDOFS: tuple[Ddof, Ddof] = (0, 1)

MOST_PAIRS = 1_000_000
"""Pairs of runs looked at; where there would be more, some three runs are sure to fit."""


def largest_std(mean: float, ddof: Ddof) -> float:
    """The largest standard deviation of three scores between 0 and 100 with this mean, in points.

    It belongs to as many scores of 100 as fit, one between, and the others 0.
    """
    total = min(max(RUNS * mean, 0.0), 100.0 * RUNS)
    full = min(int(total // 100), RUNS - 1)
    scores = [100.0] * full + [total - 100 * full] + [0.0] * (RUNS - 1 - full)
    return math.sqrt(sum((score - mean) ** 2 for score in scores) / (RUNS - ddof))


def three_runs_fit(parts: Parts, mean: float, std: float, ddof: Ddof, half: float) -> bool:
    """Whether three scores on the lattice have this printed mean and standard deviation.

    Args:
        parts: the lattice of one run, see bench.audit.lattice.
        mean, std: in points.
        half: half a unit of the last printed digit, in points.
    """
    top = steps(parts)
    unit = 100 / top
    slack = 1e-9 / unit
    low = math.ceil((mean - half) * RUNS / unit - slack)
    high = math.floor((mean + half) * RUNS / unit + slack)
    near = int(math.sqrt(2 * (RUNS - ddof) / RUNS) * (std + half) / unit) + 2
    runs = _runs_near(parts, (low + high) // (2 * RUNS), near)
    if low <= high and len(runs) ** 2 > MOST_PAIRS:
        return True
    bounds = ((std - half) / unit - slack, (std + half) / unit + slack)
    return any(_some_triple(runs, total, bounds, ddof) for total in range(low, high + 1))


def _runs_near(parts: Parts, middle: int, near: int) -> NDArray[np.int64]:
    """The scores one run can have, in steps, not further than `near` from the middle."""
    first = max(middle - near, 0)
    window = (_bits(parts) >> first) & ((1 << (middle + near + 1 - first)) - 1)
    found = [first + place for place, bit in enumerate(reversed(f"{window:b}")) if bit == "1"]
    return np.array(found, np.int64)


@lru_cache(maxsize=64)
def _bits(parts: Parts) -> int:
    return reachable(parts)


def _some_triple(
    runs: NDArray[np.int64], total: int, bounds: tuple[float, float], ddof: Ddof
) -> bool:
    """Whether three of the runs have this sum and a standard deviation within the bounds."""
    first, second = runs[:, None], runs[None, :]
    third = total - first - second
    middle = total / RUNS
    squares = (first - middle) ** 2 + (second - middle) ** 2 + (third - middle) ** 2
    std = np.sqrt(squares / (RUNS - ddof))
    near = (std >= bounds[0]) & (std <= bounds[1])
    return bool(np.isin(third[near], runs).any())


def std_passing(parts: Parts, std: float, ddof: Ddof, decimals: int) -> float:
    """The share of the standard deviations around this one that three runs can have.

    Taken over those that can be printed up to a quarter, or .05 points, away, as if every step of
    the lattice could be reached.
    """
    unit, scale = 100 / steps(parts), 10**decimals
    low, high = max(0.0, std - max(std / 4, 0.05)), std + max(std / 4, 0.05)
    reach = int(math.sqrt(1.5 * (RUNS - ddof)) * high / unit) + 2
    if reach**2 > MOST_PAIRS:
        return 1.0
    one, two = np.meshgrid(np.arange(reach), np.arange(reach))
    stds = np.sqrt((one**2 + one * two + two**2) * 2 / (RUNS * (RUNS - ddof))) * unit
    places = np.rint(stds * scale)
    first, last = math.floor(low * scale), math.ceil(high * scale)
    inside = (places >= first) & (places <= last)
    shares = [
        len(np.unique(places[inside & ((one - two) % RUNS == rest)])) / (last - first + 1)
        for rest in range(RUNS)
    ]
    return float(sum(shares) / RUNS)
