"""Drawing with matplotlib: a figure as PDF and PNG, the same bytes every time.

Imported only when something is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures.collect import CollectedFigure
from bench.figures.draw.agreement import draw_agreement
from bench.figures.draw.costs import draw_costs
from bench.figures.draw.curves import draw_curves
from bench.figures.draw.first_layer import draw_histograms, draw_weights
from bench.render.drawing import file_bytes, style

DRAW = {
    "curves": draw_curves,
    "histograms": draw_histograms,
    "weights": draw_weights,
    "costs": draw_costs,
    "agreement": draw_agreement,
}


def pictures(
    figure: CollectedFigure, endings: Sequence[str] = (".pdf", ".png")
) -> dict[str, bytes]:
    """The figure as files by ending; one alone takes half the time of both."""
    with style():
        drawing = DRAW[figure.plan.spec.kind](figure)
        return {ending: file_bytes(drawing, ending) for ending in endings}
