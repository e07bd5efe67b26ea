"""Scores that a predictor of one single class would get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.facts import Facts
from bench.audit.finding import Finding, likely, sure_of
from bench.audit.one_class import balanced_share, one_class_share
from bench.audit.printed import Cell, PrintedTable

KEY = "one-class"


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding for each row that holds such numbers."""
    return [
        finding
        for table in tables
        if table.kind == "scores"
        for row, cells in table.rows.items()
        for finding in _finding(table, row, cells, facts.get(cells[0].dataset))
    ]


def _finding(
    table: PrintedTable, row: str, cells: Sequence[Cell], facts: Facts | None
) -> list[Finding]:
    if facts is None or facts.most is None or not facts.classes:
        return []
    shares = {cell.place: one_class_share(cell, facts) for cell in cells}
    hit = [c for c in cells if shares[c.place]] or [c for c in cells if balanced_share(c, facts)]
    if not hit:
        return []
    tries = facts.most[1] - facts.most[0] + 2
    chance = min(1.0, len(cells) * tries * 2 * hit[0].half / 100)
    said = _said(hit[0], facts)
    return [
        Finding(
            id=f"{KEY}/{table.key}/{row}",
            check=KEY,
            headline=(
                f"{row} {hit[0].mean_text}: always one class: "
                f"{', '.join(cell.place.column for cell in hit)}"
            ),
            arithmetic=f"{said} Such a number is in {likely(chance)} of rows by chance.",
            sure=sure_of(chance),
            cells=tuple(cell.place for cell in hit),
            chance=chance,
        )
    ]


def _said(cell: Cell, facts: Facts) -> str:
    """What always answering one class is worth under each metric."""
    share = one_class_share(cell, facts)
    balanced = f"{100 / (facts.classes or 1):.3f}"
    if share is None:
        return f"Always answering one of {facts.classes} classes is {balanced} balanced accuracy."
    return (
        f"{share[0]:,} of {share[1]:,} test rows are of the largest class. Always answering it is "
        f"{cell.mean_text} plain accuracy, and balanced accuracy with truth and prediction "
        f"exchanged, but {balanced} balanced accuracy."
    )
