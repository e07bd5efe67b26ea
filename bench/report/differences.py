"""What explains cells that differ, and the page of known differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.declared.toml import read_declared, strict
from bench.folders import PACKAGE, checkout_root
from bench.judge.cell import Cell
from bench.judge.collect import JudgedTable
from bench.judge.verdict import Outcome, TableEntry
from bench.report.views import CellView, TableViews, View

PAGE = "differences.md"
CELLS, END = "<!-- cells -->", "<!-- end -->"
"""What the page's list of cells stands between."""


@strict
@dataclass(frozen=True)
class Explanation:
    """Why cells differ; an empty list stands for all.

    Args:
        text: one or two sentences.
        protocols, tables, rows, columns: keys of protocols, tables, datasets and methods.
        ours: "above" or "below" the printed number.
    """

    text: str
    protocols: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()

    def fits(self, table: JudgedTable, entry: TableEntry) -> bool:
        """Whether it is meant for this cell of the table."""
        side = ""
        if entry.target is not None and isinstance(entry.own, Cell):
            side = "above" if 100 * entry.own.mean > entry.target.mean else "below"
        conditions = (
            (self.protocols, table.plan.conditions.protocol.key),
            (self.tables, table.plan.spec.key),
            (self.rows, entry.row.dataset),
            (self.columns, entry.column.method),
            (self.ours, side),
        )
        return all(not wanted or value in wanted for wanted, value in conditions)


@strict
@dataclass(frozen=True)
class _Declared:
    """What a file of explanations holds."""

    explanation: tuple[Explanation, ...]


@dataclass(frozen=True)
class Differences:
    """What is known of cells that differ.

    Args:
        explanations: in the order they are tried.
        page: the page in Markdown without its list of cells; empty where it is not installed.
    """

    explanations: tuple[Explanation, ...]
    page: str

    def of(self, view: View, cell: CellView) -> int:
        """The number of the first explanation that fits a differing cell, from 1; 0 otherwise."""
        if view.table is None or cell.entry is None or cell.state != Outcome.DIFFERS.value:
            return 0
        return explained_by(self.explanations, view.table, cell.entry)


def differences() -> Differences:
    """The page in the clone, or inside the installed package, and the explanations beside it."""
    root = checkout_root()
    for folder in (PACKAGE / "_docs", *([root / "docs"] if root else [])):
        path = folder / PAGE
        if path.is_file():
            return Differences(read_explanations(path.with_suffix(".toml")), _page(path))
    return Differences((), "")


def differing_cells(tables: Sequence[TableViews]) -> list[tuple[TableViews, View, list[CellView]]]:
    """The cells that differ from printed scores in the metric shown first, by table and condition;
    only those with such cells."""
    found = []
    for table in tables:
        for view in table.by_condition:
            differing = [one for one in view.cells if one.state == Outcome.DIFFERS.value]
            if view.table and differing:
                found.append((table, view, differing))
    return found


def read_explanations(path: Path) -> tuple[Explanation, ...]:
    """The explanations of a file in the order they are tried.

    Raises:
        BenchError: the file cannot be read or holds something else.
    """
    return read_declared(_Declared, path).explanation


def explained_by(explanations: Sequence[Explanation], table: JudgedTable, entry: TableEntry) -> int:
    """The number of the first explanation that fits a cell, from 1; 0 where none does."""
    numbered = enumerate(explanations, 1)
    return next((number for number, one in numbered if one.fits(table, entry)), 0)


def _page(path: Path) -> str:
    """The page without its title and the section that lists cells, which the report has itself."""
    _, _, text = path.read_text(encoding="utf-8").partition("\n")
    before, listed, rest = text.partition(CELLS)
    return before.rpartition("\n## ")[0] + rest.partition(END)[2] if listed else text
