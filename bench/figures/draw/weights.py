"""First-layer |weights|: a row of panels a dataset, a column a series; light is large."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.datasets.catalogue import find_entry
from bench.figures.collect import Collected, Weights
from bench.figures.draw.style import PAGE, label_panel, new_figure, say_empty
from bench.figures.numbers import stretched, tiled
from bench.plan.plan import kind_of

ROWS = {"pictures": 1.35, "table": 2.4}
"""Inches a row of panels is high."""


def draw_weights(figure: Collected) -> Figure:
    """The whole figure, both columns wide."""
    datasets = figure.datasets()
    columns = max(len(figure.of(key)) for key in datasets)
    heights = [ROWS[kind_of(key)] for key in datasets]
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
        _row_title(panels[0], find_entry(key).title)
    return drawing


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
