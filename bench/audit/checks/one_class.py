"""Scores that a predictor of one single class would get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.finding import Finding, likely, sure_of
from bench.audit.fit import at_least
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import Facts, balanced_share, one_class_share

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
    chance = _chance(cells, hit, facts)
    return [
        Finding(
            id=f"{KEY}/{table.key}/{row}",
            check=KEY,
            headline=(
                f"{row} {hit[0].mean_text} is the score of always answering one class: "
                f"{', '.join(cell.place.column for cell in hit)}"
            ),
            arithmetic=f"{_said(hit[0], facts)} {_null(cells, hit, chance)}",
            sure=sure_of(chance),
            cells=tuple(cell.place for cell in hit),
            chance=chance,
        )
    ]


def _chance(cells: Sequence[Cell], hit: Sequence[Cell], facts: Facts) -> float:
    """The chance that any score of a row is that of one class: all uniform over the row's range.

    That several are, or agree in every run, makes it rarer and is not counted, since scores of one
    row need not be independent.
    """
    low, high = facts.most or (0, 0)
    values = high - low + 1 if one_class_share(hit[0], facts) else 1
    single = min(1.0, values * 2 * hit[0].half / max(_range(cells), 2 * hit[0].half))
    return at_least(1, [single] * len(cells))


def _range(cells: Sequence[Cell]) -> float:
    """From the lowest to the highest score of a row, in points."""
    return max(cell.mean for cell in cells) - min(cell.mean for cell in cells)


def _null(cells: Sequence[Cell], hit: Sequence[Cell], chance: float) -> str:
    low, high = (end(cells, key=lambda cell: cell.mean).mean_text for end in (min, max))
    more = f", and {len(hit)} of them more rarely" if len(hit) > 1 else ""
    return (
        f"If scores were uniform over the range of their row, {low} to {high}, one of "
        f"{len(cells)} would be such a number in {likely(chance)} of rows{more}."
    )


def _said(cell: Cell, facts: Facts) -> str:
    """What always answering one class is worth under each metric."""
    share = one_class_share(cell, facts)
    balanced = f"{100 / (facts.classes or 1):.3f}"
    if share is None:
        return f"Always answering one of {facts.classes} classes scores {balanced} balanced."
    return (
        f"It is the share of the largest class, {share[0]:,} of {share[1]:,} test rows, and would "
        f"be {balanced} in balanced accuracy."
    )
