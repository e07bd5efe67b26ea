"""Digits printed twice: where the meaning is the same, as they should be, and where it is another,
copied columns and ties that may be chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations

from bench.audit.finding import Finding, chance_text
from bench.audit.lattice import BALANCED, PLAIN, runs_of, tally
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
    for (table, column, _), pairs in repeated(tables).items():
        differing = [pair for pair in pairs if not same_number(*pair)]
        texts = _contradiction(differing, rows[table]) if differing else _equality(pairs)
        reported, sign = (differing, ",") if differing else (pairs, " =")
        yield Finding(
            f"repeats/{table}/{column}",
            *texts,
            list(chain(*reported)),
            details=[f"{a} {a.text}{sign} {b} {b.text}" for a, b in reported],
        )


def repeated(tables: Sequence[PrintedTable]) -> Mapping[tuple[str, str, str], list[Pair]]:
    """(first cell of that meaning, later cell) by table and column of the later and first table."""
    first: dict[tuple[str, ...], Cell] = {}
    pairs = defaultdict[tuple[str, str, str], list[Pair]](list)
    for table in tables:
        for cell in table.cells if table.kind != "counts" else ():
            before = first.setdefault((table.kind, *cell.meaning), cell)
            if before.table != table.key:
                pairs[table.key, cell.column, before.table].append((before, cell))
    return pairs


def same_number(one: Cell, other: Cell) -> bool:
    """Whether two cells print the same mean, and the same spread where both print one."""
    return one.mean == other.mean and (None in (one.std, other.std) or one.std == other.std)


def _equality(pairs: Sequence[Pair]) -> tuple[str, str]:
    """Headline and arithmetic of a column that repeats the digits of an earlier table."""
    earlier, table = (cell.table for cell in pairs[0])
    whole = (before if before.std is not None else later for before, later in pairs[:3])
    examples = "; ".join(f"{cell.row} {cell.text}" for cell in whole)
    more = "; …" if len(pairs) > 3 else ""
    added = sum(before.std is None and later.std is not None for before, later in pairs)
    dropped = sum(before.std is not None and later.std is None for before, later in pairs)
    adds = f"; {table} adds {counted(added, 'spread')}" if added else ""
    drops = f"; {table} leaves out {counted(dropped, 'spread')}" if dropped else ""
    return (
        f"{pairs[0][1].column} is equal to {earlier} in {len(pairs)} of "
        f"{counted(len(pairs), 'row')}, as it should be",
        f"The digits are equal: {examples}{more}{adds}{drops}.",
    )


def _contradiction(pairs: Sequence[Pair], rows: Mapping[str, Sequence[Cell]]) -> tuple[str, str]:
    """Headline and arithmetic of a column of other digits; `rows` are those of the later table."""
    earlier, table = (cell.table for cell in pairs[0])
    examples = "; ".join(f"{a.row} {a.text} and {b.text}" for a, b in pairs[:5])
    order = " ".join(_replaced(rows[later.row], later, before) for before, later in pairs)
    return (
        f"{pairs[0][1].column} contradicts {earlier}: names are equal and digits differ in "
        f"{counted(len(pairs), 'row')}",
        f"{earlier} and {table} print {examples}. {order}".strip(),
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


def check_copies(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding for each two columns of different meaning with equal means and spreads, one for
    each tie of a row."""
    cells = [cell for table in tables if table.kind != "counts" for cell in table.cells]
    for (first, column, second, other_column), pairs in _copied_columns(cells).items():
        chance = _chance_of_copy(pairs, cells)
        digits = "; ".join(f"{later.row} {later.text}" for _, later in pairs[:5])
        if chance <= RARE:
            yield Finding(
                f"copies/{second}/{other_column}/{first}/{column}",
                f"{second} {other_column} has the digits of {first} {column}, another column, in "
                f"{counted(len(pairs), 'row')}",
                f"Mean and spread are equal: {digits}. With means uniform over {WIDTH:.0f} "
                f"points and spreads over {SPREADS:.0f}, the chance of that among {len(cells)} "
                f"cells is {chance_text(chance)}.",
                list(chain(*pairs)),
                chance=chance,
            )
    scores = [table for table in tables if table.kind == "scores"]
    yield from chain.from_iterable(_ties(row) for table in scores for row in table.rows.values())


def _copied_columns(cells: Sequence[Cell]) -> Mapping[tuple[str, str, str, str], list[Pair]]:
    """Cells of different meaning, equal in mean and spread, by table and column of both."""
    equal = defaultdict[tuple[float, float, int], list[Cell]](list)
    for cell in cells:
        if cell.std:
            equal[cell.mean, cell.std, cell.decimals].append(cell)
    columns = defaultdict[tuple[str, str, str, str], list[Pair]](list)
    for one, other in chain.from_iterable(combinations(same, 2) for same in equal.values()):
        if one.meaning != other.meaning:
            columns[one.table, one.column, other.table, other.column].append((one, other))
    return columns


def _chance_of_copy(pairs: Sequence[Pair], cells: Sequence[Cell]) -> float:
    """How many such groups chance makes among all cells; cells lie anywhere over the widths."""
    like = pairs[0][0]
    alike = sum(1 for cell in cells if cell.std and cell.decimals == like.decimals)
    unit = 2 * like.half
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
            yield Finding(
                f"copies/{one.table}/{one.row}/{one.column}/{other.column}",
                f"{one.row}: {one.column} {one.text} and {other.column} {other.text} have the same "
                "mean",
                f"Scores of this row lie within {width:.3f} points and move in steps of about "
                f"{step:.3f}, so two of {len(row)} are equal by chance in {chance_text(chance)} of "
                "such rows.",
                [one, other],
                chance=chance,
                weak=True,
            )


def _step(cell: Cell) -> float:
    """How far apart the scores around this one are, in points, for the coarsest metric it fits."""
    tallies = (tally([cell], m, runs) for runs in runs_of([cell]) for m in (PLAIN, BALANCED))
    trials = (trial for tally in tallies for trial in tally.tested if trial.fits)
    return max([2 * cell.half, *(trial.possible.spacing(cell.mean) for trial in trials)])
