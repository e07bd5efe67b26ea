"""The figures as pictures inside the page; what is missing of those that cannot be drawn."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.declared.figures import FigureSpec, figure_names, read_figure
from bench.figures.caption import sheet_of
from bench.figures.collect import CollectedFigure, collect
from bench.figures.plan import plan_figure
from bench.plan.budget import default_budget
from bench.plan.query import Query
from bench.render.sheet import Note
from bench.report.scope import Condition, Scope, conditions_of
from bench.report.views import caption
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
        says: the conditions as one sentence.
        missing: what it lacks, each with the command that makes it.
        reading: how it is to be read.
    """

    condition: Condition
    picture: Picture | None
    says: str
    missing: tuple[Note, ...]
    reading: tuple[Note, ...]


@dataclass(frozen=True)
class Figure:
    """One figure under all its conditions."""

    key: str
    title: str
    drawings: tuple[Drawing, ...]

    @property
    def name(self) -> str:
        """What a reader calls it: Figure 2."""
        return re.sub(r"^figure(\d)", r"Figure \1", self.key)


def figures(scope: Scope, records: Sequence[Record], store: Store) -> list[Figure]:
    """Every figure; those without any record say what would make them."""
    found = []
    for name in figure_names():
        spec = read_figure(name)
        drawn = figures_of(scope, spec, records, store)
        drawings = tuple(_drawing(condition, figure) for condition, figure in drawn)
        found.append(Figure(spec.key, spec.title, drawings))
    return found


def picture_of(png: bytes) -> Picture:
    """A PNG drawn by bench.figures or bench.claims as the page holds it."""
    from bench.render.drawing import PNG_DPI

    width = int.from_bytes(png[16:20], "big")  # the first field of a PNG's header
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return Picture(uri, round(width / PNG_DPI * PIXELS_PER_INCH))


def figures_of(
    scope: Scope, spec: FigureSpec, records: Iterable[Record], store: Store
) -> Iterator[tuple[Condition, CollectedFigure]]:
    """A figure as far as records fill it, under each of its conditions."""
    methods = {series.method for series in spec.series}
    own = [one for one in records if one.dataset in spec.datasets and one.method in methods]
    for condition in conditions_of(scope, spec.datasets, default_budget(), own):
        plan = plan_figure(Query(spec.key, condition.named, condition.budget))
        yield condition, collect(plan, store)


def drawable(figure: CollectedFigure) -> bool:
    """Whether there is anything to draw."""
    return any(line.content is not None for line in figure.lines)


def _drawing(condition: Condition, figure: CollectedFigure) -> Drawing:
    sheet = sheet_of(figure)
    return Drawing(
        condition=condition,
        picture=_picture(figure),
        says=caption(sheet),
        missing=tuple(note for note in sheet.notes if note.command),
        reading=tuple(note for note in sheet.notes if not note.command),
    )


def _picture(figure: CollectedFigure) -> Picture | None:
    if not drawable(figure):
        return None
    from bench.figures.draw import png

    return picture_of(png(figure))
