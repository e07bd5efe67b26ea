"""First-layer |weights|, and histograms of them over epochs: a row of panels a dataset, a column a
series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import CARETDOWN, CARETUP
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from bench.datasets.catalogue import find_dataset
from bench.figures.collect import (
    SHARES,
    WHITE,
    Array,
    CollectedFigure,
    CollectedLine,
    Histogram,
    quantiles,
    shares_of,
)
from bench.plan.plan import kind_of
from bench.render.drawing import COLUMN, LABEL, PAGE, label_panel, new_figure, say_empty

HISTOGRAM_ROW = 1.5
"""Inches a row of panels is high."""

MATRIX = 2.2
"""The same of the weights of a table; pictures are as high as they are."""

TITLE, LEFT, BETWEEN, BELOW = 0.24, 0.25, 0.12, 0.05
"""Inches above, left of, between and below panels of weights."""

TICKS = 0.22
"""Inches for the numbers of units and inputs, left of and below the weights of a table."""

NARROW = {"histograms": 3, "weights": 2}
"""Panels side by side in a figure of one dataset, which is one column wide."""

CARETS: tuple[Any, ...] = ("o", CARETUP, CARETDOWN)
"""Markers of the lines below which the shares lie: on it, below it and above it, at other epochs
each, so that lines that coincide are told apart."""

MARKED = 2
"""Times that a line is marked, about."""

SCALE = (1e-4, 100)
"""Percentages of the lightest and of the darkest colour."""

COLOURS = "Blues"
"""From light, where few weights are, to dark; the same order without colour."""

PERCENT = (100, 1, 0.01, 0.0001)
"""Ticks of the scale."""

ROOM = 0.1
"""Part of the axis that stays free above the largest weights, for the markers."""

ALIKE = 2
"""Times that one axis may reach further than another that it is shared with."""


SIDE, CHANNELS = 32, 3
"""Of a picture."""

ACROSS = 3
"""Pictures side by side in a panel."""

GAP = 2
"""Pixels between two pictures."""


def draw_histograms(figure: CollectedFigure) -> Figure:
    """The whole figure; panels share colours, and axes where bins are alike."""
    datasets = figure.datasets()
    width, rows_of_lines = _rows(figure)
    drawing = new_figure(width, HISTOGRAM_ROW * len(rows_of_lines) + 0.6)
    shared: Literal["all", "row"] = "all" if len(datasets) == 1 else "row"
    rows = drawing.subplots(
        len(rows_of_lines),
        len(rows_of_lines[0]),
        sharex=True,
        sharey=shared if alike(figure) else "none",
        squeeze=False,
    )
    empty = all(found.content is None for found in figure.lines)
    colours = LogNorm(*SCALE, clip=True)
    lines = figure.of(*datasets)
    for number, (axes, found) in enumerate(zip(rows.flat, lines, strict=False)):
        label_panel(axes, number, found.line.title)
        if isinstance(found.content, Histogram):
            beside = figure.of(found.line.dataset) if alike(figure) else [found]
            _histogram(axes, found.content, colours, _top(beside))
        else:
            say_empty(axes, ticks=not empty)
    for axes in rows.flat[len(lines) :]:
        axes.set_visible(False)
    for axes in rows.flat[len(lines) - rows.shape[1] : len(lines)]:
        axes.tick_params(labelbottom=not empty)
    for axes, row in zip(rows[:, 0], rows_of_lines, strict=True):
        axes.set_ylabel(f"{find_dataset(row[0].line.dataset).title}: |w|")
    drawing.supxlabel("epoch of training before pruning", fontsize=LABEL)
    _scale(drawing, rows, colours)
    return drawing


def draw_weights(figure: CollectedFigure) -> Figure:
    """The whole figure; light is large."""
    width, rows = _rows(figure)
    tables = any(kind_of(row[0].line.dataset) == "table" for row in rows)
    left = LEFT + TICKS * tables
    panel = (width - left - BETWEEN * (len(rows[0]) - 1) - BELOW) / len(rows[0])
    heights = [_height(row, panel) for row in rows]
    below = [BELOW + TICKS * (kind_of(row[0].line.dataset) == "table") for row in rows]
    height = sum(heights) + sum(below) + TITLE * len(rows)
    drawing = new_figure(width, height)
    drawing.set_layout_engine("none")
    number, y = 0, height
    for row, high, room in zip(rows, heights, below, strict=True):
        y -= TITLE + high
        for column, found in enumerate(row):
            x = left + column * (panel + BETWEEN)
            axes = drawing.add_axes((x / width, y / height, panel / width, high / height))
            label_panel(axes, number, found.line.title)
            _weights(axes, found, first=column == 0)
            number += 1
            if column == 0:
                _row_title(axes, find_dataset(found.line.dataset).title, left)
        y -= room
    return drawing


def alike(figure: CollectedFigure) -> bool:
    """Whether the bins of a dataset's panels reach about as far, so that one axis fits all."""
    for key in figure.datasets():
        contents = [found.content for found in figure.of(key)]
        tops = [float(c.edges[-1]) for c in contents if isinstance(c, Histogram)]
        if tops and max(tops) > ALIKE * min(tops):
            return False
    return True


def stretched(matrix: Array) -> Array:
    """|weights| as brightness in [0, 1], so that a few large ones do not leave the rest black."""
    values = np.asarray(matrix, dtype=np.float64)
    white = float(np.percentile(values, WHITE)) or float(values.max()) or 1.0
    return np.clip(values / white, 0, 1)


def tiled(matrix: Array) -> Array:
    """Units [U, 3072] as RGB pictures side by side, white between them: [H, W, 3] in [0, 1]."""
    pictures = stretched(matrix).reshape(len(matrix), CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1)
    down, step = -(-len(pictures) // ACROSS), SIDE + GAP
    sheet = np.ones((_pixels(down), _pixels(ACROSS), CHANNELS))
    for number, picture in enumerate(pictures):
        top, left = (number // ACROSS) * step, (number % ACROSS) * step
        sheet[top : top + SIDE, left : left + SIDE] = picture
    return sheet


def _pixels(pictures: int) -> int:
    """How many pixels so many pictures side by side are wide."""
    return pictures * (SIDE + GAP) - GAP


def drawn_edges(histogram: Histogram) -> Array:
    """Where bins begin and end on the axis, which is logarithmic where they widen.

    There the first bin, which begins at 0, is drawn as wide as the second.
    """
    edges = np.array(histogram.edges, dtype=np.float64)
    if not np.allclose(np.diff(edges), edges[1] - edges[0]):
        edges[0] = edges[1] ** 2 / edges[2]
    return edges


def _rows(figure: CollectedFigure) -> tuple[float, list[list[CollectedLine]]]:
    """How wide a figure is, and the lines of each row of panels: a dataset a row, but one dataset
    in several."""
    datasets = figure.datasets()
    if len(datasets) > 1:
        return PAGE, [figure.of(key) for key in datasets]
    lines, across = figure.of(*datasets), NARROW[figure.plan.spec.kind]
    return COLUMN, [lines[start : start + across] for start in range(0, len(lines), across)]


def _scale(drawing: Figure, rows: NDArray[Any], colours: Normalize) -> None:
    """The scale of the colours, and the legend of the lines."""
    scale = ScalarMappable(colours, COLOURS)
    if drawing.get_figwidth() < PAGE:
        bar = drawing.colorbar(scale, ax=rows, location="top", pad=0.02, aspect=40, fraction=0.03)
    else:
        bar = drawing.colorbar(scale, ax=rows, pad=0.01, aspect=15 * len(rows), fraction=0.03)
    bar.set_label("weights in a bin (%)")
    bar.set_ticks(PERCENT, labels=[f"{percent:g}" for percent in PERCENT])
    bar.minorticks_off()
    handles = [
        Line2D([], [], label=f"{100 * share:g} % below", **_line(caret))
        for share, caret in zip(SHARES, CARETS, strict=True)
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=len(CARETS), handlelength=2)


def _top(lines: Sequence[CollectedLine]) -> float:
    """Where the uppermost bin ends in which any of these histograms has a weight."""
    contents = [found.content for found in lines if isinstance(found.content, Histogram)]
    return max(float(one.edges[1 + np.nonzero(one.counts.any(axis=0))[0][-1]]) for one in contents)


def _histogram(axes: Axes, histogram: Histogram, colours: Normalize, top: float) -> None:
    shares, edges = shares_of(histogram), drawn_edges(histogram)
    epochs = np.arange(len(shares) + 1) - 0.5
    mesh = np.ma.masked_equal(shares.T, 0)
    axes.pcolormesh(epochs, edges, mesh, norm=colours, cmap=COLOURS, rasterized=True)
    step = max(len(CARETS), len(shares) // MARKED)
    for number, (values, caret) in enumerate(zip(quantiles(histogram).T, CARETS, strict=True)):
        every = (number * step // len(CARETS), step)
        axes.plot(epochs[:-1] + 0.5, np.maximum(values, edges[0]), markevery=every, **_line(caret))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    room = ROOM * (top - edges[0])
    if edges[0] > 0:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        room = top * ((top / edges[0]) ** ROOM - 1)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.set_ylim(edges[0], top + room)


def _line(caret: Any) -> dict[str, Any]:
    return {
        "color": "black",
        "linewidth": 0.9,
        "marker": caret,
        "markersize": 3.5 if caret == "o" else 4.5,
        "path_effects": [Stroke(linewidth=2.2, foreground="white"), Normal()],
    }


def _height(row: Sequence[CollectedLine], panel: float) -> float:
    """Inches that the panels of a row are high where they are so wide."""
    if kind_of(row[0].line.dataset) == "table":
        return MATRIX
    units = max((len(x.content) for x in row if isinstance(x.content, np.ndarray)), default=ACROSS)
    down = -(-units // ACROSS)
    return panel * _pixels(down) / _pixels(ACROSS)


def _weights(axes: Axes, found: CollectedLine, *, first: bool) -> None:
    if not isinstance(found.content, np.ndarray):
        say_empty(axes)
        axes.set_frame_on(False)
    elif kind_of(found.line.dataset) == "pictures":
        axes.imshow(tiled(found.content))
        axes.set_axis_off()
    else:
        _matrix(axes, found.content, first=first)


def _matrix(axes: Axes, matrix: Array, *, first: bool) -> None:
    axes.imshow(stretched(matrix), cmap="gray", vmin=0, vmax=1, aspect="auto")
    units, features = matrix.shape
    axes.set_xticks([0, features - 1])
    axes.set_yticks([0, units - 1] if first else [])
    axes.set_xlabel("input", labelpad=-6)
    if first:
        axes.set_ylabel("unit", labelpad=-12)


def _row_title(axes: Axes, title: str, left: float) -> None:
    """The dataset's name so many inches on the left: an axis that is switched off has no label."""
    axes.annotate(
        title,
        (0, 0.5),
        xytext=(9 - 72 * left, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        rotation=90,
        ha="center",
        va="center",
    )
