"""Digits printed twice: where the meaning is the same, as they should be, and where it is another,
copied columns and ties that may be chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from bench.audit.finding import Finding, finding, likely
from bench.audit.lattice import BALANCED, PLAIN, Marks, possible, runs_of, tally
from bench.audit.printed import Cell, PrintedTable
from bench.render.text import counted

Pair = tuple[Cell, Cell]

RARE = 0.1
"""What chance does more often than this is not reported."""

WIDTH, SPREADS = 50.0, 1.0
"""Points over which means, and standard deviations, of unrelated cells are assumed to lie."""


def check_repeats(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding for each column of a table that repeats one of an earlier table."""
    rows = {table.key: table.rows for table in tables}
    for (table, column, earlier), pairs in repeated(tables).items():
        differing = [pair for pair in pairs if not same_number(*pair)]
        if differing:
            yield _contradiction(column, differing, rows[table])
        else:
            examples = "; ".join(
                f"{later.row} {(before if before.std is not None else later).text}"
                for before, later in pairs[:3]
            )
            yield finding(
                f"repeats/{table}/{column}",
                f"{column} is equal to {earlier} in {len(pairs)} of {counted(len(pairs), 'row')}, "
                "as it should be",
                f"The digits are equal: {examples}{'; …' if len(pairs) > 3 else ''}"
                f"{_spreads(table, pairs)}.",
                (cell for pair in pairs for cell in pair),
                details=(f"{a.place} {a.text} = {b.place} {b.text}" for a, b in pairs),
            )


def repeated(tables: Sequence[PrintedTable]) -> Mapping[tuple[str, str, str], list[Pair]]:
    """(first cell of that meaning, later cell) by table and column of the later and first table."""
    first: dict[tuple[str, ...], Cell] = {}
    pairs = defaultdict[tuple[str, str, str], list[Pair]](list)
    for table in tables:
        for cell in table.cells if table.kind != "counts" else ():
            before = first.setdefault((table.kind, *cell.meaning), cell)
            if before.place.table != table.key:
                pairs[table.key, cell.column, before.place.table].append((before, cell))
    return pairs


def same_number(one: Cell, other: Cell) -> bool:
    """Whether two cells print the same mean, and the same spread where both print one."""
    both = one.std is not None and other.std is not None
    return one.mean == other.mean and (not both or one.std == other.std)


def check_copies(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding for each two columns of different meaning with equal means and spreads, one for
    each tie of a row."""
    cells = [cell for table in tables if table.kind != "counts" for cell in table.cells]
    for (first, column, second, other), pairs in _copied_columns(cells).items():
        chance = _expected(pairs, cells)
        examples = "; ".join(f"{later.row} {later.text}" for _, later in pairs[:5])
        if chance <= RARE:
            yield finding(
                f"copies/{second}/{other}/{first}/{column}",
                f"{second} {other} has the digits of {first} {column}, another column, in "
                f"{counted(len(pairs), 'row')}",
                f"Mean and spread are equal: {examples}. With means uniform over {WIDTH:.0f} "
                f"points and spreads over {SPREADS:.0f}, the chance of that among {len(cells)} "
                f"cells is {likely(chance)}.",
                (cell for pair in pairs for cell in pair),
                chance=chance,
            )
    for table in tables:
        for row in table.rows.values() if table.kind == "scores" else ():
            yield from _ties(row)


def _contradiction(
    column: str, pairs: Sequence[Pair], rows: Mapping[str, Sequence[Cell]]
) -> Finding:
    """A column of other digits; `rows` are those of the later table."""
    earlier, table = (cell.place.table for cell in pairs[0])
    examples = "; ".join(f"{a.row} {a.text} and {b.text}" for a, b in pairs[:5])
    order = " ".join(_replaced(rows[later.row], later, before) for before, later in pairs)
    return finding(
        f"repeats/{table}/{column}",
        f"{column} contradicts {earlier}: names are equal and digits differ in "
        f"{counted(len(pairs), 'row')}",
        f"{earlier} and {table} print {examples}. {order}".strip(),
        (cell for pair in pairs for cell in pair),
        details=(f"{a.place} {a.text}, {b.place} {b.text}" for a, b in pairs),
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
        f"{'above' if margin > 0 else 'below'} the best other of {before.row}, "
        f"{best.column} {best.text}{within}."
    )


def _spreads(table: str, pairs: Sequence[Pair]) -> str:
    """Spreads that only one of two equal columns prints."""
    added = sum(before.std is None and later.std is not None for before, later in pairs)
    dropped = sum(before.std is not None and later.std is None for before, later in pairs)
    text = f"; {table} adds {counted(added, 'spread')}" if added else ""
    return text + (f"; {table} leaves out {counted(dropped, 'spread')}" if dropped else "")


def _copied_columns(cells: Iterable[Cell]) -> Mapping[tuple[str, str, str, str], list[Pair]]:
    """Cells of different meaning, equal in mean and spread, by table and column of both."""
    equal = defaultdict[tuple[float, float, int], list[Cell]](list)
    for cell in cells:
        if cell.std:
            equal[cell.mean, cell.std, cell.decimals].append(cell)
    groups = defaultdict[tuple[str, str, str, str], list[Pair]](list)
    for same in equal.values():
        for one, other in combinations(same, 2):
            if one.meaning != other.meaning:
                columns = one.place.table, one.column, other.place.table, other.column
                groups[columns].append((one, other))
    return groups


def _expected(pairs: Sequence[Pair], cells: Sequence[Cell]) -> float:
    """How many such groups chance makes among all cells; cells lie anywhere over the widths."""
    alike = sum(1 for cell in cells if cell.std and cell.decimals == pairs[0][0].decimals)
    unit = 2 * pairs[0][0].half
    single = min(1.0, unit / WIDTH) * min(1.0, unit / SPREADS)
    return min(1.0, alike * (alike - 1) / 2 * single ** len(pairs))


def _ties(row: Sequence[Cell]) -> Iterator[Finding]:
    """Two cells with one mean, where neither the ceiling nor one class explains it."""
    width = max(cell.mean for cell in row) - min(cell.mean for cell in row)
    for one, other in combinations(row, 2):
        copied = one.std and one.std == other.std
        if one.mean != other.mean or copied or not 0 < one.mean < 100 or one.one_class:
            continue
        step = max(_step(one), _step(other))
        chance = min(1.0, len(row) * (len(row) - 1) / 2 * step / max(width, 1.0))
        if chance <= RARE:
            yield finding(
                f"copies/{one.place.table}/{one.row}/{one.column}/{other.column}",
                f"{one.row}: {one.column} {one.text} and {other.column} {other.text} have the same "
                "mean",
                f"Scores of this row lie within {width:.3f} points and move in steps of about "
                f"{step:.3f}, so two of {len(row)} are equal by chance in {likely(chance)} of such "
                "rows.",
                (one, other),
                chance=chance,
                sure="weak",
            )


def _step(cell: Cell) -> float:
    """How far apart the scores around this one are, in points, for the coarsest metric it fits."""
    found = [2 * cell.half]
    for runs in runs_of([cell]):
        for metric in (PLAIN, BALANCED):
            put = tally([cell], metric, runs)
            parts = metric.parts(cell.facts) if cell.facts else None
            if parts and put.tested and not put.failing:
                marks = possible(parts, runs, cell.decimals)
                found.append(spacing(marks, cell.mean, cell.decimals))
    return max(found)


def spacing(marks: Marks | None, value: float, decimals: int) -> float:
    """The mean distance between possible numbers within half a point of a value, in points."""
    scale = 10.0**decimals
    if marks is None:
        return 1 / scale
    middle, half = round(value * scale), round(scale / 2)
    near = marks[max(middle - half, 0) : middle + half + 1]
    return len(near) / scale / max(int(near.sum()), 1)
