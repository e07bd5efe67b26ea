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
    Array,
    FilledFigure,
    Histogram,
    Weights,
    quantiles,
    shares_of,
    stretched,
    tiled,
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


def draw_histograms(figure: FilledFigure) -> Figure:
    """The whole figure, both columns wide; panels share colours, and axes where bins are alike."""
    datasets = figure.datasets()
    columns = max(len(figure.of(key)) for key in datasets)
    drawing = new_figure(PAGE, HISTOGRAM_ROW * len(datasets) + 0.55)
    share: Literal["row", "none"] = "row" if alike(figure) else "none"
    rows = drawing.subplots(len(datasets), columns, sharex=True, sharey=share, squeeze=False)
    empty = all(filled.content is None for filled in figure.lines)
    colours = LogNorm(*SCALE, clip=True)
    for number, (key, panels) in enumerate(zip(datasets, rows, strict=True)):
        for place, (axes, filled) in enumerate(zip(panels, figure.of(key), strict=True)):
            label_panel(axes, number * columns + place, filled.line.title)
            if isinstance(filled.content, Histogram):
                _histogram(axes, filled.content, colours)
            else:
                say_empty(axes, ticks=not empty)
        panels[0].set_ylabel(f"{find_dataset(key).title}: |w|")
    drawing.supxlabel("epoch of training before pruning", fontsize=LABEL)
    scale = ScalarMappable(colours, COLOURS)
    bar = drawing.colorbar(scale, ax=rows, pad=0.01, aspect=15 * len(datasets), fraction=0.03)
    bar.set_label("weights in a bin (%)")
    bar.set_ticks(PERCENT, labels=[f"{percent:g}" for percent in PERCENT])
    bar.minorticks_off()
    drawing.legend(handles=_handles(), loc="outside upper right", ncols=len(DASHES))
    return drawing


def draw_weights(figure: FilledFigure) -> Figure:
    """The whole figure, both columns wide; light is large."""
    datasets = figure.datasets()
    columns = max(len(figure.of(key)) for key in datasets)
    heights = [WEIGHTS_ROW[kind_of(key)] for key in datasets]
    drawing = new_figure(PAGE, sum(heights) + 0.2)
    rows = drawing.subplots(
        len(datasets), columns, squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for number, (key, panels) in enumerate(zip(datasets, rows, strict=True)):
        for place, (axes, filled) in enumerate(zip(panels, figure.of(key), strict=True)):
            label_panel(axes, number * columns + place, filled.line.title)
            if not isinstance(filled.content, Weights):
                say_empty(axes)
                axes.set_frame_on(False)
            elif kind_of(key) == "pictures":
                _pictures(axes, filled.content)
            else:
                _matrix(axes, filled.content, first=place == 0)
        _row_title(panels[0], find_dataset(key).title)
    return drawing


def alike(figure: FilledFigure) -> bool:
    """Whether the bins of a dataset's panels reach about as far, so that one axis fits all."""
    for key in figure.datasets():
        found = [line.content for line in figure.of(key)]
        tops = [float(one.edges[-1]) for one in found if isinstance(one, Histogram)]
        if tops and max(tops) > ALIKE * min(tops):
            return False
    return True


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
    if edges[0] > 0:
        axes.set_yscale("log")
    axes.set_ylim(edges[0], edges[-1])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    if edges[0] == 0:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
        return
    axes.yaxis.set_major_locator(LogLocator(numticks=5))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _line(dashes: Any) -> dict[str, Any]:
    return {
        "color": "black",
        "linewidth": 1.0,
        "linestyle": dashes,
        "path_effects": [Stroke(linewidth=2.2, foreground="white"), Normal()],
    }


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], label=f"{100 * share:g} % of the weights below", **_line(dashes))
        for share, dashes in zip(SHARES, DASHES, strict=True)
    ]


def _pictures(axes: Axes, weights: Weights) -> None:
    axes.imshow(tiled(weights.matrix))
    axes.set_axis_off()


def _matrix(axes: Axes, weights: Weights, *, first: bool) -> None:
    axes.imshow(stretched(weights.matrix), cmap="gray", vmin=0, vmax=1, aspect="auto")
    units, features = weights.matrix.shape
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
