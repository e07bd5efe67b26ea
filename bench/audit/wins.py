"""Which column is best: the row that counts it, and tables that leave parts of a method out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product

from bench.audit.finding import Finding
from bench.audit.printed import PrintedTable
from bench.judge.tally import best_of, shared_wins
from bench.render.text import counted

WITHOUT = "_NO_"
"""In a column's name: what follows is left out of the method before it."""

Scores = Mapping[str, Mapping[str, float]]
"""Score by row and column."""


def check_wins(table: PrintedTable) -> Iterator[Finding]:
    """One finding for a table whose counted wins contain ties, or are not those of its numbers."""
    scores = scores_of(table)
    printed = {column: int(wins) for column, wins in table.wins.items() if column in table.columns}
    columns = list(printed)
    shared, alone = shared_wins(columns, list(scores.values())), lone_wins(columns, scores)
    if not scores or printed == shared == alone:
        return
    best = {row: best_of(row_scores) for row, row_scores in scores.items()}
    tied = {row: winners for row, winners in best.items() if len(winners) > 1}
    wins = f"{sum(printed.values())} wins in {counted(len(scores), 'row')}"
    if printed == shared:
        headline = f"A tie is a win for every column that ties: {wins}"
    elif printed == alone:
        headline = f"A tie is a win for no column: {wins}"
    else:
        headline = f"Printed wins {_slashes(printed)} are not those of the printed numbers"
    yield Finding(
        f"best/{table.key}",
        headline,
        f"Printed are {_slashes(printed)} wins ({', '.join(columns)}). The numbers give "
        f"{_slashes(shared)} where ties are shared and {_slashes(alone)} where only the best "
        f"alone wins. Tied rows: {', '.join(tied) or 'none'}.",
        [cell for cell in table.cells if cell.column in (tied or best).get(cell.row, ())],
        details=[
            *_records(combinations(columns, 2), scores),
            *(f"mean of {name} over {len(scores)} rows: {_mean(name, scores)}" for name in columns),
        ],
    )


def scores_of(table: PrintedTable) -> Scores:
    """The table's means of the columns that wins are counted for, in rows that have them all."""
    columns = [column for column in table.wins if column in table.columns]
    return {
        row: {column: cells[column] for column in columns}
        for row, cells in _means_of(table).items()
        if columns and cells.keys() >= set(columns)
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


def check_ablation(table: PrintedTable) -> Iterator[Finding]:
    """One finding for each method with ablated columns beside it that is not best alone."""
    means = _means_of(table)
    for whole, ablated in variants(table).items():
        own_cells = table.columns[whole]
        as_good = {
            own: [cell for cell in table.rows[own.row] if cell.mean >= own.mean and cell is not own]
            for own in own_cells
        }
        alone = [own.row for own in own_cells if not as_good[own]]
        beaten = [own for own in own_cells if as_good[own]]
        examples = "; ".join(
            f"{own.row} {own.text} against "
            f"{', '.join(f'{cell.column} {cell.text}' for cell in as_good[own])}"
            for own in beaten
        )
        others = [name for name in table.columns if name not in (whole, *ablated)]
        rows = {own.row: means[own.row] for own in own_cells}
        yield Finding(
            f"ablation/{table.key}/{whole}",
            f"{whole} is best alone in {len(alone)} of {counted(len(own_cells), 'row')}"
            f"{': ' + ', '.join(alone) if alone else ''}",
            f"In the other rows a variant is as good or better: {examples}.",
            [cell for own in beaten for cell in (own, *as_good[own])],
            details=list(_records(product(others, (whole, *ablated)), rows)),
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


def _slashes(counts: Mapping[str, int]) -> str:
    return "/".join(str(count) for count in counts.values())


def _means_of(table: PrintedTable) -> Scores:
    return {row: {cell.column: cell.mean for cell in cells} for row, cells in table.rows.items()}


def _records(pairs: Iterable[tuple[str, str]], scores: Scores) -> Iterator[str]:
    """Wins, losses and ties of each pair of columns that have a row in common."""
    for one, other in pairs:
        if any(counts := record(one, other, scores)):
            yield f"{one} against {other}: {'-'.join(map(str, counts))}"


def _mean(column: str, scores: Scores) -> str:
    return f"{sum(row[column] for row in scores.values()) / len(scores):.3f}"
