"""The numbers of a figure in long form, one line a point, for CSV; scores in percent."""

from __future__ import annotations

import math

from bench.figures.collect import Collected, Curve, Filled, Histogram
from bench.figures.numbers import SHARES, Point, points_of, quantiles
from bench.render.files import Long


def figure_rows(figure: Collected) -> list[Long]:
    """Every point of every line: scores by ratio or by cost, or the lines of histograms by epoch.

    Nothing for weights, which are pictures and no numbers to read.
    """
    rows: list[Long] = [_point(point, figure.asked.spec.metric) for point in points_of(figure)]
    for filled in figure.lines:
        if isinstance(filled.content, Curve):
            rows += _marks(filled, filled.content, figure.asked.spec.metric)
        elif isinstance(filled.content, Histogram):
            rows += _epochs(filled, filled.content)
    return rows


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
