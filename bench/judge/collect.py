"""Plan and store to a table: every cell beside the printed number, with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.declared.published import Corrected, Printed, Prints, Published
from bench.declared.spec import Column, Row, TableSpec
from bench.judge.ask import Ask
from bench.judge.cell import Cell, Refusal, Wanted, cell_of
from bench.judge.metrics import metric_named, shown_metric
from bench.judge.runs import StoredRuns
from bench.judge.verdict import Verdict, judge, not_comparable
from bench.plan.names import column_key
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


@dataclass(frozen=True)
class Collected:
    """A table's entries, row by row, and the conditions they were collected under.

    Args:
        columns: those shown, appended ones last.
        rows: those shown, each with an entry for every column of its part.
        published: everything printed, shown or not.
    """

    spec: TableSpec
    ask: Ask
    columns: tuple[Column, ...]
    rows: tuple[tuple[Row, tuple[Entry, ...]], ...]
    published: Published

    def entries(self) -> list[Entry]:
        """Every entry, row by row."""
        return [entry for _, entries in self.rows for entry in entries]

    def cells(self) -> list[Cell]:
        """Every cell that is not empty."""
        return [entry.own for entry in self.entries() if isinstance(entry.own, Cell)]

    def missing(self) -> list[Entry]:
        """Entries that could be filled by running something, or whose runs failed."""
        return [e for e in self.entries() if isinstance(e.own, Refusal) and not e.own.final]


def collect(
    spec: TableSpec,
    ask: Ask,
    runs: StoredRuns,
    prints: Prints,
    rows: Sequence[Row],
    columns: Sequence[Column],
) -> Collected:
    """Collect these rows and columns of a table."""
    collected = []
    for row in rows:
        mine = [column for column in columns if column.part == row.part]
        collected.append((row, tuple(_entry(spec, ask, runs, prints, row, c) for c in mine)))
    return Collected(spec, ask, tuple(columns), tuple(collected), prints.numbers)


def _entry(
    spec: TableSpec, ask: Ask, runs: StoredRuns, prints: Prints, row: Row, column: Column
) -> Entry:
    wanted = _wanted(spec, ask, row, column)
    own = _cell(runs, row, column, wanted)
    place = (row.printed_name, column.printed_name)
    printed, correction = prints.numbers.get(place), prints.corrections.get(place)
    target = correction.printed if correction else printed
    verdict = _verdict(own, target, column, spec, ask) if target else None
    return Entry(row, column, wanted.metric, wanted.fact, own, printed, correction, verdict)


def _wanted(spec: TableSpec, ask: Ask, row: Row, column: Column) -> Wanted:
    metric = shown_metric(column, spec, ask.metric)
    return Wanted(
        metric=metric,
        fact=metric_named(metric).fact or spec.fact(metric, row),
        select=ask.select[row.part],
        collapse=spec.collapse_fact(metric, row),
        command=ask.command([row.dataset], [column_key(spec, column)]),
    )


def _cell(runs: StoredRuns, row: Row, column: Column, wanted: Wanted) -> Cell | Refusal:
    planned = runs.planned(row.dataset, column.net, column.method, column.point)
    return cell_of(runs, planned, wanted)


def _verdict(
    cell: Cell | Refusal, printed: Printed, column: Column, spec: TableSpec, ask: Ask
) -> Verdict | None:
    """How a cell compares; None where it is empty and runs could fill it."""
    if isinstance(cell, Refusal):
        return not_comparable(cell.reason) if cell.final else None
    if ask.protocol not in (*shipped_protocols(), Path(spec.protocol).stem):
        return not_comparable(f"protocol {ask.protocol} is none the printed numbers stand for")
    if not ask.full:
        return not_comparable(f"budget {ask.budget} does less than what was printed")
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
        runs = "1 run" if cell.n == 1 else f"{cell.n} runs"
        return not_comparable(f"mean of {runs}, printed of {PRINTED_RUNS}")
    return judge(100 * cell.mean, 100 * cell.std, cell.n, printed)


def _words(metric: str) -> str:
    return metric.replace("_", " ")
