"""Scores by compression ratio: a column of panels a dataset, a row a group, a line a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from bench.datasets.catalogue import find_dataset
from bench.figures.collect import Curve, Filled, FilledFigure
from bench.render.drawing import (
    COLUMN,
    LABEL,
    PAGE,
    SMALL,
    STROKES,
    Stroke,
    label_panel,
    new_figure,
    say_empty,
)

ROW = 2.25
"""Inches a row of panels is high, with its legend."""

FAR = 10.0
"""Points below the others from which a line may be left to the foot of its panel."""


def draw_curves(figure: FilledFigure) -> Figure:
    """The whole figure; its width is one column for one dataset, both for several."""
    datasets, groups = figure.datasets(), figure.groups()
    wide = len(datasets) > 1
    drawing = new_figure(PAGE if wide else COLUMN, ROW * len(groups))
    rows = drawing.subfigures(len(groups), 1, squeeze=False)[:, 0]
    strokes = _strokes(figure)
    for number, (group, row) in enumerate(zip(groups, rows, strict=True)):
        panels = row.subplots(1, len(datasets), squeeze=False)[0]
        for place, (key, axes) in enumerate(zip(datasets, panels, strict=True)):
            _panel(axes, figure.of(key, group), strokes)
            title = find_dataset(key).title
            label_panel(axes, number * len(datasets) + place, f"{group}, {title}")
        row.supylabel(_score(figure), fontsize=LABEL)
        if number == len(groups) - 1:
            row.supxlabel("compression ratio, and weights kept", fontsize=LABEL)
        _legend(row, _in_legend(figure, group), strokes, wide=wide)
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
    foot: tuple[Filled, ...] = ()


def reach_of(lines: Sequence[Filled]) -> Reach | None:
    """The axis of a panel; None where it has no line.

    A minority of lines is left to the foot if the gap above it is wider than everything above, and
    than ten points: drawn, it would press the others together.
    """
    spans = sorted(
        ((*span(line.content), line) for line in lines if isinstance(line.content, Curve)),
        key=lambda item: item[1],
        reverse=True,
    )
    if not spans:
        return None
    kept = len(spans)
    for count in range(len(spans) // 2 + 1, len(spans)):
        low = min(item[0] for item in spans[:count])
        gap = low - spans[count][1]
        if gap > max(FAR, spans[0][1] - low):
            kept = count
            break
    low, high = min(item[0] for item in spans[:kept]), spans[0][1]
    return Reach(low, high, tuple(line for _, _, line in spans[kept:]))


def span(curve: Curve) -> tuple[float, float]:
    """Lowest and highest point of a curve with its bars, percent."""
    return (
        min(100 * (mark.mean - mark.std) for mark in curve.marks),
        max(100 * (mark.mean + mark.std) for mark in curve.marks),
    )


def short_count(count: float) -> str:
    """A number of weights in three digits: 11.5M, 713k."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.0f}"


def _panel(axes: Axes, lines: Sequence[Filled], strokes: dict[tuple[str, str], Stroke]) -> None:
    reach = reach_of(lines)
    if reach is None:
        say_empty(axes)
        return
    for line in lines:
        if isinstance(line.content, Curve) and line not in reach.foot:
            _curve(axes, line.content, strokes[_name(line)])
    room = 0.06 * (reach.high - reach.low) or 1.0
    below = room * (1.5 + 2.2 * len(reach.foot))
    axes.set_ylim(reach.low - below, reach.high + room)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.grid(axis="y")
    _ratios(axes, lines)
    for number, line in enumerate(reach.foot):
        _foot(axes, line, number)


def _curve(axes: Axes, curve: Curve, stroke: Stroke) -> None:
    axes.errorbar(
        [mark.ratio for mark in curve.marks],
        [100 * mark.mean for mark in curve.marks],
        yerr=[100 * mark.std for mark in curve.marks],
        capsize=2.0,
        elinewidth=0.8,
        capthick=0.8,
        **_looks(stroke),
    )


def _looks(stroke: Stroke) -> dict[str, Any]:
    return {
        "color": stroke.colour,
        "linestyle": stroke.dashes,
        "marker": stroke.marker,
        "markersize": 6.0 if stroke.marker == "*" else 4.0,
    }


def _foot(axes: Axes, line: Filled, number: int) -> None:
    assert isinstance(line.content, Curve)
    low, high = (100 * value for value in _means(line.content))
    axes.text(
        0.02,
        0.02 + 0.11 * number,
        f"\N{DOWNWARDS ARROW} {line.line.title}: {low:.1f} to {high:.1f}",
        fontsize=SMALL,
        transform=axes.transAxes,
    )


def _means(curve: Curve) -> tuple[float, float]:
    means = [mark.mean for mark in curve.marks]
    return min(means), max(means)


def _ratios(axes: Axes, lines: Sequence[Filled]) -> None:
    """A tick at every ratio, and below it how many weights are kept where the runs say."""
    kept: dict[float, float | None] = {}
    for line in lines:
        for mark in line.content.marks if isinstance(line.content, Curve) else ():
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


def _legend(
    row: SubFigure,
    lines: Sequence[Filled],
    strokes: dict[tuple[str, str], Stroke],
    *,
    wide: bool,
) -> None:
    handles = [
        Line2D([], [], label=line.line.title, **_looks(strokes[_name(line)])) for line in lines
    ]
    columns = len(handles) if wide else 2 + len(handles) % 2
    row.legend(handles=handles, loc="outside upper center", ncols=columns)


def _in_legend(figure: FilledFigure, group: str) -> list[Filled]:
    """A line of each name that is drawn for some dataset; all where nothing is."""
    lines = {_name(line): line for key in figure.datasets() for line in figure.of(key, group)}
    drawn = {_name(line) for line in figure.lines if line.content is not None}
    return [line for name, line in lines.items() if name in drawn or not drawn]


def _strokes(figure: FilledFigure) -> dict[tuple[str, str], Stroke]:
    """A stroke for each line; one method has one stroke in all groups, but one a kappa."""
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    for filled in figure.lines:
        series, title = filled.line.series, filled.line.title
        alone = series.kappas == "chosen"
        keys[_name(filled)] = (series.method, series.net) if alone else (series.method, title, "")
    distinct = list(dict.fromkeys(keys.values()))
    return {name: STROKES[distinct.index(key) % len(STROKES)] for name, key in keys.items()}


def _name(line: Filled) -> tuple[str, str]:
    return line.line.group, line.line.title


def _score(figure: FilledFigure) -> str:
    return f"validation {figure.plan.spec.metric.replace('_', ' ')} (%)"
