"""What is computed from arrays and scores before they are drawn, and written as CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.figures.collect import Array, Curve, Filled, FilledFigure, Histogram, Spent
from bench.figures.plan import Line
from bench.judge.cell import mean_and_std
from bench.render.files import Long

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


def points_of(figure: FilledFigure) -> list[Point]:
    """A point a series, in declared order; nothing where no dataset has all of them."""
    series: dict[str, list[tuple[Line, Spent]]] = {}
    for filled in figure.lines:
        if isinstance(filled.content, Spent):
            series.setdefault(filled.line.title, []).append((filled.line, filled.content))
    found = []
    for lines in series.values():
        mean, std = mean_and_std([100 * spent.score for _, spent in lines])
        seconds = math.fsum(spent.seconds for _, spent in lines)
        found.append(Point(lines[0][0], len(lines), mean, std, seconds))
    return found


def figure_rows(figure: FilledFigure) -> list[Long]:
    """Every point of every line: scores in percent by ratio or by cost, or the lines of histograms
    by epoch.

    Nothing for weights, which are pictures and no numbers to read.
    """
    rows: list[Long] = [_point(point, figure.plan.spec.metric) for point in points_of(figure)]
    for filled in figure.lines:
        if isinstance(filled.content, Curve):
            rows += _marks(filled, filled.content, figure.plan.spec.metric)
        elif isinstance(filled.content, Histogram):
            rows += _epochs(filled, filled.content)
    return rows


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


def _marks(filled: Filled, curve: Curve, metric: str) -> list[Long]:
    return [
        {
            **_line(filled),
            "ratio": mark.ratio,
            "kept_weights": mark.kept,
            "metric": f"valid_{metric}",
            "mean": round(100 * mark.mean, 6),
            "std": round(100 * mark.std, 6),
            "n": mark.n,
        }
        for mark in curve.marks
    ]


def _point(point: Point, metric: str) -> Long:
    return {
        "series": point.line.title,
        "method": point.line.series.method,
        "datasets": point.n,
        "thread_seconds": round(point.seconds, 6),
        "metric": metric,
        "mean": round(point.score, 6),
        "std": round(point.std, 6),
    }


def _epochs(filled: Filled, histogram: Histogram) -> list[Long]:
    """By epoch the |w| below which each share of the weights lies; empty beyond the last bin."""
    names = [f"below_{100 * share:g}_percent" for share in SHARES]
    rows: list[Long] = []
    for epoch, values in enumerate(quantiles(histogram).tolist()):
        known = [None if math.isnan(value) else value for value in values]
        rows.append({**_line(filled), "epoch": epoch, **dict(zip(names, known, strict=True))})
    return rows


def _line(filled: Filled) -> dict[str, str]:
    line = filled.line
    names = {"dataset": line.dataset, "group": line.group, "series": line.title}
    return names | {"method": line.series.method}
