"""First-layer |weights|, and histograms of them over epochs: a row of panels a dataset, a column a
series."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from bench.datasets.catalogue import find_dataset
from bench.figures.collect import (
    SHARES,
    WHITE,
    Array,
    CollectedFigure,
    Histogram,
    quantiles,
    shares_of,
)
from bench.plan.plan import kind_of
from bench.render.drawing import LABEL, PAGE, label_panel, new_figure, say_empty

HISTOGRAM_ROW = 1.55
"""Inches a row of panels is high."""

WEIGHTS_ROW = {"pictures": 1.35, "table": 2.4}
"""The same of weights themselves."""

DASHES: tuple[Any, ...] = ("solid", (0, (4, 1.5)), (0, (1, 1)))
"""Of the lines below which the shares lie."""

SCALE = (1e-4, 100)
"""Percentages of the lightest and of the darkest colour."""

COLOURS = "Blues"
"""From light, where few weights are, to dark; the same order without colour."""

PERCENT = (100, 1, 0.01, 0.0001)
"""Ticks of the scale."""

ALIKE = 2
"""Times that one axis may reach further than another that it is shared with."""


SIDE, CHANNELS = 32, 3
"""Of a picture."""

ACROSS = 3
"""Pictures side by side in a panel."""

GAP = 2
"""Pixels between two pictures."""


def draw_histograms(figure: CollectedFigure) -> Figure:
    """The whole figure, both columns wide; panels share colours, and axes where bins are alike."""
    datasets = figure.datasets()
    lines = figure.of(*datasets)
    drawing = new_figure(PAGE, HISTOGRAM_ROW * len(datasets) + 0.55)
    share: Literal["row", "none"] = "row" if alike(figure) else "none"
    rows = drawing.subplots(
        len(datasets), len(lines) // len(datasets), sharex=True, sharey=share, squeeze=False
    )
    empty = all(found.content is None for found in figure.lines)
    colours = LogNorm(*SCALE, clip=True)
    for number, (axes, found) in enumerate(zip(rows.flat, lines, strict=True)):
        label_panel(axes, number, found.line.title)
        if isinstance(found.content, Histogram):
            _histogram(axes, found.content, colours)
        else:
            say_empty(axes, ticks=not empty)
    for axes, key in zip(rows[:, 0], datasets, strict=True):
        axes.set_ylabel(f"{find_dataset(key).title}: |w|")
    drawing.supxlabel("epoch of training before pruning", fontsize=LABEL)
    scale = ScalarMappable(colours, COLOURS)
    bar = drawing.colorbar(scale, ax=rows, pad=0.01, aspect=15 * len(datasets), fraction=0.03)
    bar.set_label("weights in a bin (%)")
    bar.set_ticks(PERCENT, labels=[f"{percent:g}" for percent in PERCENT])
    bar.minorticks_off()
    handles = [
        Line2D([], [], label=f"{100 * share:g} % of the weights below", **_line(dashes))
        for share, dashes in zip(SHARES, DASHES, strict=True)
    ]
    drawing.legend(handles=handles, loc="outside upper right", ncols=len(DASHES))
    return drawing


def draw_weights(figure: CollectedFigure) -> Figure:
    """The whole figure, both columns wide; light is large."""
    datasets = figure.datasets()
    lines = figure.of(*datasets)
    heights = [WEIGHTS_ROW[kind_of(key)] for key in datasets]
    drawing = new_figure(PAGE, sum(heights) + 0.2)
    rows = drawing.subplots(
        len(datasets),
        len(lines) // len(datasets),
        squeeze=False,
        gridspec_kw={"height_ratios": heights},
    )
    for number, (axes, found) in enumerate(zip(rows.flat, lines, strict=True)):
        label_panel(axes, number, found.line.title)
        if not isinstance(found.content, np.ndarray):
            say_empty(axes)
            axes.set_frame_on(False)
        elif kind_of(found.line.dataset) == "pictures":
            axes.imshow(tiled(found.content))
            axes.set_axis_off()
        else:
            _matrix(axes, found.content, first=axes in rows[:, 0])
    for axes, key in zip(rows[:, 0], datasets, strict=True):
        _row_title(axes, find_dataset(key).title)
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
    down = -(-len(pictures) // ACROSS)
    step = SIDE + GAP
    sheet = np.ones((down * step - GAP, ACROSS * step - GAP, CHANNELS))
    for number, picture in enumerate(pictures):
        top, left = (number // ACROSS) * step, (number % ACROSS) * step
        sheet[top : top + SIDE, left : left + SIDE] = picture
    return sheet


def drawn_edges(histogram: Histogram) -> Array:
    """Where bins begin and end on the axis, which is logarithmic where they widen.

    There the first bin, which begins at 0, is drawn as wide as the second.
    """
    edges = np.array(histogram.edges, dtype=np.float64)
    if not np.allclose(np.diff(edges), edges[1] - edges[0]):
        edges[0] = edges[1] ** 2 / edges[2]
    return edges


def _histogram(axes: Axes, histogram: Histogram, colours: Normalize) -> None:
    shares, edges = shares_of(histogram), drawn_edges(histogram)
    epochs = np.arange(len(shares) + 1) - 0.5
    mesh = np.ma.masked_equal(shares.T, 0)
    axes.pcolormesh(epochs, edges, mesh, norm=colours, cmap=COLOURS, rasterized=True)
    for values, dashes in zip(quantiles(histogram).T, DASHES, strict=True):
        axes.plot(epochs[:-1] + 0.5, np.maximum(values, edges[0]), **_line(dashes))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    if edges[0] > 0:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.set_ylim(edges[0], edges[-1])


def _line(dashes: Any) -> dict[str, Any]:
    return {
        "color": "black",
        "linewidth": 1.0,
        "linestyle": dashes,
        "path_effects": [Stroke(linewidth=2.2, foreground="white"), Normal()],
    }


def _matrix(axes: Axes, matrix: Array, *, first: bool) -> None:
    axes.imshow(stretched(matrix), cmap="gray", vmin=0, vmax=1, aspect="auto")
    units, features = matrix.shape
    axes.set_xticks([0, features - 1])
    axes.set_yticks([0, units - 1] if first else [])
    axes.set_xlabel("input", labelpad=-6)
    if first:
        axes.set_ylabel("unit", labelpad=-12)


def _row_title(axes: Axes, title: str) -> None:
    """The dataset's name on the left, where an axis that is switched off has no label."""
    axes.annotate(
        title,
        (0, 0.5),
        xytext=(-30, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        rotation=90,
        ha="center",
        va="center",
    )
