"""Plan and store to a table: every cell beside the printed number, with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.declared.published import Corrected, Printed, Prints, Published, read_prints
from bench.declared.spec import Column, Row, TableSpec, read_table
from bench.errors import UsageError
from bench.judge.cell import Cell, Refusal, Wanted, cell_of
from bench.judge.metrics import find_metric, metric_named, shown_metric
from bench.judge.runs import StoredRuns
from bench.judge.verdict import Outcome, Verdict, judge, not_comparable
from bench.plan.job import Job
from bench.plan.names import column_key
from bench.plan.plan import Place, each_once, plan_cells
from bench.plan.query import Conditions, Query, conditions_of
from bench.plan.selection import KINDS, place_of, rows_and_columns
from bench.render.text import counted
from iunet.declare.protocol import shipped_protocols

PRINTED_RUNS = 3
"""How many runs the paper says its means are of."""


@dataclass(frozen=True)
class Entry:
    """One place of a table: what we have, what was printed, and how they compare.

    Args:
        verdict: None where nothing was printed, or where runs are missing.
        metric: what is shown.
        fact: its name in the records.
        printed: as it was printed.
        correction: what should have been printed, where that is known to be another number.
    """

    row: Row
    column: Column
    metric: str
    fact: str
    own: Cell | Refusal
    printed: Printed | None
    correction: Corrected | None
    verdict: Verdict | None

    @property
    def target(self) -> Printed | None:
        """What ours is compared with: the corrected number, else the printed one."""
        return self.correction.printed if self.correction else self.printed

    @property
    def outcome(self) -> Outcome | None:
        """What the comparison came to; None where there is no verdict."""
        return self.verdict.outcome if self.verdict else None

    @property
    def difference(self) -> float | None:
        """Own minus printed, in points; None where they are not compared."""
        return self.verdict.difference if self.verdict else None

    @property
    def reason(self) -> str:
        """The rule with its numbers, or why there is no comparison."""
        if self.verdict is not None:
            return self.verdict.reason
        return self.own.reason if isinstance(self.own, Refusal) else ""

    @property
    def numbers(self) -> dict[str, str | float | None]:
        """Its place, and what we have, in the metric's unit, as --json and --csv write them."""
        metric = metric_named(self.metric)
        cell = self.own if isinstance(self.own, Cell) else None
        return {
            "row": self.row.title,
            "dataset": self.row.dataset,
            "column": self.column.title,
            "net": self.column.net,
            "method": self.column.method,
            "metric": self.metric,
            "own_mean": rounded(metric.in_unit(cell.mean)) if cell else None,
            "own_std": rounded(metric.in_unit(cell.std)) if cell and not metric.cost else None,
            "n": cell.n if cell else 0,
        }


@dataclass(frozen=True)
class TablePlan:
    """A table as selected: what is shown, under which conditions, and the runs of each cell.

    Args:
        metric: what cells show, or AS_PRINTED.
        cells: the runs that each cell needs.
    """

    spec: TableSpec
    conditions: Conditions
    metric: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    cells: Mapping[Place, tuple[Job, ...]]

    @property
    def jobs(self) -> list[Job]:
        """Every run, once."""
        return each_once(job for jobs in self.cells.values() for job in jobs)

    def of(self, row: Row, column: Column) -> tuple[Job, ...]:
        """The runs of one cell."""
        return self.cells.get(place_of(row, column), ())


@dataclass(frozen=True)
class Collected:
    """A table's entries, row by row, and the conditions they were collected under.

    Args:
        metric: what cells show, or AS_PRINTED.
        columns: those shown, appended ones last.
        rows: those shown, each with an entry for every column of its part.
        published: everything printed, shown or not.
    """

    spec: TableSpec
    conditions: Conditions
    metric: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Row, tuple[Entry, ...]], ...]
    published: Published

    def select(self, row: Row) -> str:
        """The validation score that chooses a grid point in this row."""
        return self.conditions.half(KINDS[row.part]).select

    def entries(self) -> list[Entry]:
        """Every entry, row by row."""
        return [entry for _, entries in self.rows for entry in entries]

    def cells(self) -> list[Cell]:
        """Every cell that is not empty."""
        return [entry.own for entry in self.entries() if isinstance(entry.own, Cell)]

    def missing(self) -> list[Entry]:
        """Entries that could be filled by running something, or whose runs failed."""
        return [e for e in self.entries() if isinstance(e.own, Refusal) and not e.own.final]


def plan_table(query: Query) -> TablePlan:
    """Look up what a query selects of a table, and plan its runs.

    Raises:
        UsageError, UnknownKey, ProtocolError: an unknown table, row, column, metric, method,
            protocol, budget or seed; the message lists the known.
    """
    spec = read_table(query.name)
    if spec.kind != "scores":
        raise UsageError(f"{spec.key} counts data, it has no runs")
    rows, columns = rows_and_columns(spec, query)
    conditions = conditions_of(query, spec.usual_protocol, spec.budget)
    allowed = spec.metrics or (spec.metric,)
    metric = find_metric(query.metric, allowed) if query.metric else spec.metric
    pairs = ((row, column) for row in rows for column in columns if column.part == row.part)
    cells = plan_cells((place_of(row, column) for row, column in pairs), conditions)
    return TablePlan(spec, conditions, metric, rows, columns, cells)


def collect(plan: TablePlan, runs: StoredRuns) -> Collected:
    """The table as far as its runs are made."""
    prints = read_prints(plan.spec.prints)
    rows = tuple(
        (row, tuple(_entry(plan, runs, prints, row, c) for c in plan.columns if c.part == row.part))
        for row in plan.rows
    )
    return Collected(plan.spec, plan.conditions, plan.metric, plan.columns, rows, prints.numbers)


def _entry(plan: TablePlan, runs: StoredRuns, prints: Prints, row: Row, column: Column) -> Entry:
    wanted = _wanted(plan, row, column)
    own = cell_of(runs, plan.of(row, column), wanted)
    place = (row.printed_name, column.printed_name)
    printed, correction = prints.numbers.get(place), prints.corrections.get(place)
    target = correction.printed if correction else printed
    verdict = _verdict(own, target, column, plan) if target else None
    return Entry(row, column, wanted.metric, wanted.fact, own, printed, correction, verdict)


def _wanted(plan: TablePlan, row: Row, column: Column) -> Wanted:
    metric = shown_metric(column, plan.spec, plan.metric)
    return Wanted(
        metric=metric,
        fact=metric_named(metric).fact or plan.spec.fact(metric, row),
        select=plan.conditions.half(KINDS[row.part]).select,
        collapse=plan.spec.collapse_fact(metric, row),
        command=plan.conditions.command([row.dataset], [column_key(plan.spec, column)]),
    )


def _verdict(
    cell: Cell | Refusal, printed: Printed, column: Column, plan: TablePlan
) -> Verdict | None:
    """How a cell compares; None where it is empty and runs could fill it."""
    if isinstance(cell, Refusal):
        return not_comparable(cell.reason) if cell.final else None
    protocol, budget = plan.conditions.protocol.key, plan.conditions.budget.key
    if protocol not in (*shipped_protocols(), plan.spec.protocol_key):
        return not_comparable(f"protocol {protocol} is none the printed numbers stand for")
    if not plan.conditions.complete:
        return not_comparable(f"budget {budget} does less than what was printed")
    if cell.metric != column.printed_metric:
        shown, printed_as = (
            _words(cell.metric),
            _words(column.printed_metric or "something unknown"),
        )
        return not_comparable(f"shown as {shown}, printed as {printed_as}")
    if cell.n == column.printed_runs == 1:
        return not_comparable(
            "ours and the printed number are one run each, so their spread is not known"
        )
    if cell.n != PRINTED_RUNS:
        return not_comparable(f"mean of {counted(cell.n, 'run')}, printed of {PRINTED_RUNS}")
    return judge(100 * cell.mean, 100 * cell.std, cell.n, printed)


def _words(metric: str) -> str:
    return metric.replace("_", " ")


def rounded(value: float | None) -> float | None:
    """To a thousandth of a printed digit, so that a file does not change with the last bit."""
    return None if value is None else round(value, 6)
