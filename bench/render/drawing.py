"""How drawings look, and their bytes, the same ones every time; imported only to draw.

Sizes of print, fonts that are embedded, lines told apart without colour.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLUMN = 3.35
"""Inches of one column of a two-column page."""

PAGE = 7.0
"""Inches of both columns."""

PNG_DPI = 200
"""Dots per inch of every PNG."""

SMALL = 7.0
"""Points of the smallest text."""

LABEL = 8.0
"""Points of labels of axes and panels."""

DPI = {".pdf": 600, ".png": PNG_DPI}
"""The kinds of file that can be drawn; in a PDF that of the parts that are pictures."""

LOOK: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine, and has κ
    "font.size": LABEL,
    "axes.labelsize": LABEL,
    "axes.titlesize": LABEL,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "lines.markeredgewidth": 0.0,
    "grid.linewidth": 0.4,
    "grid.color": "#d9d9d9",
    "image.interpolation": "none",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}


@dataclass(frozen=True)
class Stroke:
    """A line that is told from the others by its colour, by its dashes and by its marker."""

    colour: str
    dashes: Any
    marker: str


STROKES = (
    Stroke("#000000", "solid", "o"),
    Stroke("#E69F00", (0, (5, 1.5)), "s"),
    Stroke("#56B4E9", (0, (3, 1, 1, 1)), "^"),
    Stroke("#009E73", (0, (1, 1)), "D"),
    Stroke("#CC79A7", (0, (7, 2, 1, 2)), "v"),
    Stroke("#0072B2", (0, (4, 2)), "X"),
    Stroke("#7F7F7F", (0, (2, 1)), "P"),
    Stroke("#D55E00", "solid", "*"),
)
"""Okabe and Ito's colours without yellow, which white paper swallows, and a gray."""


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults with our look, whatever this machine is configured to."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches whose parts make room for each other."""
    return Figure(figsize=(width, height), layout="constrained")


def label_panel(axes: Axes, number: int, text: str) -> None:
    """(a) and what the panel shows, above it."""
    axes.set_title(f"({chr(ord('a') + number)}) {text}")


def say_empty(axes: Axes, *, ticks: bool = False) -> None:
    """In a panel of which there is nothing; with ticks where it shares its axes with others."""
    if not ticks:
        axes.tick_params(bottom=False, left=False, labelbottom=False, labelleft=False)
    axes.text(
        0.5,
        0.5,
        "no runs",
        ha="center",
        va="center",
        color="#595959",
        fontsize=SMALL,
        transform=axes.transAxes,
    )


def file_bytes(drawing: Figure, ending: str) -> bytes:
    """The drawing as a file without dates, versions or names of machines.

    In a PNG a matrix, which has more rows than there is room for, is averaged; pictures stay sharp.

    Args:
        drawing: the figure.
        ending: one of DPI.
    """
    names = ("Software",) if ending == ".png" else ("CreationDate", "Creator", "Producer")
    for axes in drawing.axes if ending == ".png" else ():
        for image in axes.images:
            content = image.get_array()
            if content is not None and content.ndim == 2:
                image.set_interpolation("antialiased")
    out = io.BytesIO()
    drawing.savefig(out, format=ending[1:], dpi=DPI[ending], metadata=dict.fromkeys(names))
    return out.getvalue()
