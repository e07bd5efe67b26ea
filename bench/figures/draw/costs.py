"""Mean score by cost: a point a series, each with its name beside it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from matplotlib.transforms import Bbox

from bench.declared.tables import short_title
from bench.figures.collect import CollectedFigure, Point, points_of
from bench.figures.draw.curves import short_count
from bench.render.drawing import COLUMN, SMALL, STROKES, new_figure, say_empty

HEIGHT = 2.5
"""Inches."""

MARKER = 4.0
"""Points that a marker reaches from its middle, with some room."""

BESIDE = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Where a name may stand, in the order it is tried: steps right and up."""


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
    drawing.draw_without_rendering()  # places the axes, within which names look for room
    drawing.set_layout_engine("none")
    _name(axes, points)
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


def _name(axes: Axes, points: Sequence[Point]) -> None:
    """Write each name where it covers neither a marker nor a name, else at the first place."""
    middles = axes.transData.transform([(point.seconds, point.score) for point in points])
    reach = MARKER * axes.figure.dpi / 72
    taken = [Bbox.from_extents(x - reach, y - reach, x + reach, y + reach) for x, y in middles]
    for point in points:
        tried = [_written(axes, point, right, up) for right, up in BESIDE]
        boxes = [text.get_window_extent() for text in tried]
        free = [not box.count_overlaps(taken) and _inside(axes.bbox, box) for box in boxes]
        chosen = free.index(True) if any(free) else 0
        taken.append(boxes[chosen])
        for text in (*tried[:chosen], *tried[chosen + 1 :]):
            text.remove()


def _written(axes: Axes, point: Point, right: int, up: int) -> Annotation:
    return axes.annotate(
        point.line.title,
        (point.seconds, point.score),
        (right * MARKER, up * MARKER),
        textcoords="offset points",
        ha=("center", "left", "right")[right],
        va=("center", "bottom", "top")[up],
        fontsize=SMALL,
    )


def _inside(outer: Bbox, inner: Bbox) -> bool:
    return outer.contains(inner.x0, inner.y0) and outer.contains(inner.x1, inner.y1)
