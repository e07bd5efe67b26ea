"""Plan and store to a table: every cell beside the printed number, with its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from bench.declared.metrics import metric_named
from bench.declared.published import (
    PRINTED_RUNS,
    Corrected,
    Printed,
    Prints,
    Published,
    read_prints,
)
from bench.declared.spec import Column, Row, TableSpec
from bench.judge.cell import Cell, Refusal, Wanted, cell_of
from bench.judge.runs import StoredRuns
from bench.judge.verdict import Outcome, Verdict, judge, not_comparable
from bench.plan.query import Conditions
from bench.plan.selection import KINDS, TablePlan
from bench.render.text import counted
from iunet.declare.protocol import shipped_protocols


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
    metric = plan.shown(column)
    return Wanted(
        metric=metric,
        fact=metric_named(metric).fact or plan.spec.fact(metric, row),
        select=plan.conditions.half(KINDS[row.part]).select,
        collapse=plan.spec.collapse_fact(metric, row),
        command=plan.command(row, column),
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
