"""What is computed from arrays and scores before they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from bench.figures.asked import Line
from bench.figures.collect import Array, Collected, Histogram, Spent
from bench.judge.cell import mean_and_std

SHARES = (0.5, 0.99, 0.999)
"""Of the weights that lie below the lines of a histogram."""

WHITE = 99.9
"""Percentile of a panel's |weights| from which on they are white."""

SIDE, CHANNELS = 32, 3
"""Of a picture."""

ACROSS = 3
"""Pictures side by side in a panel."""

GAP = 2
"""Pixels between two pictures."""


@dataclass(frozen=True)
class Point:
    """One series, averaged over the datasets that have every series.

    Args:
        line: its first.
        n: number of datasets.
        score, std: mean and population std over the datasets, percent.
        seconds: thread seconds on all of them together.
    """

    line: Line
    n: int
    score: float
    std: float
    seconds: float


def points_of(figure: Collected) -> list[Point]:
    """A point a series, in declared order; nothing where no dataset has all of them."""
    series: dict[str, list[tuple[Line, Spent]]] = {}
    for filled in figure.lines:
        if isinstance(filled.content, Spent):
            series.setdefault(filled.line.title, []).append((filled.line, filled.content))
    found = []
    for lines in series.values():
        mean, std = mean_and_std([100 * spent.score for _, spent in lines])
        seconds = fsum(spent.seconds for _, spent in lines)
        found.append(Point(lines[0][0], len(lines), mean, std, seconds))
    return found


def shares_of(histogram: Histogram) -> Array:
    """What percentage of the weights each bin holds, by epoch: [E + 1, bins]."""
    counts = np.asarray(histogram.counts, dtype=np.float64)
    shares: Array = 100 * counts / counts.sum(axis=1, keepdims=True)
    return shares


def quantiles(histogram: Histogram, shares: Sequence[float] = SHARES) -> Array:
    """Values below which these shares of the weights lie, by epoch: [E + 1, shares].

    Within a bin the weights are taken to be spread evenly. NaN in the last bin, which holds all
    larger weights, however large.
    """
    edges = np.asarray(histogram.edges, dtype=np.float64)
    rows = []
    for held in shares_of(histogram):
        below = np.concatenate([[0.0], held[:-1].cumsum() / 100])
        rows.append(np.interp(shares, below, edges[:-1], right=np.nan))
    return np.stack(rows)


def stretched(matrix: Array) -> Array:
    """|weights| as brightness in [0, 1], so that a few large ones do not leave the rest black."""
    values = np.asarray(matrix, dtype=np.float64)
    white = float(np.percentile(values, WHITE)) or float(values.max()) or 1.0
    return np.clip(values / white, 0, 1)


def tiled(matrix: Array) -> Array:
    """Units [U, 3072] as RGB pictures side by side, white between them: [H, W, 3] in [0, 1]."""
    pictures = stretched(matrix).reshape(len(matrix), CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1)
    down = -(-len(pictures) // ACROSS)
    step = SIDE + GAP
    sheet = np.ones((down * step - GAP, ACROSS * step - GAP, CHANNELS))
    for number, picture in enumerate(pictures):
        top, left = (number // ACROSS) * step, (number % ACROSS) * step
        sheet[top : top + SIDE, left : left + SIDE] = picture
    return sheet
