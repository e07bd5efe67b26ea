"""Drawing with matplotlib: a filled figure as PDF and PNG, the same bytes every time.

Imported only when something is drawn.
"""

from __future__ import annotations

import io

from matplotlib.figure import Figure

from bench.figures.collect import FilledFigure
from bench.figures.draw.costs import draw_costs
from bench.figures.draw.curves import draw_curves
from bench.figures.draw.first_layer import draw_histograms, draw_weights
from bench.figures.draw.style import PNG_DPI, style

PDF_DPI = 600
"""Of the parts of a PDF that are pictures; lines and text have none."""

DRAW = {
    "curves": draw_curves,
    "histograms": draw_histograms,
    "weights": draw_weights,
    "costs": draw_costs,
}


def pictures(figure: FilledFigure) -> dict[str, bytes]:
    """The figure as files by ending, without dates, versions or names of machines."""
    with style():
        drawing = DRAW[figure.plan.spec.kind](figure)
        return {".pdf": _pdf(drawing), ".png": _png(drawing)}


def png(figure: FilledFigure) -> bytes:
    """The figure as a PNG alone, in half the time of both."""
    with style():
        return _png(DRAW[figure.plan.spec.kind](figure))


def _pdf(drawing: Figure) -> bytes:
    out = io.BytesIO()
    metadata = {"CreationDate": None, "Creator": None, "Producer": None}
    drawing.savefig(out, format="pdf", dpi=PDF_DPI, metadata=metadata)
    return out.getvalue()


def _png(drawing: Figure) -> bytes:
    """A matrix, which has more rows than there is room for, is averaged; pictures stay sharp."""
    for axes in drawing.axes:
        for image in axes.images:
            content = image.get_array()
            if content is not None and content.ndim == 2:
                image.set_interpolation("antialiased")
    out = io.BytesIO()
    drawing.savefig(out, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return out.getvalue()
