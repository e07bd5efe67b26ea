"""Cells that differ with what explains them, and the page of known differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.docs.differences import Explanation, read_explanations
from bench.folders import PACKAGE, checkout_root
from bench.judge.verdict import Outcome
from bench.report.scope import Condition
from bench.report.tally import name_of
from bench.report.views import Seen, TableViews

PAGE = "differences.md"
CELLS, END = "<!-- cells -->", "<!-- end -->"
"""What the page's list of cells stands between."""


@dataclass(frozen=True)
class Differing:
    """One cell that differs from the printed number.

    Args:
        why: which of the explanations is the first that fits, from 1; 0 where none does.
    """

    row: str
    column: str
    cell: Seen
    why: int


@dataclass(frozen=True)
class DifferingTable:
    """The cells of one table under one condition that differ."""

    key: str
    title: str
    condition: Condition
    cells: tuple[Differing, ...]


@dataclass(frozen=True)
class Known:
    """What is known of differences.

    Args:
        tables: those with cells that differ.
        explanations: in the order they are tried.
        page: the page in Markdown without its list of cells; empty where it is not installed.
    """

    tables: tuple[DifferingTable, ...]
    explanations: tuple[Explanation, ...]
    page: str


def known_differences(tables: Sequence[TableViews]) -> Known:
    """The cells of these tables that differ, in the metric shown first, and what explains them."""
    folder = pages_folder()
    explanations = read_explanations((folder / PAGE).with_suffix(".toml")) if folder else []
    found = [
        DifferingTable(table.spec.key, name_of(table), condition, cells)
        for table in tables
        if table.spec.kind == "scores"
        for condition, views in zip(table.conditions, table.views, strict=True)
        if (cells := tuple(_differing(table, condition, list(views[0].cells()), explanations)))
    ]
    return Known(tuple(found), tuple(explanations), _page(folder) if folder else "")


def pages_folder() -> Path | None:
    """Where the pages of the documentation are: in the clone, or inside the installed package."""
    root = checkout_root()
    folders = [PACKAGE / "_docs", *([root / "docs"] if root else [])]
    return next((folder for folder in folders if (folder / PAGE).is_file()), None)


def explained_by(
    explanations: Sequence[Explanation], condition: Condition, table: str, cell: Seen
) -> int:
    """The first explanation that fits a cell, from 1; 0 where none does."""
    if cell.entry is None:
        return 0
    fits = (
        number
        for number, one in enumerate(explanations, 1)
        if one.fits(condition.protocol, table, cell.entry)
    )
    return next(fits, 0)


def _differing(
    table: TableViews,
    condition: Condition,
    cells: Sequence[Seen],
    explanations: Sequence[Explanation],
) -> list[Differing]:
    return [
        Differing(
            row=cell.entry.row.title,
            column=cell.entry.column.title,
            cell=cell,
            why=explained_by(explanations, condition, table.spec.key, cell),
        )
        for cell in cells
        if cell.entry is not None and cell.state == Outcome.DIFFERS.value
    ]


def _page(folder: Path) -> str:
    """The page without its title and the section that lists cells, which the report has itself."""
    _, _, text = (folder / PAGE).read_text(encoding="utf-8").partition("\n")
    before, listed, rest = text.partition(CELLS)
    return before.rpartition("\n## ")[0] + rest.partition(END)[2] if listed else text
