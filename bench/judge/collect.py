"""Plan and store to a table: every cell beside the printed number, with its verdict; and its empty
cells in groups, each with a sentence and the command that makes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.datasets.catalogue import tabular_datasets
from bench.declared.published import (
    PRINTED_RUNS,
    Corrected,
    Printed,
    Prints,
    Published,
    read_prints,
)
from bench.declared.tables import Column, Metric, Row, TableSpec, metric_named
from bench.judge.cell import Cell, EmptyCell, StoredRuns, Wanted, cell_of
from bench.judge.dataset_facts import balanced_share, one_class_share, table_facts
from bench.judge.verdict import Outcome, Verdict, judge, not_comparable
from bench.plan.query import Conditions, column_key
from bench.plan.selection import KINDS, TablePlan, appended_key
from bench.render.text import counted
from iunet.declare.protocol import shipped_protocols

SCORES = (
    *("accuracy", "balanced_accuracy", "swapped_balanced_accuracy"),
    *("batch_mean_accuracy", "top5_accuracy"),
)
"""Metrics against the truth; the others hold a network against itself."""


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
    own: Cell | EmptyCell
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
        return self.own.reason if isinstance(self.own, EmptyCell) else ""

    @property
    def measure(self) -> Metric:
        """The metric with its unit and digits."""
        return metric_named(self.metric)

    @property
    def prints_one_class(self) -> bool:
        """Whether the printed score is what one class for every test row of a table is worth."""
        known = tabular_datasets().get(self.row.dataset)
        if self.printed is None or known is None or self.metric not in SCORES:
            return False
        balanced = self.column.printed_metric == "balanced_accuracy"
        share = balanced_share if balanced else one_class_share
        return share(self.printed, table_facts(known)) is not None

    @property
    def numbers(self) -> dict[str, str | float | None]:
        """Its place, and what we have, in the metric's unit, as --json and --csv write them."""
        metric = self.measure
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

    @property
    def long(self) -> dict[str, str | float | None]:
        """One line of the table's long form: `numbers`, and what they are compared with."""
        cell = self.own if isinstance(self.own, Cell) else None
        printed = self.printed
        corrected = self.correction.printed if self.correction else None
        return {
            **self.numbers,
            "configurations": cell.configurations if cell else None,
            "point": " ".join(f"{name}={value:g}" for name, value in cell.point) if cell else "",
            "published_mean": printed.mean if printed else None,
            "published_std": printed.std if printed else None,
            "published_metric": self.column.printed_metric if printed else None,
            "corrected_mean": corrected.mean if corrected else None,
            "corrected_std": corrected.std if corrected else None,
            "difference": rounded(self.difference),
            "verdict": self.outcome.value if self.outcome else "",
            "reason": self.reason,
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

    @property
    def measure(self) -> Metric:
        """The table's metric with its unit."""
        return metric_named(self.metric)

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
        return [e for e in self.entries() if isinstance(e.own, EmptyCell) and not e.own.final]


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
    target = prints.target(*place)
    verdict = _verdict(own, target, column, plan) if target else None
    return Entry(row, column, wanted.metric, wanted.fact, own, printed, correction, verdict)


def _wanted(plan: TablePlan, row: Row, column: Column) -> Wanted:
    metric = plan.metric_of(column)
    return Wanted(
        metric=metric,
        fact=metric_named(metric).fact or plan.spec.fact(metric, row),
        select=plan.conditions.half(KINDS[row.part]).select,
        collapse=plan.spec.collapse_fact(metric, row),
        command=plan.command(row, column),
    )


def _verdict(
    cell: Cell | EmptyCell, printed: Printed, column: Column, plan: TablePlan
) -> Verdict | None:
    """How a cell compares; None where it is empty and runs could fill it."""
    if isinstance(cell, EmptyCell):
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
        return not_comparable(f"mean of {counted(cell.n, 'run')}, printed of {column.printed_runs}")
    return judge(100 * cell.mean, 100 * cell.std, cell.n, printed)


def _words(metric: str) -> str:
    return metric.replace("_", " ")


def rounded(value: float | None) -> float | None:
    """To a thousandth of a printed digit, so that a file does not change with the last bit."""
    return None if value is None else round(value, 6)


NO_RUNS = "no runs"
STUCK = "without a result"

MANY = 6
"""From so many datasets on, a command asks for all of the table instead of naming them."""


@dataclass(frozen=True)
class Gap:
    """Empty cells that share a reason.

    Args:
        entries: the cells.
        text: why they are empty, in a sentence.
        command: makes them; empty where no run would.
    """

    entries: tuple[Entry, ...]
    text: str
    command: str = ""


def gaps_of(table: Collected) -> list[Gap]:
    """The cells that no run would fill, by column and reason; then those that lack runs.

    Rows that lack the same columns share a group; rows whose runs were tried stand alone.
    """
    final: dict[tuple[Column, str], list[Entry]] = defaultdict(list)
    for entry in table.entries():
        if isinstance(entry.own, EmptyCell) and entry.own.final:
            final[entry.column, entry.own.reason].append(entry)
    gaps = [Gap(tuple(e), f"{column.title}: {why}.") for (column, why), e in final.items()]
    rows: dict[tuple[Row, str], list[Entry]] = defaultdict(list)
    for entry in table.missing():
        rows[entry.row, _kind(entry)].append(entry)
    groups: dict[object, list[Entry]] = defaultdict(list)
    for (row, kind), entries in rows.items():
        columns = tuple(entry.column for entry in entries)
        groups[kind, columns, row if kind == STUCK else None] += entries
    return [*gaps, *(_gap(table, entries) for entries in groups.values())]


def _kind(entry: Entry) -> str:
    """Why it is empty, alike for reasons that differ only in numbers and places."""
    if not isinstance(entry.own, EmptyCell):
        return ""
    if entry.own.untouched:
        return NO_RUNS
    return STUCK if entry.own.obstacle else entry.own.reason


def _gap(table: Collected, entries: Sequence[Entry]) -> Gap:
    part = entries[0].row.part
    datasets = list(dict.fromkeys(entry.row.dataset for entry in entries))
    columns = list(dict.fromkeys(entry.column for entry in entries))
    every = len(columns) == sum(column.part == part for column in table.columns)
    who = "every column" if every else ", ".join(column.title for column in columns)
    own = [column_key(table.spec, c) for c in columns if c in table.spec.columns]
    all_own = len(own) == sum(column.part == part for column in table.spec.columns)
    command = table.conditions.command(
        datasets if len(datasets) < MANY else (),
        () if all_own else own,
    )
    appended = [appended_key(c) for c in columns if c not in table.spec.columns]
    command += "".join(f" --with {key}" for key in appended)
    return Gap(tuple(entries), f"{', '.join(datasets)}: {who}: {_what(entries)}.", command)


def _what(entries: Sequence[Entry]) -> str:
    """What is missing; runs that several rows show are counted once."""
    places = {(entry.row.dataset, entry.column): entry.own for entry in entries}
    empty = [own for own in places.values() if isinstance(own, EmptyCell)]
    missing = sum(cell.missing for cell in empty)
    if _kind(entries[0]) == STUCK:
        planned = sum(cell.planned for cell in empty)
        return f"{missing} of {planned} runs without a result: {empty[0].obstacle}"
    return f"{NO_RUNS} ({missing} to make)" if empty[0].untouched else empty[0].reason
