"""How many cells agree with the printed numbers, which differ, and what explains these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.declared.toml import read_declared
from bench.folders import PACKAGE, checkout_root
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.tally import Tally, tally_of
from bench.judge.verdict import Outcome
from bench.report.scope import Condition
from bench.report.views import EMPTY, CellView, TableViews, View

PAGE = "differences.md"
CELLS, END = "<!-- cells -->", "<!-- end -->"
"""What the page's list of cells stands between."""


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


@dataclass(frozen=True)
class Explanation:
    """Why cells differ; an empty list stands for all.

    Args:
        text: one or two sentences.
        protocols, tables, rows, columns: keys of protocols, tables, datasets and methods.
        ours: "above" or "below" the printed number.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    text: str
    protocols: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()

    def fits(self, protocol: str, table: str, entry: Entry) -> bool:
        """Whether it is meant for this cell."""
        side = ""
        if entry.target is not None and isinstance(entry.own, Cell):
            side = "above" if 100 * entry.own.mean > entry.target.mean else "below"
        conditions = (
            (self.protocols, protocol),
            (self.tables, table),
            (self.rows, entry.row.dataset),
            (self.columns, entry.column.method),
            (self.ours, side),
        )
        return all(not wanted or value in wanted for wanted, value in conditions)


@dataclass(frozen=True)
class _Declared:
    """What a file of explanations holds."""

    explanation: tuple[Explanation, ...]


@dataclass(frozen=True)
class DifferingCells:
    """The cells of one table under one condition that differ.

    Args:
        cells: each with the number of the first explanation that fits, from 1; 0 where none does.
    """

    title: str
    condition: Condition
    cells: tuple[tuple[CellView, int], ...]


@dataclass(frozen=True)
class Differences:
    """The cells that differ, and what is known of them.

    Args:
        tables: those with cells that differ.
        explanations: in the order they are tried.
        page: the page in Markdown without its list of cells; empty where it is not installed.
    """

    tables: tuple[DifferingCells, ...]
    explanations: tuple[Explanation, ...]
    page: str


def tallies(tables: Sequence[TableViews]) -> list[TableTally]:
    """Every table under every condition, in the metric that is shown first."""
    return [
        TableTally(
            key=table.spec.key,
            title=table.title,
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


def differences(tables: Sequence[TableViews]) -> Differences:
    """The cells of these tables that differ, in the metric shown first, and what explains them."""
    folder = _pages_folder()
    explanations = read_explanations((folder / PAGE).with_suffix(".toml")) if folder else ()
    found = [
        DifferingCells(table.title, condition, cells)
        for table in tables
        if table.spec.kind == "scores"
        for condition, views in zip(table.conditions, table.views, strict=True)
        if (
            cells := tuple(
                (cell, explained_by(explanations, condition.protocol, table.spec.key, cell.entry))
                for cell in views[0].cells()
                if cell.entry is not None and cell.state == Outcome.DIFFERS.value
            )
        )
    ]
    return Differences(tuple(found), explanations, _page(folder) if folder else "")


def read_explanations(path: Path) -> tuple[Explanation, ...]:
    """The explanations of a file in the order they are tried.

    Raises:
        BenchError: the file cannot be read or holds something else.
    """
    return read_declared(_Declared, path).explanation


def explained_by(
    explanations: Sequence[Explanation], protocol: str, table: str, entry: Entry
) -> int:
    """The number of the first explanation that fits a cell, from 1; 0 where none does."""
    numbered = enumerate(explanations, 1)
    return next((number for number, one in numbered if one.fits(protocol, table, entry)), 0)


def _of_counts(view: View) -> Tally:
    states = Counter(cell.state for cell in view.cells())
    differ = states[Outcome.DIFFERS.value]
    return Tally(agree=states["same"], differ=differ, empty=states[EMPTY])


def _alone(table: Collected) -> int:
    return sum(isinstance(e.own, Cell) and e.target is None for e in table.entries())


def _pages_folder() -> Path | None:
    """Where the pages of the documentation are: in the clone, or inside the installed package."""
    root = checkout_root()
    folders = [PACKAGE / "_docs", *([root / "docs"] if root else [])]
    return next((folder for folder in folders if (folder / PAGE).is_file()), None)


def _page(folder: Path) -> str:
    """The page without its title and the section that lists cells, which the report has itself."""
    _, _, text = (folder / PAGE).read_text(encoding="utf-8").partition("\n")
    before, listed, rest = text.partition(CELLS)
    return before.rpartition("\n## ")[0] + rest.partition(END)[2] if listed else text
