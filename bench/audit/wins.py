"""Which column is best: the row that counts it, and tables that leave parts of a method out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from bench.audit.finding import Finding, finding
from bench.audit.printed import Cell, PrintedTable
from bench.judge.tally import best_of, shared_wins
from bench.render.text import counted

WITHOUT = "_NO_"
"""In a column's name: what follows is left out of the method before it."""

Scores = Mapping[str, Mapping[str, float]]
"""Score by row and column."""


def check_wins(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding for a table whose counted wins contain ties, or are not those of its numbers."""
    for table in tables:
        scores = scores_of(table)
        if not scores:
            continue
        columns = [column for column in table.wins if column in table.columns]
        printed = {column: int(table.wins[column]) for column in columns}
        shared, alone = shared_wins(columns, list(scores.values())), lone_wins(columns, scores)
        best = {row: best_of(row_scores) for row, row_scores in scores.items()}
        tied = {row: winners for row, winners in best.items() if len(winners) > 1}
        if not printed == shared == alone:
            yield finding(
                f"best/{table.key}",
                _headline(printed, shared, alone, len(scores)),
                f"Printed are {_slashes(printed)} wins ({', '.join(columns)}). The numbers give "
                f"{_slashes(shared)} where ties are shared and {_slashes(alone)} where only the "
                f"best alone wins. Tied rows: {', '.join(tied) or 'none'}.",
                (cell for cell in table.cells if cell.column in tied.get(cell.row, ())),
                details=(*_records(combinations(columns, 2), scores), *_means(columns, scores)),
            )


def scores_of(table: PrintedTable) -> Scores:
    """The table's means of the columns that wins are counted for, in rows that have them all."""
    means = _means_of(table)
    columns = [column for column in table.wins if column in table.columns]
    return {
        row: {column: cells[column] for column in columns}
        for row, cells in means.items()
        if columns and all(column in cells for column in columns)
    }


def lone_wins(columns: Sequence[str], scores: Scores) -> dict[str, int]:
    """For every column the number of rows in which it alone is best."""
    best = [best_of(row) for row in scores.values()]
    return {column: sum(winners == {column} for winners in best) for column in columns}


def record(one: str, other: str, scores: Scores) -> tuple[int, int, int]:
    """Rows in which a column is above, below and equal to another."""
    pairs = [(row[one], row[other]) for row in scores.values() if one in row and other in row]
    above, below = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
    return above, below, len(pairs) - above - below


def check_ablation(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding for each method with ablated columns beside it that is not best alone."""
    for table in tables:
        for whole, ablated in variants(table).items():
            rows = {own.row: (own, _as_good(table, own)) for own in table.columns[whole]}
            beaten = {row: found for row, found in rows.items() if found[1]}
            if not beaten:
                continue
            alone = [row for row in rows if row not in beaten]
            examples = "; ".join(
                f"{row} {own.text} against {', '.join(f'{c.column} {c.text}' for c in others)}"
                for row, (own, others) in beaten.items()
            )
            yield finding(
                f"ablation/{table.key}/{whole}",
                f"{whole} is best alone in {len(alone)} of {counted(len(rows), 'row')}"
                f"{': ' + ', '.join(alone) if alone else ''}",
                f"In the other rows a variant is as good or better: {examples}.",
                (cell for own, others in beaten.values() for cell in (own, *others)),
                details=_against(table, (whole, *ablated)),
            )


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


def _headline(
    printed: Mapping[str, int], shared: Mapping[str, int], alone: Mapping[str, int], rows: int
) -> str:
    wins = f"{sum(printed.values())} wins in {counted(rows, 'row')}"
    if printed == shared:
        return f"A tie is a win for every column that ties: {wins}"
    if printed == alone:
        return f"A tie is a win for no column: {wins}"
    return f"Printed wins {_slashes(printed)} are not those of the printed numbers"


def _slashes(counts: Mapping[str, int]) -> str:
    return "/".join(str(count) for count in counts.values())


def _means_of(table: PrintedTable) -> Scores:
    return {row: {cell.column: cell.mean for cell in cells} for row, cells in table.rows.items()}


def _records(pairs: Iterable[tuple[str, str]], scores: Scores) -> Iterator[str]:
    """Wins, losses and ties of each pair of columns."""
    for one, other in pairs:
        yield f"{one} against {other}: {'-'.join(map(str, record(one, other, scores)))}"


def _means(columns: Sequence[str], scores: Scores) -> Iterator[str]:
    for column in columns:
        mean = sum(row[column] for row in scores.values()) / len(scores)
        yield f"mean of {column} over {len(scores)} rows: {mean:.3f}"


def _as_good(table: PrintedTable, own: Cell) -> list[Cell]:
    """The other cells of its row that are not below it."""
    return [cell for cell in table.rows[own.row] if cell is not own and cell.mean >= own.mean]


def _against(table: PrintedTable, variants: Sequence[str]) -> Iterator[str]:
    """The record of every other column of those rows against each variant."""
    rows = {cell.row for cell in table.columns[variants[0]]}
    scores = {row: cells for row, cells in _means_of(table).items() if row in rows}
    others = [
        name
        for name in table.columns
        if name not in variants and any(name in row for row in scores.values())
    ]
    return _records(((other, variant) for other in others for variant in variants), scores)
