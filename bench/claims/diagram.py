"""Critical-difference diagrams of the rankings, drawn with matplotlib; imported only to draw.

Source: Demsar 2006, Statistical comparisons of classifiers over multiple data sets, Figure 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from bench.claims.judge import RankingVerdict, Verdicts
from bench.judge.effects import Ranks
from bench.render.drawing import PAGE, SMALL, file_bytes, label_panel, new_figure, style

PANEL = 1.6
"""Inches a diagram is high."""


def drawable_rankings(found: Sequence[Verdicts]) -> list[tuple[str, RankingVerdict]]:
    """Source and ranking of every diagram that can be drawn."""
    return [(one.source, ranked) for one in found for ranked in one.rankings if ranked.ranks]


def diagram(found: Sequence[Verdicts], ending: str) -> bytes:
    """All diagrams below each other as a file of this kind.

    Args:
        found: verdicts with at least one drawable ranking.
        ending: .pdf or .png.
    """
    panels = drawable_rankings(found)
    with style():
        figure = new_figure(PAGE, PANEL * len(panels))
        rows = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
        for number, (axes, (source, ranked)) in enumerate(zip(rows, panels, strict=True)):
            if ranked.ranks is not None:
                _panel(axes, ranked.ranks)
                what = (
                    f"{ranked.ranking.key}, {source}, {ranked.cells.metric}, n = {ranked.ranks.n}"
                )
                label_panel(axes, number, what)
        return file_bytes(figure, ending)


def _panel(axes: Axes, ranks: Ranks) -> None:
    """Ranks on a line, best on the left; names at both sides; bars over those not told apart."""
    names = list(ranks.average)
    k, half = len(names), (len(names) + 1) // 2
    bars = [(ranks.average[group[0]], ranks.average[group[-1]]) for group in ranks.joined]
    axes.set_axis_off()
    axes.set_xlim(1 - 0.35 * (k - 1), k + 0.35 * (k - 1))
    axes.set_ylim(-half - 0.8, 2.2)
    axes.plot([1, k], [0, 0], color="black", linewidth=0.8)
    for tick in range(1, k + 1):
        axes.plot([tick, tick], [0, 0.15], color="black", linewidth=0.8)
        axes.text(tick, 0.25, str(tick), ha="center", va="bottom", fontsize=SMALL)
    axes.plot([1, 1 + ranks.critical], [1.4, 1.4], color="black", linewidth=1.6)
    axes.text(1, 1.5, f"critical difference {ranks.critical:.2f}", va="bottom", fontsize=SMALL)
    for place, name in enumerate(names):
        left = place < half
        depth = -(place if left else k - 1 - place) - 1.0
        edge = 1 - 0.05 * (k - 1) if left else k + 0.05 * (k - 1)
        rank = ranks.average[name]
        axes.plot([rank, rank, edge], [0, depth, depth], color="#595959", linewidth=0.6)
        shown = f"{name} {rank:.2f} " if left else f" {rank:.2f} {name}"
        axes.text(edge, depth, shown, ha="right" if left else "left", va="center", fontsize=SMALL)
    for number, (first, last) in enumerate(bars):
        depth = -0.25 - 0.2 * number
        axes.plot([first - 0.02, last + 0.02], [depth, depth], color="black", linewidth=2.4)
