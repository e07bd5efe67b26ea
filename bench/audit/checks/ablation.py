"""Tables that leave parts of a method out: rows in which the whole method is not best alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.checks.best import record
from bench.audit.finding import Finding, counted
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import Facts

KEY = "ablation"

WITHOUT = "_NO_"
"""In a column's name: what follows is left out of the method before it."""


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding for each method with ablated columns beside it."""
    found = []
    for table in tables:
        for whole, ablated in variants(table).items():
            found += _finding(table, whole, ablated)
    return found


def variants(table: PrintedTable) -> dict[str, tuple[str, ...]]:
    """Columns with something left out, by the column of the whole method."""
    found: dict[str, tuple[str, ...]] = {}
    for name in table.columns:
        method, _, net = name.partition("(")
        wanted = f"{method}{WITHOUT}"
        without = tuple(o for o in table.columns if o.startswith(wanted) and o.endswith(f"({net}"))
        if without and net:
            found[name] = without
    return found


def _finding(table: PrintedTable, whole: str, ablated: Sequence[str]) -> list[Finding]:
    rows = {own.place.row: (own, _as_good(table, own)) for own in table.columns[whole]}
    beaten = {row: found for row, found in rows.items() if found[1]}
    if not beaten:
        return []
    alone = [row for row in rows if row not in beaten]
    said = "; ".join(
        f"{row} {own.text} against {', '.join(f'{c.place.column} {c.text}' for c in others)}"
        for row, (own, others) in beaten.items()
    )
    return [
        Finding(
            id=f"{KEY}/{table.key}/{whole}",
            check=KEY,
            headline=(
                f"{whole} is best alone in {len(alone)} of {counted(len(rows), 'row')}"
                f"{': ' + ', '.join(alone) if alone else ''}"
            ),
            arithmetic=f"In the other rows a variant is as good or better: {said}.",
            sure="certain",
            cells=tuple(cell.place for own, others in beaten.values() for cell in (own, *others)),
            details=_records(table, (whole, *ablated)),
        )
    ]


def _as_good(table: PrintedTable, own: Cell) -> list[Cell]:
    """The other cells of its row that are not below it."""
    row = table.rows[own.place.row]
    return [cell for cell in row if cell is not own and cell.mean >= own.mean]


def _records(table: PrintedTable, variants: Sequence[str]) -> tuple[str, ...]:
    """Wins, losses and ties of every other column of those rows against the variants."""
    shown = {cell.place.row for cell in table.columns[variants[0]]}
    scores = {row: {c.place.column: c.mean for c in table.rows[row]} for row in shown}
    names = {name for row in scores.values() for name in row}
    return tuple(
        f"{name} against {variant}: {'-'.join(str(n) for n in record(name, variant, scores))}"
        for name in table.columns
        if name in names and name not in variants
        for variant in variants
    )
