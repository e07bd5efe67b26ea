"""Own numbers beside the printed ones: cells, summaries of columns, order of rows and columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean, median

from bench.declared.published import printed_tables
from bench.declared.tables import (
    AS_PRINTED,
    Column,
    Row,
    TableSpec,
    find_metric,
    read_table,
)
from bench.errors import Incomplete, UsageError
from bench.judge.cell import Cell, StoredRuns
from bench.judge.collect import JudgedTable, collect
from bench.judge.tally import Tally, tally_of
from bench.judge.verdict import TableEntry
from bench.plan.query import Query, find_columns, find_rows
from bench.plan.selection import plan_table
from bench.store.store import Store
from iunet.declare.contract import closest_first


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
    """What the compared cells of a column or a table come to.

    Args:
        tally: how many cells agree, and how much that says.
        mean, median, absolute: mean, median and mean absolute difference, own minus printed, in
            points; None where nothing is compared.
    """

    tally: Tally
    mean: float | None = None
    median: float | None = None
    absolute: float | None = None


@dataclass(frozen=True)
class ColumnDiff:
    """One column: its cells that something was printed for, their summary and their order."""

    column: Column
    metric: str
    entries: tuple[TableEntry, ...]
    summary: Summary
    order: Order


@dataclass(frozen=True)
class RowOrder:
    """The order of the columns of one row that show one metric; at least two are compared."""

    row: Row
    metric: str
    order: Order


@dataclass(frozen=True)
class TableDiff:
    """One table: the collected cells, its columns, and the order of the columns row by row."""

    table: JudgedTable
    columns: tuple[ColumnDiff, ...]
    rows: tuple[RowOrder, ...]

    @property
    def entries(self) -> list[TableEntry]:
        """Every cell that something was printed for, column by column."""
        return [entry for column in self.columns for entry in column.entries]

    @property
    def summary(self) -> Summary:
        """Of all its cells."""
        return summary_of(self.table.tally, self.entries)


def diffs(query: Query, store: Store) -> list[TableDiff]:
    """Compare the query's tables, or all that were printed; runs nothing.

    Each column is shown in the metric it was printed in unless another is asked for. Of several
    tables each is asked for the selected rows, columns and metric it has.

    Args:
        query: tables, and what is selected of them.
        store: where the runs are.

    Raises:
        UsageError: a name that no table has, or a table that nothing was printed of.
    """
    known = printed_tables()
    specs = [read_table(name) for name in query.tables or known]
    for spec in specs:
        if spec.key not in known:
            listed = closest_first(spec.key, known)
            raise UsageError(f"no scores were printed of {spec.key}; known: {listed}")
    found, runs = [], StoredRuns(store)
    for spec, part in _fitting(specs, query) if len(specs) > 1 else [(specs[0], query)]:
        metric = query.metric or (AS_PRINTED if len(spec.metrics) > 1 else "")
        plan = plan_table(replace(part, name=spec.key, metric=metric))
        found.append(diff_of(collect(plan, runs)))
    compared = [one for one in found if one.entries]
    if not compared:
        key, name = found[0].table.plan.spec.key, ", ".join(query.datasets)
        raise UsageError(
            f"nothing was printed of {name}; `bench {key} -d {name}` shows its numbers"
        )
    return compared


def missing_cells(found: Sequence[TableDiff]) -> Incomplete | None:
    """The cells that nothing was compared in for want of runs, with the commands that make them."""
    missing = [entry for diff in found for entry in diff.entries if entry.outcome is None]
    if not missing:
        return None
    tables = dict.fromkeys(diff.table.plan.spec.key for diff in found if diff.table.missing())
    total = sum(len(diff.entries) for diff in found)
    are = "is" if len(missing) == 1 else "are"
    options = " ".join(["", *found[0].table.plan.conditions.options])
    commands = "; ".join(f"bench {name}{options}" for name in tables)
    return Incomplete(
        f"{len(missing)} of {total} cells {are} missing; these commands make them: {commands}"
    )


def _fitting(specs: Sequence[TableSpec], query: Query) -> list[tuple[TableSpec, Query]]:
    """For every table what it has of the query; those that have nothing left out."""
    selection: list[tuple[Callable[[TableSpec, str], object], tuple[str, ...]]] = [
        (find_rows, query.datasets),
        (find_columns, query.methods),
        (
            lambda spec, name: find_metric(name, spec.every_metric),
            (query.metric,) if query.metric else (),
        ),
    ]
    for find, names in selection:
        for name in names:
            if not any(_has(find, spec, name) for spec in specs):
                known = ", ".join(spec.key for spec in specs)
                raise UsageError(f"{name!r} is in none of these tables: {known}")
    fitting = []
    for spec in specs:
        parts = [tuple(n for n in names if _has(find, spec, n)) for find, names in selection]
        if all(part or not names for part, (_, names) in zip(parts, selection, strict=True)):
            fitting.append((spec, replace(query, datasets=parts[0], methods=parts[1])))
    return fitting


def _has(find: Callable[[TableSpec, str], object], spec: TableSpec, name: str) -> bool:
    try:
        find(spec, name)
    except UsageError:
        return False
    return True


def diff_of(table: JudgedTable) -> TableDiff:
    """Compare a collected table with what was printed of it."""
    by_column: dict[Column, list[TableEntry]] = {column: [] for column in table.plan.columns}
    by_row: dict[tuple[Row, str], list[TableEntry]] = defaultdict(list)
    for entry in table.entries():
        if entry.target:
            by_column[entry.column].append(entry)
            by_row[entry.row, entry.metric.name].append(entry)
    columns = [
        ColumnDiff(
            column=column,
            metric=entries[0].metric.name,
            entries=tuple(entries),
            summary=summary_of(_tally_of_column(table, column), entries),
            order=order_of(compared_numbers(entries)),
        )
        for column, entries in by_column.items()
        if entries
    ]
    orders = [RowOrder(*key, order_of(compared_numbers(alike))) for key, alike in by_row.items()]
    return TableDiff(table, tuple(columns), tuple(one for one in orders if one.order.n > 1))


def _tally_of_column(table: JudgedTable, column: Column) -> Tally:
    return tally_of([[entry] for entry in table.entries() if entry.column == column])


def summary_of(tally: Tally, entries: Sequence[TableEntry]) -> Summary:
    """A tally, and the differences of these cells."""
    differences = [entry.difference for entry in entries if entry.difference is not None]
    if not differences:
        return Summary(tally)
    return Summary(tally, fmean(differences), median(differences), fmean(map(abs, differences)))


def compared_numbers(entries: Sequence[TableEntry]) -> list[tuple[float, float]]:
    """(own, printed) of the cells that are compared, in points."""
    return [
        (entry.metric.in_unit(entry.own.mean), entry.target.mean)
        for entry in entries
        if entry.difference is not None and isinstance(entry.own, Cell) and entry.target
    ]


def order_of(numbers: Sequence[tuple[float, float]]) -> Order:
    """Rank agreement of (own, printed) numbers measured alike, in points.

    Ties are those that a reader sees on the printed digits.
    """
    from scipy import stats

    own, printed = ([round(pair[side], 3) for pair in numbers] for side in (0, 1))
    pairs = combinations(zip(own, printed, strict=True), 2)
    signs = Counter(_sign(a - c) * _sign(b - d) for (a, b), (c, d) in pairs)
    kendall = spearman = None
    if len(set(own)) > 1 and len(set(printed)) > 1:
        kendall = float(stats.kendalltau(own, printed).statistic)
        spearman = float(stats.spearmanr(own, printed).statistic)
    return Order(len(own), kendall, spearman, signs[1], signs[-1], signs[0])


def _sign(change: float) -> int:
    return (change > 0) - (change < 0)
