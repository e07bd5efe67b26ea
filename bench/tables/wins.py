"""How often each column of a collected table is best: only among columns measured alike, only over
rows that have them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.declared.published import Published
from bench.declared.spec import Column, TableSpec
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.metrics import short_title
from bench.judge.tally import best_of, count_best, shared_wins

Score = Callable[[Entry, str], float | None]
"""The score of an entry in points under a metric, None where it has none."""


@dataclass(frozen=True)
class Wins:
    """Wins among columns measured alike.

    Args:
        metric: what they were measured with.
        counts: number of rows each column is best in, by column title, ties shared.
        rows: number of rows counted.
        winners: for every counted row (by dataset and title) the columns that are best in it.
    """

    metric: str
    counts: Mapping[str, int]
    rows: int
    winners: Mapping[tuple[str, str], frozenset[str]]


def own_wins(table: Collected) -> list[Wins]:
    """Wins of our own numbers; columns appended to the table or filled nowhere are left out."""
    filled = {
        (entry.column, entry.metric)
        for entry in table.entries()
        if isinstance(entry.own, Cell) and entry.column in table.spec.columns
    }
    return _wins(table, sorted(filled, key=lambda pair: table.columns.index(pair[0])), _own)


def printed_wins(table: Collected) -> list[Wins]:
    """Wins of the printed numbers of the rows shown."""
    asked = [(column, column.printed_metric) for column in table.columns]
    return _wins(table, [(column, metric) for column, metric in asked if metric], _printed)


def printed_count_check(spec: TableSpec, published: Published) -> str | None:
    """One sentence on the printed row of wins: what it says and what its own digits give."""
    columns = [c for c in spec.columns if (spec.best or "", c.printed_name) in published]
    if not columns:
        return None
    said = [int(published[spec.best or "", c.printed_name].mean) for c in columns]
    rows = [
        {c.title: published[row.printed_name, c.printed_name].mean for c in columns}
        for row in spec.rows
    ]
    counted = list(shared_wins([c.title for c in columns], rows).values())
    same = "the same" if counted == said else ", ".join(str(count) for count in counted)
    metrics = {c.printed_metric for c in columns}
    mixed = (
        f"; it ranks columns printed under {len(metrics)} metrics against each other, which is not "
        "repeated here"
        if len(metrics) > 1
        else ""
    )
    return (
        f"The printed {spec.best} row reads {', '.join(map(str, said))}. Counting the "
        f"printed digits of its {len(rows)} rows with ties shared gives {same}{mixed}."
    )


def own_note(wins: Sequence[Wins]) -> str:
    """Which columns were ranked together, over how many rows."""
    groups = [f"{', '.join(group.counts)} ({_over(group)})" for group in wins]
    return f"#Best of the own numbers is counted, ties shared, within {'; within '.join(groups)}."


def printed_note(wins: Sequence[Wins]) -> str:
    """How often each printed column is best within those measured alike, over the rows shown."""
    groups = [
        f"{', '.join(f'{title} {count}' for title, count in group.counts.items())} ({_over(group)})"
        for group in wins
    ]
    return (
        "Recounted over the rows shown, ties shared, within columns of one metric, the printed "
        f"numbers are best: {'; '.join(groups)}."
    )


def _over(group: Wins) -> str:
    rows = "1 complete row" if group.rows == 1 else f"{group.rows} complete rows"
    return f"{short_title(group.metric)}, {rows}"


def _own(entry: Entry, metric: str) -> float | None:
    if isinstance(entry.own, Cell) and entry.metric == metric:
        return 100 * entry.own.mean
    return None


def _printed(entry: Entry, metric: str) -> float | None:
    return entry.printed.mean if entry.printed else None


def _wins(
    table: Collected,
    columns: Sequence[tuple[Column, str]],
    score: Score,
) -> list[Wins]:
    groups: dict[tuple[str, str], list[Column]] = {}
    for column, metric in columns:
        groups.setdefault((column.part, metric), []).append(column)
    found = [_group(table, metric, mine, score) for (_, metric), mine in groups.items()]
    return [group for group in found if group is not None]


def _group(table: Collected, metric: str, columns: Sequence[Column], score: Score) -> Wins | None:
    complete: dict[tuple[str, str], dict[str, float]] = {}
    for row, entries in table.rows:
        scores = {e.column.title: score(e, metric) for e in entries if e.column in columns}
        known = {title: value for title, value in scores.items() if value is not None}
        if len(known) == len(columns):
            complete[row.dataset, row.title] = known
    if len(columns) < 2 or not complete:
        return None
    counts = count_best({c.title: metric for c in columns}, list(complete.values()))
    winners = {name: best_of(scores) for name, scores in complete.items()}
    return Wins(metric, counts, len(complete), winners)
