"""Plan and store to a table: every cell beside the printed number, with its verdict; and its empty
cells in groups, each with a sentence and the command that makes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.declared.tables import Column, Row
from bench.judge.cell import Cell, EmptyCell, StoredRuns, cell_of
from bench.judge.tally import Tally, Wins, own_wins, printed_wins, tally_of
from bench.judge.verdict import TableEntry
from bench.plan.query import column_key
from bench.plan.selection import TablePlan

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

    entries: tuple[TableEntry, ...]
    text: str
    command: str = ""


@dataclass(frozen=True)
class JudgedTable:
    """A table's entries, row by row, and what they come to.

    Args:
        plan: the table as selected.
        rows: those shown, each with an entry for every column of its part.
    """

    plan: TablePlan
    rows: tuple[tuple[TableEntry, ...], ...]

    @cached_property
    def tally(self) -> Tally:
        """How many of its cells agree with the printed numbers, and how much that says."""
        return tally_of(self.rows)

    @cached_property
    def own_wins(self) -> list[Wins]:
        """How often each column is best by our own numbers, where the table counts that."""
        return own_wins(self.plan, self.rows) if self.plan.spec.best else []

    @cached_property
    def printed_wins(self) -> list[Wins]:
        """The same by the printed numbers of the rows shown."""
        return printed_wins(self.plan, self.rows) if self.plan.spec.best else []

    def entries(self) -> list[TableEntry]:
        """Every entry, row by row."""
        return [entry for row in self.rows for entry in row]

    def cells(self) -> list[Cell]:
        """Every cell that is not empty."""
        return [entry.own for entry in self.entries() if isinstance(entry.own, Cell)]

    def missing(self) -> list[TableEntry]:
        """Entries that could be filled by running something, or whose runs failed."""
        return [e for e in self.entries() if isinstance(e.own, EmptyCell) and not e.own.final]

    @cached_property
    def gaps(self) -> list[Gap]:
        """The cells that no run would fill, by column and reason; then those that lack runs.

        Rows that lack the same columns share a group; rows whose runs were tried stand alone.
        """
        final: dict[tuple[Column, str], list[TableEntry]] = defaultdict(list)
        for entry in self.entries():
            if isinstance(entry.own, EmptyCell) and entry.own.final:
                final[entry.column, entry.own.reason].append(entry)
        gaps = [Gap(tuple(e), f"{column.title}: {why}.") for (column, why), e in final.items()]
        rows: dict[tuple[Row, str], list[TableEntry]] = defaultdict(list)
        for entry in self.missing():
            rows[entry.row, _kind(entry.own)].append(entry)
        groups: dict[object, list[TableEntry]] = defaultdict(list)
        for (row, kind), entries in rows.items():
            columns = tuple(entry.column for entry in entries)
            groups[kind, columns, row if kind == STUCK else None] += entries
        return [*gaps, *(_gap(self.plan, entries) for entries in groups.values())]


def joint_tally(tables: Iterable[JudgedTable]) -> Tally:
    """The tally of several tables; a cell that several of them have counts in the first."""
    return tally_of([row for table in tables for row in table.rows])


def collect(plan: TablePlan, runs: StoredRuns) -> JudgedTable:
    """The table as far as its runs are made."""
    return JudgedTable(
        plan,
        tuple(
            tuple(
                TableEntry(plan, row, column, _own(plan, runs, row, column))
                for column in plan.columns
                if column.part == row.part
            )
            for row in plan.rows
        ),
    )


def _own(plan: TablePlan, runs: StoredRuns, row: Row, column: Column) -> Cell | EmptyCell:
    metric = plan.metrics[column]
    return cell_of(
        runs,
        plan.of(row, column),
        plan.fact(row, column),
        plan.select(row),
        collapse=plan.spec.collapse_fact(metric.name, row),
        summed=metric.cost,
    )


def _kind(own: Cell | EmptyCell) -> str:
    """Why it is empty, alike for reasons that differ only in numbers and places."""
    if not isinstance(own, EmptyCell):
        return ""
    if own.untouched:
        return NO_RUNS
    return STUCK if own.obstacle else own.reason


def _gap(plan: TablePlan, entries: Sequence[TableEntry]) -> Gap:
    """The cells that lack the same columns for the same reason."""
    part = entries[0].row.part
    datasets = list(dict.fromkeys(entry.row.dataset for entry in entries))
    columns = list(dict.fromkeys(entry.column for entry in entries))
    every = len(columns) == sum(column.part == part for column in plan.columns)
    who = "every column" if every else ", ".join(column.title for column in columns)
    own = [column_key(plan.spec, c) for c in columns if c in plan.spec.columns]
    all_own = len(own) == sum(column.part == part for column in plan.spec.columns)
    command = plan.conditions.command(
        datasets if len(datasets) < MANY else (),
        () if all_own else own,
        [column_key(plan.spec, c) for c in columns if c not in plan.spec.columns],
    )
    return Gap(tuple(entries), f"{', '.join(datasets)}: {who}: {_lack(entries)}.", command)


def _lack(entries: Sequence[TableEntry]) -> str:
    """What is missing; runs that several rows show are counted once."""
    places = {(entry.row.dataset, entry.column): entry.own for entry in entries}
    empty = [own for own in places.values() if isinstance(own, EmptyCell)]
    missing = sum(cell.missing for cell in empty)
    if _kind(entries[0].own) == STUCK:
        planned = sum(cell.planned for cell in empty)
        return f"{missing} of {planned} runs without a result: {empty[0].obstacle}"
    return f"{NO_RUNS} ({missing} to make)" if empty[0].untouched else empty[0].reason
