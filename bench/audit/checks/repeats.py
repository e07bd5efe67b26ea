"""Numbers printed in two tables that mean the same: equal, as they should be, or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.finding import Finding, counted
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import Facts

KEY = "repeats"

Pair = tuple[Cell, Cell]


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding for each column of a table that repeats one of an earlier table."""
    found = []
    for (table, column, earlier), pairs in repeated(tables).items():
        differing = [pair for pair in pairs if not same_number(*pair)]
        if differing:
            found.append(_contradiction(table, column, earlier, differing, tables))
        else:
            found.append(_repeat(table, column, earlier, pairs))
    return found


def repeated(tables: Sequence[PrintedTable]) -> dict[tuple[str, str, str], list[Pair]]:
    """(first cell of that meaning, later cell) by table and column of the later and first table."""
    first: dict[tuple[str, ...], Cell] = {}
    pairs: dict[tuple[str, str, str], list[Pair]] = {}
    for table in tables:
        for cell in table.cells if table.kind != "counts" else ():
            before = first.setdefault((table.kind, *cell.meaning), cell)
            if before.place.table != table.key:
                group = (table.key, cell.place.column, before.place.table)
                pairs.setdefault(group, []).append((before, cell))
    return pairs


def same_number(one: Cell, other: Cell) -> bool:
    """Whether two cells print the same mean, and the same spread where both print one."""
    both = one.std is not None and other.std is not None
    return one.mean == other.mean and (not both or one.std == other.std)


def _repeat(table: str, column: str, earlier: str, pairs: Sequence[Pair]) -> Finding:
    added = [later for before, later in pairs if before.std is None and later.std is not None]
    dropped = [later for before, later in pairs if before.std is not None and later.std is None]
    spread = f"; {table} adds {counted(len(added), 'spread')}" if added else ""
    spread += f"; {table} leaves out {counted(len(dropped), 'spread')}" if dropped else ""
    shown = "; ".join(
        f"{later.place.row} {(before if before.std is not None else later).text}"
        for before, later in pairs[:3]
    )
    return Finding(
        id=f"{KEY}/{table}/{column}",
        check=KEY,
        headline=(
            f"{column} is equal to {earlier} in {len(pairs)} of {counted(len(pairs), 'row')}, "
            "as it should be"
        ),
        arithmetic=(f"The digits are equal: {shown}{'; …' if len(pairs) > 3 else ''}{spread}."),
        sure="certain",
        cells=tuple(cell.place for pair in pairs for cell in pair),
        details=tuple(f"{a.place} {a.text} = {b.place} {b.text}" for a, b in pairs),
    )


def _contradiction(
    table: str,
    column: str,
    earlier: str,
    pairs: Sequence[Pair],
    tables: Sequence[PrintedTable],
) -> Finding:
    rows = {t.key: t.rows for t in tables}[table]
    shown = "; ".join(f"{a.place.row} {a.text} and {b.text}" for a, b in pairs[:5])
    order = " ".join(_replaced(rows[later.place.row], later, before) for before, later in pairs)
    return Finding(
        id=f"{KEY}/{table}/{column}",
        check=KEY,
        headline=(
            f"{column} contradicts {earlier}: names are equal and digits differ in "
            f"{counted(len(pairs), 'row')}"
        ),
        arithmetic=f"{earlier} and {table} print {shown}. {order}".strip(),
        sure="certain",
        cells=tuple(cell.place for pair in pairs for cell in pair),
        details=tuple(f"{a.place} {a.text}, {b.place} {b.text}" for a, b in pairs),
    )


def _replaced(row: Sequence[Cell], later: Cell, before: Cell) -> str:
    """Where the earlier number would stand in the later table's row."""
    others = [cell for cell in row if cell is not later]
    if not others:
        return ""
    best = max(others, key=lambda cell: cell.mean)
    margin = before.mean - best.mean
    spread = max(before.std or 0.0, best.std or 0.0)
    within = f", less than a spread of {spread:.{before.decimals}f}" if abs(margin) < spread else ""
    return (
        f"With {before.mean_text} it would be {abs(margin):.{before.decimals}f} "
        f"{'above' if margin > 0 else 'below'} the best other of {before.place.row}, "
        f"{best.place.column} {best.text}{within}."
    )
