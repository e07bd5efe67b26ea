"""The row that counts how often each column is best, recounted with ties and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from bench.audit.finding import Finding, counted
from bench.audit.printed import Place, PrintedTable
from bench.judge.dataset_facts import Facts
from bench.judge.tally import best_of, shared_wins

KEY = "best"

Scores = Mapping[str, Mapping[str, float]]
"""Score by row and column."""


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding for a table whose counted wins contain ties, or are not those of its numbers."""
    return [finding for table in tables if table.wins for finding in _finding(table)]


def scores_of(table: PrintedTable) -> Scores:
    """The table's means of the columns that wins are counted for, in rows that have them all."""
    columns = _columns(table)
    rows = {row: {c.place.column: c.mean for c in cells} for row, cells in table.rows.items()}
    return {
        name: {column: row[column] for column in columns}
        for name, row in rows.items()
        if all(column in row for column in columns)
    }


def _columns(table: PrintedTable) -> list[str]:
    return [column for column in table.wins if column in table.columns]


def lone_wins(columns: Sequence[str], scores: Scores) -> dict[str, int]:
    """For every column the number of rows in which it alone is best."""
    best = [best_of(row) for row in scores.values()]
    return {column: sum(winners == {column} for winners in best) for column in columns}


def record(one: str, other: str, scores: Scores) -> tuple[int, int, int]:
    """Rows in which a column is above, below and equal to another."""
    pairs = [(row[one], row[other]) for row in scores.values() if one in row and other in row]
    above, below = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
    return above, below, len(pairs) - above - below


def _finding(table: PrintedTable) -> list[Finding]:
    scores, columns = scores_of(table), _columns(table)
    shared, alone = shared_wins(columns, list(scores.values())), lone_wins(columns, scores)
    said = {column: int(table.wins[column]) for column in columns}
    if said == alone == shared or not scores:
        return []
    tied = {row: best_of(cells) for row, cells in scores.items() if len(best_of(cells)) > 1}
    return [
        Finding(
            id=f"{KEY}/{table.key}",
            check=KEY,
            headline=_headline(said, shared, alone, len(scores)),
            arithmetic=(
                f"Printed are {_slashes(said)} wins ({', '.join(columns)}). The numbers give "
                f"{_slashes(shared)} where ties are shared and {_slashes(alone)} where only the "
                f"best alone wins. Tied rows: {', '.join(tied) or 'none'}."
            ),
            sure="certain",
            cells=_cells(table, tied),
            details=(*_records(columns, scores), *_means(columns, scores)),
        )
    ]


def _headline(
    said: Mapping[str, int], shared: Mapping[str, int], alone: Mapping[str, int], rows: int
) -> str:
    wins = f"{sum(said.values())} wins in {counted(rows, 'row')}"
    if said == shared:
        return f"A tie is a win for every column that ties: {wins}"
    if said == alone:
        return f"A tie is a win for no column: {wins}"
    return f"Printed wins {_slashes(said)} are not those of the printed numbers"


def _slashes(counts: Mapping[str, int]) -> str:
    return "/".join(str(count) for count in counts.values())


def _cells(table: PrintedTable, tied: Mapping[str, frozenset[str]]) -> tuple[Place, ...]:
    return tuple(c.place for c in table.cells if c.place.column in tied.get(c.place.row, ()))


def _records(columns: Sequence[str], scores: Scores) -> list[str]:
    """Wins, losses and ties of every pair of columns."""
    lines = []
    for one, other in combinations(columns, 2):
        above, below, equal = record(one, other, scores)
        lines.append(f"{one} against {other}: {above}-{below}-{equal}")
    return lines


def _means(columns: Sequence[str], scores: Scores) -> list[str]:
    return [
        f"mean of {column} over {len(scores)} rows: "
        f"{sum(row[column] for row in scores.values()) / len(scores):.3f}"
        for column in columns
    ]
