"""Scores by compression ratio: a column of panels a dataset, a row a group, a line a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from bench.datasets.catalogue import find_dataset
from bench.figures.collect import CollectedFigure, CollectedLine
from bench.render.drawing import (
    COLUMN,
    LABEL,
    PAGE,
    SMALL,
    STROKES,
    draw_ring,
    label_panel,
    new_figure,
    ring_handles,
    say_empty,
)

ROW = 2.25
"""Inches a row of panels is high, with its legend."""

FAR = 10.0
"""Points below the others from which a line may be left to the foot of its panel."""

Looks = Mapping[tuple[str, str], Mapping[str, Any]]
"""How matplotlib draws the line of each name."""


def draw_curves(figure: CollectedFigure) -> Figure:
    """The whole figure; its width is one column for one dataset, both for several."""
    datasets = figure.datasets()
    groups = figure.groups()
    wide = len(datasets) > 1
    drawing = new_figure(PAGE if wide else COLUMN, ROW * len(groups))
    looks = _looks(figure)
    rows = drawing.subfigures(len(groups), 1, squeeze=False)[:, 0]
    for group, row in zip(groups, rows, strict=True):
        row.subplots(1, len(datasets))
        row.supylabel(f"validation {figure.plan.spec.metric.replace('_', ' ')} (%)", fontsize=LABEL)
        handles = _handles(figure, figure.of(*datasets, group=group), looks)
        columns = len(handles) if wide else 2 + (len(handles) % 2 or len(handles) > 4)
        row.legend(handles=handles, loc="outside upper center", ncols=columns)
    rows[-1].supxlabel("compression ratio, and weights kept", fontsize=LABEL)
    for number, (group, key) in enumerate(product(groups, datasets)):
        axes = drawing.axes[number]
        _panel(axes, figure.of(key, group=group), looks)
        label_panel(axes, number, f"{group}, {find_dataset(key).title}")
    return drawing


@dataclass(frozen=True)
class Reach:
    """What a panel's axis reaches over.

    Args:
        low, high: percent.
        foot: lines that lie so far below that they are told at the foot instead.
    """

    low: float
    high: float
    foot: tuple[CollectedLine, ...] = ()


def reach_of(lines: Sequence[CollectedLine]) -> Reach | None:
    """The axis of a panel; None where it has no line.

    A minority of lines is left to the foot if the gap above it is wider than everything above, and
    than ten points: drawn, it would press the others together.
    """
    drawn = sorted((line for line in lines if line.marks), key=_highest, reverse=True)
    if not drawn:
        return None
    high = _highest(drawn[0])
    for count in range(len(drawn) // 2 + 1, len(drawn)):
        low = min(map(_lowest, drawn[:count]))
        if low - _highest(drawn[count]) > max(FAR, high - low):
            return Reach(low, high, tuple(drawn[count:]))
    return Reach(min(map(_lowest, drawn)), high)


def short_count(count: float) -> str:
    """A number of weights in three digits: 11.5M, 713k."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.0f}"


def _lowest(line: CollectedLine) -> float:
    return min(mark.mean - mark.std for mark in line.marks)


def _highest(line: CollectedLine) -> float:
    return max(mark.mean + mark.std for mark in line.marks)


def _looks(figure: CollectedFigure) -> Looks:
    """One method has one stroke in all groups, but one a kappa."""
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    for line in (found.line for found in figure.lines):
        alone = line.series.kappas == "chosen"
        other = (line.series.net,) if alone else (line.title, "")
        keys[line.name] = (line.series.method, *other)
    distinct = list(dict.fromkeys(keys.values()))
    strokes = {name: STROKES[distinct.index(key) % len(STROKES)] for name, key in keys.items()}
    return {
        name: {
            "color": stroke.colour,
            "linestyle": stroke.dashes,
            "marker": stroke.marker,
            "markersize": 6.0 if stroke.marker == "*" else 4.0,
        }
        for name, stroke in strokes.items()
    }


def _handles(figure: CollectedFigure, lines: Sequence[CollectedLine], looks: Looks) -> list[Line2D]:
    """Legend of the rings, and of the names drawn for some dataset; of all where nothing is."""
    drawn = {found.line.name for found in figure.lines if found.content is not None}
    names = dict.fromkeys(found.line.name for found in lines)
    rings = ring_handles((mark.collapsed, mark.n) for found in lines for mark in found.marks)
    shown = [name for name in names if name in drawn or not drawn]
    return [*(Line2D([], [], label=name[1], **looks[name]) for name in shown), *rings]


def _panel(axes: Axes, lines: Sequence[CollectedLine], looks: Looks) -> None:
    reach = reach_of(lines)
    if reach is None:
        say_empty(axes)
        return
    for found in lines:
        if found.marks and found not in reach.foot:
            _curve(axes, found, looks)
    room = 0.06 * (reach.high - reach.low) or 1.0
    below = room * (1.5 + 2.2 * len(reach.foot))
    axes.set_ylim(reach.low - below, reach.high + room)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.grid(axis="y")
    _ratios(axes, lines)
    for number, found in enumerate(reach.foot):
        means = [mark.mean for mark in found.marks]
        said = f"{found.line.title}: {min(means):.1f} to {max(means):.1f}"
        said += ", collapsed" if all(mark.collapsed == mark.n for mark in found.marks) else ""
        axes.text(
            0.02,
            0.02 + 0.11 * number,
            f"\N{DOWNWARDS ARROW} {said}",
            fontsize=SMALL,
            transform=axes.transAxes,
        )


def _curve(axes: Axes, found: CollectedLine, looks: Looks) -> None:
    axes.errorbar(
        [mark.ratio for mark in found.marks],
        [mark.mean for mark in found.marks],
        yerr=[mark.std for mark in found.marks],
        capsize=2.0,
        elinewidth=0.8,
        capthick=0.8,
        **looks[found.line.name],
    )
    for mark in found.marks:
        draw_ring(axes, mark.ratio, mark.mean, mark.collapsed, mark.n)


def _ratios(axes: Axes, lines: Sequence[CollectedLine]) -> None:
    """A tick at every ratio, and below it how many weights are kept where the runs say."""
    kept: dict[float, float | None] = {}
    for mark in (mark for found in lines for mark in found.marks):
        kept[mark.ratio] = kept.get(mark.ratio) or mark.kept
    ratios = sorted(kept)
    texts = [
        f"{ratio:g}" + (f"\n{short_count(n)}" if (n := kept[ratio]) else "") for ratio in ratios
    ]
    axes.set_xscale("log", base=2)
    axes.set_xlim(ratios[0] / 1.25, ratios[-1] * 1.25)
    axes.xaxis.set_major_locator(FixedLocator(ratios))
    axes.xaxis.set_major_formatter(FixedFormatter(texts))
    axes.xaxis.set_minor_locator(NullLocator())
