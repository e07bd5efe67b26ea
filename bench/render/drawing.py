"""How drawings look, and their bytes, the same ones every time; imported only to draw.

Sizes of print, fonts that are embedded, lines told apart without colour.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

Array = NDArray[Any]

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

MARKER = 4.0
"""Points that a marker reaches from its middle, with some room."""

BESIDE = (
    *((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)),
    *((1, 2), (-1, 2), (1, -2), (-1, -2)),
)
"""Where a name may stand beside its point, in the order it is tried: steps right and up."""

LOOK: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine, and has κ
    "font.size": LABEL,
    "text.parse_math": False,  # a $ in a name is a $
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
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # it is drawn as a box
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches whose parts make room for each other."""
    return Figure(figsize=(width, height), layout="constrained")


def label_panel(axes: Axes, number: int, text: str) -> None:
    """(a) and what the panel shows, above it."""
    axes.set_title(f"({chr(ord('a') + number)}) {text}")


def say_empty(axes: Axes, text: str = "no runs", *, ticks: bool = False) -> None:
    """In a panel of which there is nothing; with ticks where it shares its axes with others."""
    if not ticks:
        axes.tick_params(bottom=False, left=False, labelbottom=False, labelleft=False)
    axes.text(
        0.5,
        0.5,
        text,
        ha="center",
        va="center",
        color="#595959",
        fontsize=SMALL,
        transform=axes.transAxes,
    )


def draw_ring(axes: Axes, x: float, y: float, collapsed: int, runs: int) -> None:
    """A ring around a point of which so many runs have collapsed; nothing where none has."""
    if collapsed:
        axes.plot(x, y, **_ring(broken=collapsed < runs))


def ring_handles(points: Iterable[tuple[int, int]]) -> list[Line2D]:
    """Legend of the rings around points of so many collapsed and so many runs."""
    drawn = {collapsed < runs for collapsed, runs in points if collapsed}
    titles = {False: "all runs collapsed", True: "some runs collapsed"}
    return [Line2D([], [], label=titles[part], **_ring(broken=part)) for part in sorted(drawn)]


def _ring(*, broken: bool) -> dict[str, Any]:
    arcs = [Path.arc(start, start + 60) for start in range(0, 360, 90)]
    return {
        "marker": Path.make_compound_path(*arcs) if broken else "o",
        "markersize": 2 * MARKER,
        "markerfacecolor": "none",
        "markeredgecolor": "black",
        "markeredgewidth": 0.8,
        "linestyle": "none",
        "zorder": 3,
    }


Named = tuple[tuple[str, ...], float, float]
"""A point by its x and y and what it may be called, the best first."""

OTHERS = (Legend, Axes)
"""Parts of axes that no name may cover."""


def settle(drawing: Figure) -> None:
    """Place all parts of a figure for good, so that names can look for room between them."""
    drawing.draw_without_rendering()
    drawing.set_layout_engine("none")


def name_points(axes: Axes, points: Sequence[Named], *, every: bool) -> None:
    """Name points where a name covers no marker, legend, inset or other name.

    Where it can it crosses no line either, and it is nearer to its own marker than to any other.

    Args:
        axes: finished but for the names, of a figure that is settled. Each of its lines is one
            marker, or has as many vertices as names are to keep away from.
        points: those named first find most room.
        every: whether a point without room is named all the same, at the first place.
    """
    vertices = [axes.transData.transform(line.get_xydata()) for line in axes.lines]
    markers = np.array([place[0] for place in vertices if len(place) == 1])
    reach = MARKER * axes.figure.dpi / 72
    taken = [Bbox([place, place]).padded(reach) for place in markers]
    others = [part for part in axes.get_children() if isinstance(part, OTHERS)]
    taken += [box for part in others if (box := part.get_tightbbox())]
    lines = [Bbox([place, place]).padded(1) for line in vertices for place in line]
    bars = [segment for bars in axes.findobj(LineCollection) for segment in bars.get_segments()]
    lines += [Bbox(axes.transData.transform(bar)).padded(1) for bar in bars]
    for names, x, y in points:
        own = axes.transData.transform((x, y))
        fit = []
        for order, name in enumerate(names):
            size = _size(axes, name)
            for step in BESIDE:
                box = _box(own, size, reach, step)
                nearest = _distances(box, own[None])[0] <= min(_distances(box, markers))
                if nearest and _inside(axes.bbox, box) and not box.count_overlaps(taken):
                    crossing = box.count_overlaps(lines) > 0
                    fit.append((crossing, order, BESIDE.index(step), box))
        if fit:
            _, order, number, box = min(fit, key=lambda place: place[:3])
            taken.append(box)
            _write(axes, names[order], (x, y), BESIDE[number])
        elif every:
            _write(axes, names[0], (x, y), BESIDE[0])


def _size(axes: Axes, name: str) -> Array:
    """Pixels that a name is wide and high."""
    text = _write(axes, name, (0, 0), BESIDE[0])
    box = Text.get_window_extent(text)
    text.remove()
    return np.array([box.width, box.height])


def _box(place: Array, size: Array, reach: float, step: tuple[int, int]) -> Bbox:
    """Where a name of this size is at this step from a place."""
    low = place + reach * np.array(step) + size * (np.sign(step) - 1) / 2
    return Bbox([low, low + size])


def _write(axes: Axes, name: str, place: tuple[float, float], step: tuple[int, int]) -> Annotation:
    right, up = step
    return axes.annotate(
        name,
        place,
        (right * MARKER, up * MARKER),
        textcoords="offset points",
        ha=("center", "left", "right")[int(np.sign(right))],
        va=("center", "bottom", "top")[int(np.sign(up))],
        fontsize=SMALL,
        linespacing=0.95,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.3},
    )


def _distances(box: Bbox, places: Array) -> Array:
    """From each place to the nearest point of a box."""
    low, high = box.get_points()
    away: Array = np.clip(places, low, high) - places
    return np.hypot(away[:, 0], away[:, 1])


def _inside(outer: Bbox, inner: Bbox) -> bool:
    return outer.contains(inner.x0, inner.y0) and outer.contains(inner.x1, inner.y1)


def file_bytes(drawing: Figure, ending: str) -> bytes:
    """The drawing as a file without dates, versions or names of machines.

    In a PNG a matrix, which has more rows than there is room for, is averaged; pictures stay sharp.
    Without pictures a PNG has a palette, which makes it a third as large.

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
    images = [image for axes in drawing.axes for image in axes.images]
    pictures = any(np.asarray(image.get_array()).ndim == 3 for image in images)
    if ending == ".png" and not pictures:
        return _with_palette(drawing)
    out = io.BytesIO()
    drawing.savefig(out, format=ending[1:], dpi=DPI[ending], metadata=dict.fromkeys(names))
    return out.getvalue()


def _with_palette(drawing: Figure) -> bytes:
    """The drawing as a PNG of at most 256 colours."""
    from PIL import Image

    out = io.BytesIO()
    canvas: Any = FigureCanvasAgg(drawing)
    drawing.set_dpi(PNG_DPI)
    drawing.draw(canvas.get_renderer())  # savefig would do so twice, the first time for its layout
    full = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    full.convert("RGB").quantize(256).save(out, "PNG", dpi=(PNG_DPI, PNG_DPI))
    return out.getvalue()
