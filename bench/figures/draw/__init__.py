"""Drawing with matplotlib: a figure as PDF and PNG, the same bytes every time.

Imported only when something is drawn.
"""

from __future__ import annotations

from bench.figures.collect import CollectedFigure
from bench.figures.draw.costs import draw_costs
from bench.figures.draw.curves import draw_curves
from bench.figures.draw.first_layer import draw_histograms, draw_weights
from bench.render.drawing import file_bytes, style

DRAW = {
    "curves": draw_curves,
    "histograms": draw_histograms,
    "weights": draw_weights,
    "costs": draw_costs,
}


def pictures(figure: CollectedFigure) -> dict[str, bytes]:
    """The figure as files by ending."""
    with style():
        drawing = DRAW[figure.plan.spec.kind](figure)
        return {ending: file_bytes(drawing, ending) for ending in (".pdf", ".png")}


def png(figure: CollectedFigure) -> bytes:
    """The figure as a PNG alone, in half the time of both."""
    with style():
        return file_bytes(DRAW[figure.plan.spec.kind](figure), ".png")
