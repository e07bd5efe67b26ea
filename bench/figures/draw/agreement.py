"""Own scores by the printed ones: a panel a metric, a point a cell, and the tolerance around the
line on which both are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from bench.declared.tables import short_title
from bench.figures.collect import CollectedFigure, Compared
from bench.judge.verdict import TOLERANCE, WIDEST, Outcome
from bench.render.drawing import (
    COLUMN,
    PAGE,
    STROKES,
    draw_ring,
    label_panel,
    name_points,
    new_figure,
    ring_handles,
    say_empty,
    settle,
)
from bench.render.text import counted

HEIGHTS, LEGEND_ROW = {COLUMN: 3.4, PAGE: 3.7}, 0.15
"""Inches of the panels of a figure so wide, and of a row of the legend above them."""

EMPTY = 1.2
"""Inches of a figure without a cell."""

VERTICES = 80
"""Of the line of equality, which names keep away from."""

FACES = {Outcome.AGREES: "#56B4E9", Outcome.DIFFERS: "black", Outcome.SAYS_NOTHING: "white"}
"""The inside of a marker by the outcome: middle, dark and light."""

BANDS = {WIDEST: "#ebebeb", TOLERANCE: "#cccccc"}
"""The gray of a band by the points it reaches on both sides of equality; the wide one is first."""

CROWD, CORNER = 8, (96.0, 100.7)
"""From so many cells of which both scores lie here on, the corner is drawn larger, too."""

INSET = (0.6, 0.08, 0.38, 0.38)
"""Where: left, bottom, width and height, as parts of the panel."""

TICKS = 0.12
"""The part of the panel that its ticks take on the left."""

Markers = Mapping[str, str]
"""The marker of each series."""


def draw_agreement(figure: CollectedFigure) -> Figure:
    """The whole figure, a column wide for each of its metrics."""
    groups = [group for group in figure.groups() if figure.compared(group)]
    if not groups:
        drawing = new_figure(COLUMN, EMPTY)
        say_empty(drawing.subplots(), "no cell is compared")
        return drawing
    wide, handles = len(groups) > 1, _meanings(figure)
    width, columns = (PAGE, len(handles)) if wide else (COLUMN, 3)
    drawing = new_figure(width, HEIGHTS[width] + LEGEND_ROW * ceil(len(handles) / columns))
    panels = drawing.subplots(1, len(groups), squeeze=False)[0]
    drawing.legend(handles=handles, loc="outside upper center", ncols=columns, handlelength=1.2)
    titles = dict.fromkeys(found.line.title for found in figure.lines)
    markers = {title: stroke.marker for title, stroke in zip(titles, STROKES * 9, strict=False)}
    for number, (axes, group) in enumerate(zip(panels, groups, strict=True)):
        label_panel(axes, number, short_title(group))
        _panel(axes, figure.compared(group), markers)
    settle(drawing)
    for axes, group in zip(panels, groups, strict=True):
        _name(axes, figure.compared(group))
    return drawing


def _panel(axes: Axes, cells: Sequence[Compared], markers: Markers) -> None:
    low = min(min(one.printed, 100 * (one.cell.mean - one.cell.std)) for one in cells)
    _draw(axes, cells, markers, (max(5.0 * floor((low - 1) / 5), -2.0), 102.0))
    axes.set_xlabel("printed score (%)")
    axes.set_ylabel("own score, mean over the seeds (%)")
    titles = dict.fromkeys(one.entry.column.title for one in cells)
    handles = [_handle(title, markers[title], "white") for title in titles]
    axes.legend(handles=handles, loc="upper left", handlelength=1.2)
    crowd = [one for one in cells if min(one.printed, 100 * one.cell.mean) >= CORNER[0]]
    if len(crowd) >= CROWD and _free(axes, cells):
        inset = axes.inset_axes(INSET)
        _draw(inset, crowd, markers, CORNER)
        mark = axes.indicate_inset_zoom(inset, edgecolor="black", linewidth=0.6, alpha=1)
        for connector in mark.connectors or ():
            connector.set_visible(False)


def _free(axes: Axes, cells: Sequence[Compared]) -> bool:
    """Whether no whisker reaches where the corner is drawn larger."""
    low, high = axes.get_xlim()
    left, bottom, _, height = INSET
    beside, above = (low + part * (high - low) for part in (left - TICKS, bottom + height))
    return all(
        one.printed < beside or 100 * (one.cell.mean - one.cell.std) > above for one in cells
    )


def _draw(
    axes: Axes, cells: Sequence[Compared], markers: Markers, ends: tuple[float, float]
) -> None:
    """The cells within axes that end alike; those that differ are on top."""
    for reach, gray in BANDS.items():
        axes.fill_between(ends, [x - reach for x in ends], [x + reach for x in ends], color=gray)
    equal = np.linspace(*ends, VERTICES)
    axes.plot(equal, equal, color="black", linewidth=0.6)
    x, y, std = np.transpose([(x.printed, 100 * x.cell.mean, 100 * x.cell.std) for x in cells])
    axes.errorbar(x, y, std, fmt="none", ecolor="#7f7f7f", elinewidth=0.8)
    for one in sorted(cells, key=lambda one: one.entry.outcome is Outcome.DIFFERS):
        place, face = (
            (one.printed, 100 * one.cell.mean),
            FACES[one.entry.outcome or Outcome.SAYS_NOTHING],
        )
        axes.plot(*place, **_look(markers[one.entry.column.title], face))
        draw_ring(axes, *place, one.cell.one_class, one.cell.n)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))


def _look(marker: str, face: str) -> dict[str, Any]:
    return {
        "marker": marker,
        "markersize": 7.0 if marker == "*" else 5.0,
        "markerfacecolor": face,
        "markeredgecolor": "black",
        "markeredgewidth": 0.7,
        "linestyle": "none",
    }


def _handle(label: str, marker: str, face: str) -> Line2D:
    return Line2D([], [], label=label, **_look(marker, face))


def _meanings(figure: CollectedFigure) -> list[Artist]:
    """Legend of the insides of markers, the bands and the rings."""
    faces = [_handle(outcome.value, "o", face) for outcome, face in FACES.items()]
    bands = [
        Patch(color=gray, label=f"± {counted(int(reach), 'point')}")
        for reach, gray in reversed(BANDS.items())
    ]
    rings = ring_handles((one.cell.one_class, one.cell.n) for one in figure.compared())
    return [*faces, *bands, *rings]


def _name(axes: Axes, cells: Sequence[Compared]) -> None:
    """Name the cells that differ, those that differ most first."""
    differ = [one for one in cells if one.entry.outcome is Outcome.DIFFERS]
    differ.sort(key=lambda one: -abs(one.entry.difference or 0.0))
    named = [(_names(one), one.printed, 100 * one.cell.mean) for one in differ]
    name_points(axes, named, every=False)


def _names(one: Compared) -> tuple[str, ...]:
    """Dataset and method, on two lines where one is too long, or the dataset alone."""
    dataset, method = one.entry.row.title, one.entry.column.title
    return f"{dataset}, {method}", f"{dataset},\n{method}", dataset
