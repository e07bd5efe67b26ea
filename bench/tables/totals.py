"""Rows below a table: how often each column is best, and what costs sum up to.

Wins are counted only among columns measured alike, only over rows that have them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from bench.declared.metrics import metric_named, short_title, three_digits
from bench.declared.published import Published
from bench.declared.spec import Column, TableSpec
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.tally import best_of, count_best, shared_wins
from bench.render.sheet import SheetCell, SheetRow
from bench.render.text import counted

RowName = tuple[str, str]
"""Dataset and title of a row."""


@dataclass(frozen=True)
class Wins:
    """Wins among columns measured alike.

    Args:
        metric: what they were measured with.
        counts: number of rows each column is best in, by column title, ties shared.
        winners: for every counted row the columns that are best in it.
    """

    metric: str
    counts: Mapping[str, int]
    winners: Mapping[RowName, frozenset[str]]

    def has(self, entry: Entry) -> bool:
        """Whether our number of this cell is the best of its row."""
        best = self.winners.get((entry.row.dataset, entry.row.title), frozenset())
        return entry.metric == self.metric and entry.column.title in best

    def __str__(self) -> str:
        return f"{short_title(self.metric)}, {counted(len(self.winners), 'complete row')}"


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
    pairs = [(column, column.printed_metric) for column in table.columns]
    return _wins(table, [(column, metric) for column, metric in pairs if metric], _printed)


def wins_row(table: Collected, columns: Sequence[Column], own: Sequence[Wins]) -> SheetRow:
    """Own wins counted over the rows shown; below them what the paper prints of all its rows."""
    counts = {title: count for group in own for title, count in group.counts.items()}
    cells = []
    for column in columns:
        printed = table.published.get((table.spec.best or "", column.printed_name))
        said = "" if printed is None else f"{printed.mean:.0f}"
        cells.append(SheetCell(own=str(counts.get(column.title, "")), printed=said))
    return SheetRow("#Best", tuple(cells))


def wins_sentences(own: Sequence[Wins], printed: Sequence[Wins]) -> list[str]:
    """Which of our columns were ranked together, and how often each printed column is best."""
    said = []
    if own:
        groups = [f"{', '.join(group.counts)} ({group})" for group in own]
        best = "; within ".join(groups)
        said.append(f"#Best of the own numbers is counted, ties shared, within {best}.")
    if printed:
        groups = [
            f"{', '.join(f'{title} {count}' for title, count in group.counts.items())} ({group})"
            for group in printed
        ]
        said.append(
            "Recounted over the rows shown, ties shared, within columns of one metric, the printed "
            f"numbers are best: {'; '.join(groups)}."
        )
    return said


def printed_count_check(spec: TableSpec, published: Published) -> list[str]:
    """One sentence on the printed row of wins: what it says and what its own digits give."""
    columns = [c for c in spec.columns if (spec.best or "", c.printed_name) in published]
    if not spec.best or not columns:
        return []
    said = [int(published[spec.best, c.printed_name].mean) for c in columns]
    rows = [
        {c.title: published[row.printed_name, c.printed_name].mean for c in columns}
        for row in spec.rows
    ]
    found = list(shared_wins([c.title for c in columns], rows).values())
    same = "the same" if found == said else ", ".join(str(count) for count in found)
    metrics = {c.printed_metric for c in columns}
    mixed = (
        f"; it ranks columns printed under {len(metrics)} metrics against each other, which is not "
        "repeated here"
        if len(metrics) > 1
        else ""
    )
    return [
        f"The printed {spec.best} row reads {', '.join(map(str, said))}. Counting the "
        f"printed digits of its {len(rows)} rows with ties shared gives {same}{mixed}."
    ]


def _own(entry: Entry, metric: str) -> float | None:
    if isinstance(entry.own, Cell) and entry.metric == metric:
        return 100 * entry.own.mean
    return None


def _printed(entry: Entry, metric: str) -> float | None:
    return entry.printed.mean if entry.printed else None


def _wins(
    table: Collected,
    columns: Sequence[tuple[Column, str]],
    score: Callable[[Entry, str], float | None],
) -> list[Wins]:
    """Wins in each group of columns of one part and metric.

    Args:
        table: the table.
        columns: each with its metric.
        score: of an entry in points under a metric, None where it has none.
    """
    groups: dict[tuple[str, str], list[Column]] = defaultdict(list)
    for column, metric in columns:
        groups[column.part, metric].append(column)
    found = []
    for (_, metric), alike in groups.items():
        complete: dict[RowName, dict[str, float]] = {}
        for row, entries in table.rows:
            scores = {e.column.title: score(e, metric) for e in entries if e.column in alike}
            known = {title: value for title, value in scores.items() if value is not None}
            if len(known) == len(alike):
                complete[row.dataset, row.title] = known
        if len(alike) > 1 and complete:
            counts = count_best({c.title: metric for c in alike}, list(complete.values()))
            winners = {name: best_of(scores) for name, scores in complete.items()}
            found.append(Wins(metric, counts, winners))
    return found


def sum_rows(table: Collected, columns: Sequence[Column]) -> tuple[SheetRow, ...]:
    """Below costs: their sum over complete rows, its ratio to that of the first column, and how
    many configurations are tried in a row; nothing below scores, or where no row is complete."""
    if not metric_named(table.metric).cost:
        return ()
    rows = [
        {entry.column: entry.own for entry in entries if isinstance(entry.own, Cell)}
        for _, entries in table.rows
    ]
    filled = [column for column in columns if any(column in row for row in rows)]
    complete = [row for row in rows if all(column in row for column in filled)]
    if not filled or not complete:
        return ()
    sums = {column: fsum(row[column].mean for row in complete) for column in filled}
    first = filled[0]
    over = counted(len(complete), "complete row")
    lines = {
        f"Sum over {over}": {c: three_digits(total) for c, total in sums.items()},
        f"Relative to {first.title}": {c: three_digits(sums[c] / sums[first]) for c in filled},
        "Configurations": {c: _range(row[c].configurations for row in complete) for c in filled},
    }
    return tuple(
        SheetRow(title, tuple(SheetCell(own=texts.get(column, "")) for column in columns))
        for title, texts in lines.items()
    )


def _range(counts: Iterable[int]) -> str:
    """The smallest and the largest, once where they are the same."""
    found = sorted(counts)
    return "-".join(str(count) for count in dict.fromkeys((found[0], found[-1])))
