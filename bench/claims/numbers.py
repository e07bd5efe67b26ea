"""Where the numbers of a claim come from: as printed, or from own runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import log10
from typing import Protocol

from bench.declared.claims import Side
from bench.declared.published import PRINTED_RUNS, read_prints
from bench.declared.tables import Column, Metric, Row, TableSpec, find_metric, read_table
from bench.errors import BenchError
from bench.judge.cell import Cell, StoredRuns
from bench.judge.collect import JudgedTable, collect
from bench.plan.query import Query, column_key, find_column
from bench.plan.selection import plan_table
from bench.store.store import Store
from iunet.declare.protocol import default_protocol, find_protocol

RowKey = tuple[str, str]
"""Dataset, and operation where the table has any."""


@dataclass(frozen=True)
class Score:
    """One number of a claim.

    Args:
        points: mean, in percent; of a cost its base-10 logarithm, so that ratios are compared.
        std: of the population over the runs, in percent; None where none was printed, and of a
            cost.
        metric: what was measured.
        runs: how many.
        smaller: the budget of the runs, where it does less than the paper's experiments.
        collapsed: whether nearly every row is given one class, which makes agreement empty.
    """

    points: float
    std: float | None
    metric: str
    runs: int = PRINTED_RUNS
    smaller: str = ""
    collapsed: bool = False


Scores = Mapping[RowKey, Score | None]
"""The rows of a column; None where a cell is empty."""


class Numbers(Protocol):
    """Where numbers come from; `printed`: whether they are the paper's."""

    printed: bool

    @property
    def name(self) -> str:
        """In a word or two."""

    def scores(self, side: Side, metric: str) -> Scores:
        """The rows of a column; `metric` is what own runs are compared by."""


class PrintedNumbers:
    """The printed numbers, corrected ones where they are known to be wrong."""

    name = "printed"
    printed = True

    def scores(self, side: Side, metric: str) -> Scores:
        """The rows of a column in the metric it was printed in."""
        _, column = find_side(side)
        prints, metric = read_prints(side.table), column.printed_metric or ""
        found: dict[RowKey, Score | None] = {}
        for key, row in rows_of(side).items():
            number = prints.target(row.printed_name, column.printed_name)
            found[key] = Score(number.mean, number.std, metric) if number else None
        return found


class OwnNumbers:
    """The runs in a store.

    Args:
        query: protocol, budget and metric; the metric is asked of tables that have it, others
            show that of the claim.
        store: where the runs are.
    """

    name = "own"
    printed = False

    def __init__(self, query: Query, store: Store) -> None:
        self._query = query
        self._runs = StoredRuns(store)
        self._tables: dict[tuple[str, str], JudgedTable] = {}

    def scores(self, side: Side, metric: str) -> Scores:
        """The rows of a column as far as they are made."""
        spec, column = find_side(side)
        wanted = self._query.metric
        shown = wanted if wanted and has_metric(spec, wanted) else metric
        if (spec.key, shown) not in self._tables:
            plan = plan_table(replace(self._query, name=spec.key, metric=shown))
            self._tables[spec.key, shown] = collect(plan, self._runs)
        return scores_of(self._tables[spec.key, shown], column)

    @property
    def protocol(self) -> str:
        """Key of the protocol of the runs."""
        return find_protocol(self._query.protocol or default_protocol()).key

    @property
    def budget(self) -> str:
        """Key of the budget asked for; the tables' own where none is."""
        return self._query.budget or "as each table says"

    def commands(self, sides: Sequence[Side], datasets: Sequence[str] = ()) -> list[str]:
        """What makes all of these columns, one command a table; of these datasets, or of all."""
        conditions = {name: table.plan.conditions for (name, _), table in self._tables.items()}
        found = []
        for name in dict.fromkeys(side.table for side in sides):
            rows = {row.dataset for row in read_table(name).rows}
            places = [find_side(side) for side in sides if side.table == name]
            keys = dict.fromkeys(column_key(spec, column) for spec, column in places)
            shared = [dataset for dataset in datasets if dataset in rows]
            found.append(conditions[name].command(shared, list(keys)))
        return found


def scores_of(table: JudgedTable, column: Column) -> Scores:
    """The rows of a column of a collected table as far as they are made."""
    under = table.plan.conditions
    smaller = "" if under.complete else under.budget.key
    return {
        _key(entry.row): _score(entry.own, entry.metric, smaller)
        if isinstance(entry.own, Cell)
        else None
        for entry in table.entries()
        if entry.column == column
    }


def _score(cell: Cell, metric: Metric, smaller: str) -> Score:
    if metric.cost:
        return Score(log10(cell.mean), None, metric.name, cell.n, smaller)
    mean, std = 100 * cell.mean, 100 * cell.std
    return Score(mean, std, metric.name, cell.n, smaller, cell.collapsed)


def has_metric(spec: TableSpec, name: str) -> bool:
    """Whether a table can show a metric of this name."""
    try:
        find_metric(name, spec.every_metric)
    except BenchError:
        return False
    return True


@cache
def find_side(side: Side) -> tuple[TableSpec, Column]:
    """The table and the one column a side names.

    Raises:
        BenchError: it names none, or several.
    """
    spec = read_table(side.table)
    return spec, find_column(spec, side.column)


def rows_of(side: Side) -> dict[RowKey, Row]:
    """The rows that a column has a cell in, by what makes two rows of different tables the same."""
    spec, column = find_side(side)
    return {_key(row): row for row in spec.rows if row.part == column.part}


def _key(row: Row) -> RowKey:
    return row.dataset, row.operation or ""
