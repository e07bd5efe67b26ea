"""The figures as pictures inside the page; what is missing of those that cannot be drawn."""

from __future__ import annotations

import base64
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from bench.declared.figures import FigureSpec, read_figure
from bench.figures.caption import sheet_of
from bench.figures.collect import CollectedFigure, collect
from bench.figures.plan import plan_figure
from bench.folders import figure_names
from bench.judge.cell import StoredRuns
from bench.plan.budget import default_budget
from bench.plan.query import Query
from bench.render.sheet import Sheet
from bench.report.scope import Condition, Scope, conditions_of
from bench.store.records import Record
from bench.store.store import Store

PIXELS_PER_INCH = 120
"""How wide a picture is shown: its text is then as large as the page's."""


@dataclass(frozen=True)
class Picture:
    """A picture as the page holds it: a data URI, and how many pixels wide it is shown."""

    uri: str
    width: int


@dataclass(frozen=True)
class Drawing:
    """One figure under one condition.

    Args:
        picture: None where nothing can be drawn.
        sheet: the conditions, how it is to be read, and what it lacks with the commands that make
            it.
        alike: an earlier one that draws the same lines of the same runs, whose picture it shares.
    """

    figure: FigureSpec
    condition: Condition
    picture: Picture | None
    sheet: Sheet
    alike: Drawing | None = None

    @property
    def name(self) -> str:
        """What a reader calls the figure: Figure 2."""
        return re.sub(r"^figure(\d)", r"Figure \1", self.figure.key)


def drawings(scope: Scope, records: Sequence[Record], store: Store) -> list[Drawing]:
    """Every figure under each of its conditions; those without any record say what makes them."""
    first: dict[Hashable, Drawing] = {}
    found = []
    for condition, figure in collected_figures(scope, records, store):
        alike = first.get(_drawn(figure))
        picture = alike.picture if alike else _picture(figure)
        found.append(Drawing(figure.plan.spec, condition, picture, sheet_of(figure), alike))
        first.setdefault(_drawn(figure), found[-1])
    return found


def picture_of(png: bytes) -> Picture:
    """A PNG drawn by bench.figures or bench.claims as the page holds it."""
    from bench.render.drawing import PNG_DPI

    width = int.from_bytes(png[16:20], "big")  # the first field of a PNG's header
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return Picture(uri, round(width / PNG_DPI * PIXELS_PER_INCH))


def collected_figures(
    scope: Scope, records: Sequence[Record], store: Store
) -> Iterator[tuple[Condition, CollectedFigure]]:
    """Every figure as far as records fill it, under each of its conditions."""
    runs = StoredRuns(store)
    for spec in map(read_figure, figure_names()):
        methods = {series.method for series in spec.series}
        own = [one for one in records if one.dataset in spec.datasets and one.method in methods]
        for condition in conditions_of(scope, spec.datasets, default_budget(), own):
            plan = plan_figure(Query(spec.key, condition.named, condition.budget), store.planner)
            yield condition, collect(plan, runs)


def has_content(figure: CollectedFigure) -> bool:
    """Whether there is anything to draw."""
    return any(line.content is not None for line in figure.lines)


def _drawn(figure: CollectedFigure) -> Hashable:
    """What decides a picture of first layers: its lines and their runs; other figures are each
    their own."""
    spec = figure.plan.spec
    if not spec.arrays:
        return spec.key, figure.plan.conditions.options
    lines = (
        (found.line.dataset, found.line.title, tuple(run.run_id for run in found.runs))
        for found in figure.of(*figure.datasets())
    )
    return spec.kind, *lines


def _picture(figure: CollectedFigure) -> Picture | None:
    if not has_content(figure):
        return None
    from bench.figures.draw import pictures

    return picture_of(pictures(figure, (".png",))[".png"])
