"""Mean score by cost: a point a series, each with its name beside it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from bench.declared.tables import short_title
from bench.figures.collect import CollectedFigure, Point, points_of
from bench.figures.draw.curves import short_count
from bench.render.drawing import COLUMN, STROKES, name_points, new_figure, say_empty, settle

HEIGHT = 2.5
"""Inches."""


def draw_costs(figure: CollectedFigure) -> Figure:
    """The whole figure, one column wide."""
    points = points_of(figure)
    drawing = new_figure(COLUMN, HEIGHT)
    axes = drawing.subplots()
    if not points:
        say_empty(axes)
        return drawing
    for point, stroke in zip(points, STROKES, strict=False):
        axes.plot(point.seconds, point.score, stroke.marker, color=stroke.colour)
    _scales(axes, points)
    axes.set_xlabel("thread seconds, sum over the datasets")
    axes.set_ylabel(f"mean test {short_title(figure.plan.spec.metric)} (%)")
    named = [((point.line.title,), point.seconds, point.score) for point in points]
    settle(drawing)
    name_points(axes, named, every=True)
    return drawing


def _scales(axes: Axes, points: Sequence[Point]) -> None:
    """Seconds on a logarithmic axis, with room for names on all sides."""
    seconds, scores = [p.seconds for p in points], [p.score for p in points]
    room = 0.15 * (max(scores) - min(scores)) or 1.0
    axes.set_xscale("log")
    axes.set_xlim(min(seconds) / 2, max(seconds) * 2)
    axes.set_ylim(min(scores) - room, max(scores) + room)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=9))
    axes.xaxis.set_major_formatter(FuncFormatter(_seconds))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.grid(axis="y")


def _seconds(value: float, _: int | None) -> str:
    return short_count(value) if value >= 1 else f"{value:g}"
