"""A table against the paper: its lines, a summary a column, and the order of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from bench.declared.spec import Column, Row
from bench.diff.line import Line, lines_of
from bench.diff.order import Order, order_of
from bench.judge.collect import Collected
from bench.judge.tally import Tally, tally_of


@dataclass(frozen=True)
class Summary:
    """What the compared cells of a column, a table or everything come to.

    Args:
        tally: how many cells agree, and how much that says.
        mean, median, absolute: mean, median and mean absolute difference, own minus printed, in
            points; None where nothing is compared.
        order: of the rows, own against printed; None where rows of several columns are summed.
    """

    tally: Tally
    mean: float | None
    median: float | None
    absolute: float | None
    order: Order | None = None


@dataclass(frozen=True)
class ColumnDiff:
    """One column: its lines and their summary."""

    column: Column
    metric: str
    lines: tuple[Line, ...]
    summary: Summary


@dataclass(frozen=True)
class RowOrder:
    """The order of the columns of one row that show one metric; at least two are compared."""

    row: Row
    metric: str
    order: Order


@dataclass(frozen=True)
class TableDiff:
    """One table: the collected cells, its columns, and the order of the columns row by row."""

    table: Collected
    columns: tuple[ColumnDiff, ...]
    rows: tuple[RowOrder, ...]

    @property
    def lines(self) -> list[Line]:
        """Every line, column by column."""
        return [line for column in self.columns for line in column.lines]

    @property
    def summary(self) -> Summary:
        """Of all its cells."""
        return summary_of(tally_of([self.table]), self.lines)


def diff_of(table: Collected) -> TableDiff:
    """Compare a collected table with what was printed of it."""
    lines = lines_of(table)
    columns = []
    for column in table.columns:
        own = tuple(line for line in lines if line.entry.column == column)
        if own:
            tally = tally_of([_only(table, column)])
            summary = summary_of(tally, own, order_of(compared_numbers(own)))
            columns.append(ColumnDiff(column, own[0].entry.metric, own, summary))
    return TableDiff(table, tuple(columns), tuple(_row_orders(lines)))


def summary_of(tally: Tally, lines: Sequence[Line], order: Order | None = None) -> Summary:
    """The tally and the differences of these lines."""
    differences = [line.difference for line in lines if line.difference is not None]
    if not differences:
        return Summary(tally, None, None, None, order)
    absolute = fmean(abs(difference) for difference in differences)
    return Summary(tally, fmean(differences), median(differences), absolute, order)


def _only(table: Collected, column: Column) -> Collected:
    rows = [(row, tuple(e for e in entries if e.column == column)) for row, entries in table.rows]
    return replace(table, columns=(column,), rows=tuple(rows))


def compared_numbers(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """(own, printed) of the lines that are compared, in points."""
    return [
        (line.own[0], line.printed.mean)
        for line in lines
        if line.own is not None and line.difference is not None
    ]


def _row_orders(lines: Sequence[Line]) -> list[RowOrder]:
    alike: dict[tuple[Row, str], list[Line]] = {}
    for line in lines:
        alike.setdefault((line.entry.row, line.entry.metric), []).append(line)
    found = [
        RowOrder(row, metric, order_of(compared_numbers(group)))
        for (row, metric), group in alike.items()
    ]
    return [one for one in found if one.order.n > 1]
