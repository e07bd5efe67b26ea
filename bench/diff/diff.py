"""Own numbers beside the printed ones: cells, summaries of columns, order of rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean, median

from bench.declared.published import Printed, printed_tables
from bench.declared.spec import Column, Row, TableSpec, read_table
from bench.errors import UsageError
from bench.judge.cell import Refusal
from bench.judge.collect import Collected, Entry, collect, plan_table
from bench.judge.metrics import AS_PRINTED, find_metric, metric_named
from bench.judge.runs import StoredRuns
from bench.judge.tally import Tally, tally_of
from bench.judge.verdict import Outcome
from bench.plan.names import find_columns, find_rows
from bench.plan.query import Query
from bench.store.store import Store

Numbers = Sequence[tuple[float, float]]
"""(own, printed) of cells measured alike, in points."""


@dataclass(frozen=True)
class Line:
    """One cell that something was printed for.

    Args:
        entry: where it is, what its runs measured, and the verdict by the rule of bench.judge.
        printed: what it is compared with, the corrected number where there is one.
    """

    entry: Entry
    printed: Printed

    @property
    def own(self) -> tuple[float, float, int] | None:
        """Mean, std, both in the metric's unit, and number of runs; None where it is empty."""
        cell = self.entry.own
        if isinstance(cell, Refusal):
            return None
        metric = metric_named(self.entry.metric)
        return metric.in_unit(cell.mean), metric.in_unit(cell.std), cell.n

    @property
    def outcome(self) -> Outcome | None:
        """What the comparison came to; None where the cell is empty."""
        return self.entry.verdict.outcome if self.entry.verdict else None

    @property
    def status(self) -> str:
        """The outcome in words."""
        return self.outcome.value if self.outcome else "empty"

    @property
    def difference(self) -> float | None:
        """Own minus printed, in points; None where they are not compared."""
        return self.entry.verdict.difference if self.entry.verdict else None

    @property
    def reason(self) -> str:
        """The rule with its numbers, or why there is no comparison."""
        if self.entry.verdict is None:
            return self.entry.own.reason if isinstance(self.entry.own, Refusal) else ""
        return self.entry.verdict.reason


@dataclass(frozen=True)
class Order:
    """Rank agreement of two series.

    Args:
        n: numbers in each.
        kendall: tau-b; None where fewer than two, or where one series is all ties.
        spearman: rho, likewise.
        same, opposite, tied: of the n(n - 1)/2 pairs of numbers, those in the same order, in
            opposite order, and those equal in either series.
    """

    n: int
    kendall: float | None
    spearman: float | None
    same: int
    opposite: int
    tied: int

    @property
    def pairs(self) -> int:
        """How many pairs of numbers there are."""
        return self.same + self.opposite + self.tied


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


def diffs(tables: Sequence[str], query: Query, store: Store) -> list[TableDiff]:
    """Compare these tables, or all that were printed; runs nothing.

    Each column is shown in the metric it was printed in unless another is asked for. Of several
    tables each is asked for the selected rows, columns and metric it has.

    Args:
        tables: names; empty for all.
        query: everything but the table.
        store: where the runs are.

    Raises:
        UsageError: a name that no table has, or a table that nothing was printed of.
    """
    known = printed_tables()
    specs = [read_table(name) for name in tables or known]
    for spec in specs:
        if spec.key not in known:
            raise UsageError(f"no scores were printed of {spec.key}; known: {', '.join(known)}")
    found, runs = [], StoredRuns(store)
    for spec, part in _fitting(specs, query) if len(specs) > 1 else [(specs[0], query)]:
        metric = query.metric or (AS_PRINTED if len(spec.metrics) > 1 else "")
        one = replace(part, name=spec.key, metric=metric)
        found.append(diff_of(collect(plan_table(one), runs)))
    return [one for one in found if one.lines]


def _fitting(specs: Sequence[TableSpec], query: Query) -> list[tuple[TableSpec, Query]]:
    """For every table what it has of the query; those that have nothing left out."""
    asked: list[tuple[Callable[[TableSpec, str], object], tuple[str, ...]]] = [
        (find_rows, query.datasets),
        (find_columns, query.methods),
        (_find_metric, (query.metric,) if query.metric else ()),
    ]
    for find, names in asked:
        for name in names:
            if not any(_has(find, spec, name) for spec in specs):
                known = ", ".join(spec.key for spec in specs)
                raise UsageError(f"{name!r} is in none of these tables: {known}")
    fitting = []
    for spec in specs:
        parts = [tuple(n for n in names if _has(find, spec, n)) for find, names in asked]
        if all(part or not names for part, (_, names) in zip(parts, asked, strict=True)):
            fitting.append((spec, replace(query, datasets=parts[0], methods=parts[1])))
    return fitting


def _find_metric(spec: TableSpec, name: str) -> str:
    return find_metric(name, spec.metrics or (spec.metric,))


def _has(find: Callable[[TableSpec, str], object], spec: TableSpec, name: str) -> bool:
    try:
        find(spec, name)
    except UsageError:
        return False
    return True


def diff_of(table: Collected) -> TableDiff:
    """Compare a collected table with what was printed of it."""
    lines = [Line(entry, entry.target) for entry in table.entries() if entry.target is not None]
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


def order_of(numbers: Numbers) -> Order:
    """Rank agreement on the printed digits, so that ties are those a reader sees."""
    from scipy import stats

    own = [round(one, 3) for one, _ in numbers]
    printed = [round(other, 3) for _, other in numbers]
    signs = [
        _sign(a - b) * _sign(c - d)
        for (a, c), (b, d) in combinations(zip(own, printed, strict=True), 2)
    ]
    kendall = spearman = None
    if len(set(own)) > 1 and len(set(printed)) > 1:
        kendall = float(stats.kendalltau(own, printed).statistic)
        spearman = float(stats.spearmanr(own, printed).statistic)
    same, opposite, tied = (signs.count(sign) for sign in (1, -1, 0))
    return Order(len(own), kendall, spearman, same, opposite, tied)


def _sign(change: float) -> int:
    return (change > 0) - (change < 0)
