"""How many cells of each table agree, differ, cannot be compared, or are empty."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.judge.verdict import Outcome
from bench.report.scope import Condition
from bench.report.views import EMPTY, NOT_BUILT, TableViews, View


@dataclass(frozen=True)
class Tally:
    """Cells beside a printed number, by what became of them.

    Args:
        agree, differ, not_comparable, empty: as the tables' captions count them.
        not_built: columns that cannot be made yet.
        alone: numbers of ours that nothing printed stands beside.
    """

    agree: int = 0
    differ: int = 0
    not_comparable: int = 0
    empty: int = 0
    not_built: int = 0
    alone: int = 0

    @property
    def cells(self) -> int:
        """All that a run could fill."""
        return self.agree + self.differ + self.not_comparable + self.empty + self.alone

    @property
    def judged(self) -> int:
        """Those that were compared."""
        return self.agree + self.differ

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """What each kind takes of a bar, in percent; nothing where there are no cells."""
        kinds = ("agree", "differ", "not_comparable", "alone", "empty")
        whole = self.cells
        return tuple((kind, 100 * getattr(self, kind) / whole) for kind in kinds if whole)


@dataclass(frozen=True)
class TableTally:
    """The tally of one table under one condition, in the metric that is shown first.

    Args:
        counts: whether it counts data.
        printed: whether anything was printed of it.
    """

    key: str
    title: str
    condition: Condition
    counts: bool
    printed: bool
    tally: Tally


def tally_of(view: View) -> Tally:
    """The tally of one view."""
    states = Counter(cell.state for cell in view.cells())
    return Tally(
        agree=states[Outcome.AGREES.value] + states["same"],
        differ=states[Outcome.DIFFERS.value],
        not_comparable=states[Outcome.NOT_COMPARABLE.value],
        empty=states[EMPTY],
        not_built=states[NOT_BUILT],
        alone=states[""],
    )


def tallies(tables: Sequence[TableViews]) -> list[TableTally]:
    """Every table under every condition, in the metric that is shown first."""
    return [
        TableTally(
            key=table.spec.key,
            title=name_of(table),
            condition=condition,
            counts=table.spec.kind == "counts",
            printed=bool(table.spec.printed),
            tally=tally_of(views[0]),
        )
        for table in tables
        for condition, views in zip(table.conditions, table.views, strict=True)
    ]


def summed(found: Sequence[Tally]) -> Tally:
    """All of them together."""
    names = ("agree", "differ", "not_comparable", "empty", "not_built", "alone")
    return Tally(**{name: sum(getattr(one, name) for one in found) for name in names})


def name_of(table: TableViews) -> str:
    """What a reader calls a table: Table 6, random; Controls."""
    key = table.spec.key
    numbered = re.sub(r"^table(\d+)-?", r"Table \1, ", key).removesuffix(", ")
    return numbered if numbered != key else key.replace("-", " ").capitalize()
