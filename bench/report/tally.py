"""How many cells of each table agree, and how the cells of all tables of a condition add up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.judge.cell import Cell
from bench.judge.collect import Collected
from bench.judge.tally import Tally, tally_of
from bench.judge.verdict import Outcome
from bench.report.scope import Condition
from bench.report.views import EMPTY, TableViews, View


@dataclass(frozen=True)
class TableTally:
    """The tally of one table under one condition, in the metric that is shown first.

    Args:
        table: None for a table of counts.
        printed: whether anything was printed of it.
        alone: numbers of ours that nothing printed stands beside.
    """

    key: str
    title: str
    condition: Condition
    table: Collected | None
    printed: bool
    tally: Tally
    alone: int

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """What each kind of cell takes of the bar, in percent."""
        return shares(self.tally, self.alone)


def tallies(tables: Sequence[TableViews]) -> list[TableTally]:
    """Every table under every condition, in the metric that is shown first."""
    return [
        TableTally(
            key=table.spec.key,
            title=name_of(table),
            condition=condition,
            table=views[0].table,
            printed=bool(table.spec.printed),
            tally=tally_of([shown]) if (shown := views[0].table) else _of_counts(views[0]),
            alone=_alone(views[0].table) if views[0].table else 0,
        )
        for table in tables
        for condition, views in zip(table.conditions, table.views, strict=True)
    ]


def printed_scores(found: Sequence[TableTally]) -> Tally:
    """The printed tables of scores among these together, each distinct cell once."""
    return tally_of([one.table for one in found if one.table is not None and one.printed])


def shares(tally: Tally, alone: int = 0) -> tuple[tuple[str, float], ...]:
    """What each kind of cell takes of a bar, in percent; nothing where there are no cells."""
    kinds = {
        "agree": tally.agree,
        "differ": tally.differ,
        "say_nothing": tally.say_nothing,
        "not_comparable": tally.not_comparable,
        "alone": alone,
        "empty": tally.empty,
    }
    whole = sum(kinds.values())
    return tuple((kind, 100 * count / whole) for kind, count in kinds.items() if whole)


def name_of(table: TableViews) -> str:
    """What a reader calls a table: Table 6, random; Controls."""
    key = table.spec.key
    numbered = re.sub(r"^table(\d+)-?", r"Table \1, ", key).removesuffix(", ")
    return numbered if numbered != key else key.replace("-", " ").capitalize()


def _of_counts(view: View) -> Tally:
    states = Counter(cell.state for cell in view.cells())
    differ = states[Outcome.DIFFERS.value]
    return Tally(agree=states["same"], differ=differ, empty=states[EMPTY])


def _alone(table: Collected) -> int:
    return sum(isinstance(e.own, Cell) and e.target is None for e in table.entries())
