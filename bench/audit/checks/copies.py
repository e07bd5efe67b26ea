"""Equal digits where the meaning is another: copied columns, and ties that may be chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from bench.audit.finding import Finding, counted, likely, sure_of
from bench.audit.fit import BALANCED, PLAIN, runs_of, tally
from bench.audit.lattice import possible, spacing
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import Facts, one_class_share

KEY = "copies"

Pair = tuple[Cell, Cell]

Group = tuple[str, str, str, str]
"""Table and column of one cell, table and column of another."""

RARE = 0.1
"""What chance does more often than this is not reported."""

WIDTH, SPREADS = 50.0, 1.0
"""Points over which means, and standard deviations, of unrelated cells are taken to lie."""


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding for each two columns with equal means and spreads, one for each tie of a row."""
    cells = [cell for table in tables if table.kind != "counts" for cell in table.cells]
    return [
        *(f for group, pairs in copied_columns(cells).items() for f in _copy(group, pairs, cells)),
        *(
            finding
            for table in tables
            if table.kind == "scores"
            for pair in row_ties(table, facts)
            for finding in _tie(pair, table, facts)
        ),
    ]


def copied_columns(cells: Iterable[Cell]) -> dict[Group, list[Pair]]:
    """Cells of different meaning, equal in mean and spread, by (table, column) of both."""
    equal: dict[tuple[float, float, int], list[Cell]] = {}
    for cell in cells:
        if cell.std:
            equal.setdefault((cell.mean, cell.std, cell.decimals), []).append(cell)
    groups: dict[Group, list[Pair]] = {}
    for same in equal.values():
        for one, other in combinations(same, 2):
            if one.meaning != other.meaning:
                group = (one.place.table, one.place.column, other.place.table, other.place.column)
                groups.setdefault(group, []).append((one, other))
    return groups


def row_ties(table: PrintedTable, facts: Mapping[str, Facts]) -> list[Pair]:
    """Pairs of a row with one mean, where neither the ceiling nor one class explains it."""
    return [
        (one, other)
        for cells in table.rows.values()
        for one, other in combinations(cells, 2)
        if one.mean == other.mean
        and not (one.std and one.std == other.std)
        and 0 < one.mean < 100
        and not one_class_share(one, facts.get(one.dataset))
    ]


def _copy(group: Group, pairs: Sequence[Pair], cells: Sequence[Cell]) -> list[Finding]:
    first, column, second, other = group
    chance = _expected(pairs, cells)
    if chance > RARE:
        return []
    shown = "; ".join(f"{b.place.row} {b.text}" for _, b in pairs[:5])
    return [
        Finding(
            id=f"{KEY}/{second}/{other}/{first}/{column}",
            check=KEY,
            headline=(
                f"{second} {other} has the digits of {first} {column}, another column, in "
                f"{counted(len(pairs), 'row')}"
            ),
            arithmetic=(
                f"Mean and spread are equal: {shown}. With means uniform over {WIDTH:.0f} points "
                f"and spreads over {SPREADS:.0f}, the chance of that among {len(cells)} cells is "
                f"{likely(chance)}."
            ),
            sure=sure_of(chance),
            cells=tuple(cell.place for pair in pairs for cell in pair),
            chance=chance,
        )
    ]


def _expected(pairs: Sequence[Pair], cells: Sequence[Cell]) -> float:
    """How many such groups chance makes among all cells; cells lie anywhere over the widths."""
    alike = sum(1 for cell in cells if cell.std and cell.decimals == pairs[0][0].decimals)
    unit = 2 * pairs[0][0].half
    single = min(1.0, unit / WIDTH) * min(1.0, unit / SPREADS)
    return min(1.0, alike * (alike - 1) / 2 * single ** len(pairs))


def _tie(pair: Pair, table: PrintedTable, facts: Mapping[str, Facts]) -> list[Finding]:
    one, other = pair
    step = max(_step(cell, facts) for cell in pair)
    row = table.rows[one.place.row]
    width = max(cell.mean for cell in row) - min(cell.mean for cell in row)
    chance = min(1.0, len(row) * (len(row) - 1) / 2 * step / max(width, 1.0))
    if chance > RARE:
        return []
    return [
        Finding(
            id=f"{KEY}/{table.key}/{one.place.row}/{one.place.column}/{other.place.column}",
            check=KEY,
            headline=(
                f"{one.place.row}: {one.place.column} {one.text} and {other.place.column} "
                f"{other.text} have the same mean"
            ),
            arithmetic=(
                f"Scores of this row lie within {width:.3f} points and move in steps of about "
                f"{step:.3f}, so two of {len(row)} are equal by chance in {likely(chance)} of such "
                "rows."
            ),
            sure="weak",
            cells=(one.place, other.place),
            chance=chance,
        )
    ]


def _step(cell: Cell, facts: Mapping[str, Facts]) -> float:
    """How far apart the scores around this one are, in points, for the coarsest metric it fits."""
    steps = [2 * cell.half]
    for runs in runs_of([cell]):
        for metric in (PLAIN, BALANCED):
            put = tally([cell], facts, metric, runs)
            if put.tested and not put.failing:
                parts = metric.parts(facts[cell.dataset])
                steps.append(
                    spacing(possible(parts, runs, cell.decimals), cell.mean, cell.decimals)
                    if parts
                    else 0.0
                )
    return max(steps)
