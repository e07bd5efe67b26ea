"""A table under every condition and in every metric it is shown in, cell by cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bench.declared.tables import AS_PRINTED, Column, TableSpec, metric_named
from bench.judge.cell import Cell, EmptyCell, StoredRuns
from bench.judge.collect import JudgedTable, collect
from bench.judge.tally import Tally
from bench.judge.verdict import Outcome, TableEntry
from bench.plan.budget import default_budget
from bench.plan.query import Query
from bench.plan.selection import TablePlan, plan_table
from bench.render.sheet import EQUAL, Block, Note, Sheet, SheetCell
from bench.report.scope import Condition, Scope, conditions_of
from bench.store.records import Record
from bench.tables.counts import catalogue_counts, count_table, counts_sheet
from bench.tables.sheet import column_groups, sheet_of
from iunet.declare.protocol import find_protocol

EMPTY = "empty"
COUNTED = Note(
    "Counted from the catalogue and the protocol's split, without loading data: every load is "
    "checked against the same counts."
)


@dataclass(frozen=True)
class CellView:
    """One cell of one view.

    Args:
        shown: its numbers as text; `change` is ours minus the printed one where they are compared.
        state: the verdict, EMPTY, or nothing where nothing was printed.
        entry: what it was made from; None in totals and in tables of counts.
    """

    shown: SheetCell
    state: str
    entry: TableEntry | None = None


@dataclass(frozen=True)
class RowView:
    """One row of a block: its title, the key of its dataset, and its cells."""

    title: str
    dataset: str
    cells: tuple[CellView, ...]

    @property
    def bare(self) -> bool:
        """Whether it has no number of ours."""
        return not any(cell.shown.own for cell in self.cells)


@dataclass(frozen=True)
class BlockView:
    """Rows that share columns, and the rows of totals below them."""

    header: tuple[str, ...]
    rows: tuple[RowView, ...]
    totals: tuple[RowView, ...] = ()

    @property
    def parts(self) -> list[str]:
        """What some cell holds beside its number, for which every cell then keeps room."""
        shown = [cell.shown for row in (*self.rows, *self.totals) for cell in row.cells]
        there = {
            "spread": any(one.own_spread or one.printed_spread for one in shown),
            "noted": any(one.notes or one.printed_notes for one in shown),
            "changed": any(one.change for one in shown),
            "marked": any(one.mark for one in shown),
        }
        return [name for name, holds in there.items() if holds]


@dataclass(frozen=True)
class View:
    """A table under one condition in one metric.

    Args:
        sheet: its caption and notes.
        plan, table: what was planned and collected; None for a table of counts.
    """

    condition: Condition
    metric: str
    sheet: Sheet
    blocks: tuple[BlockView, ...]
    plan: TablePlan | None = None
    table: JudgedTable | None = None

    @property
    def cells(self) -> Iterator[CellView]:
        """Every cell but totals."""
        return (cell for block in self.blocks for row in block.rows for cell in row.cells)

    @cached_property
    def tally(self) -> Tally:
        """Its cells by verdict; of counts, the same number agrees, rounded or not."""
        if self.table:
            return self.table.tally
        states = Counter(cell.state for cell in self.cells)
        differ = states[Outcome.DIFFERS.value]
        agree = sum(states[equal] for equal in EQUAL)
        return Tally(agree=agree, differ=differ, empty=states[EMPTY])

    @property
    def alone(self) -> int:
        """How many numbers of ours stand beside nothing printed."""
        entries = self.table.entries() if self.table else []
        return sum(isinstance(one.own, Cell) and one.target is None for one in entries)


@dataclass(frozen=True)
class TableViews:
    """One table: its views by condition, each in all metrics; the first view is shown first."""

    spec: TableSpec
    views: tuple[tuple[View, ...], ...]

    @property
    def by_condition(self) -> tuple[View, ...]:
        """Of each condition the view in the metric that is shown first."""
        return tuple(views[0] for views in self.views)

    @property
    def first(self) -> View:
        """What is shown where nobody chooses."""
        return self.views[0][0]

    @property
    def title(self) -> str:
        """What a reader calls it: Table 6, random; Controls."""
        key = self.spec.key
        numbered = re.sub(r"^table(\d+)-?", r"Table \1, ", key).removesuffix(", ")
        return numbered if numbered != key else key.replace("-", " ").capitalize()


def printed_scores(tables: Iterable[TableViews]) -> list[tuple[Condition, JudgedTable]]:
    """The printed tables of scores under each of their conditions, in the metric shown first."""
    views = (view for table in tables if table.spec.printed for view in table.by_condition)
    return [(view.condition, view.table) for view in views if view.table]


def count_views(spec: TableSpec, scope: Scope) -> TableViews:
    """A table of counts under the split of every protocol, without loading any data."""
    conditions = (
        Condition(protocol.key, named, protocol.title, "") for named, protocol in scope.protocols
    )
    return TableViews(spec, tuple((_count_view(spec, one),) for one in conditions))


def score_views(
    spec: TableSpec, scope: Scope, records: Sequence[Record], runs: StoredRuns
) -> TableViews | None:
    """A table of scores, under its own protocol where it has one and the user names none; None
    where none of the budgets asked for is for its data, or where nothing is printed, recorded or
    named.

    Args:
        records: those it is shown for, see own_records.
    """
    if not (spec.printed or records or scope.chosen):
        return None
    if spec.protocol and not scope.chosen:
        own_protocol = find_protocol(spec.usual_protocol)
        scope = replace(scope, protocols=((spec.usual_protocol, own_protocol),))
    datasets = [row.dataset for row in spec.rows]
    conditions = conditions_of(scope, datasets, spec.budget or default_budget(), records)
    views = tuple(_score_views(spec, condition, runs) for condition in conditions)
    return TableViews(spec, views) if views else None


def with_minus(text: str) -> str:
    """The text with the hyphens before numbers set as minus signs, as wide as a plus."""
    return re.sub(r"(?<![\w)])-(?=\d)", "\N{MINUS SIGN}", text)


def _count_view(spec: TableSpec, condition: Condition) -> View:
    sheet = counts_sheet(count_table(Query(spec.key, condition.named), catalogue_counts))
    (block,) = sheet.blocks
    rows = tuple(
        RowView(line.title, row.dataset, tuple(map(_count_cell, line.cells)))
        for line, row in zip(block.lines, spec.rows, strict=True)
    )
    phrases = tuple(phrase for phrase in sheet.caption if "not at hand" not in phrase)
    sheet = replace(sheet, notes=(*sheet.notes, COUNTED), caption=phrases)
    return View(condition, spec.metric, sheet, (BlockView(block.header, rows),))


def _count_cell(cell: SheetCell) -> CellView:
    """Its state is whether the printed count is the same; nothing where none was printed."""
    state = Outcome.DIFFERS.value if cell.printed and cell.change else cell.mark
    return CellView(replace(cell, change=with_minus(cell.change)), state if cell.own else EMPTY)


def _score_views(spec: TableSpec, condition: Condition, runs: StoredRuns) -> tuple[View, ...]:
    """One condition in every metric the table can show, first what stands beside most printed
    numbers: its own metric, or each column's where they were printed in several."""
    printed = {column.printed_metric for column in spec.columns if column.printed_metric}
    first = AS_PRINTED if len(printed) > 1 else spec.metric
    plan = plan_table(Query(spec.key, condition.named, condition.budget, first), runs.store.planner)
    metrics = map(metric_named, dict.fromkeys([first, *spec.every_metric]))
    return tuple(_score_view(replace(plan, metric=metric), condition, runs) for metric in metrics)


def _score_view(plan: TablePlan, condition: Condition, runs: StoredRuns) -> View:
    table = collect(plan, runs)
    sheet = sheet_of(table)
    blocks = zip(sheet.blocks, column_groups(table), strict=True)
    shown = tuple(_score_block(block, table, columns) for block, columns in blocks)
    return View(condition, plan.metric.name, sheet, shown, plan, table)


def _score_block(block: Block, table: JudgedTable, columns: Sequence[Column]) -> BlockView:
    """A block of a sheet with the entries of its cells; rows of another part have none."""
    entries = ([one for one in row if one.column in columns] for row in table.rows)
    rows = (
        RowView(line.title, own[0].row.dataset, _score_cells(line.cells, own))
        for line, own in zip(block.lines, filter(None, entries), strict=True)
    )
    totals = (
        RowView(line.title, "", tuple(CellView(shown, "") for shown in line.cells))
        for line in block.totals
    )
    return BlockView(block.heads, tuple(rows), tuple(totals))


def _score_cells(cells: Sequence[SheetCell], entries: Sequence[TableEntry]) -> tuple[CellView, ...]:
    return tuple(_score_cell(*pair) for pair in zip(cells, entries, strict=True))


def _score_cell(shown: SheetCell, entry: TableEntry) -> CellView:
    if isinstance(entry.own, EmptyCell):
        return CellView(shown, EMPTY, entry)
    text = "" if entry.difference is None else with_minus(f"{entry.difference:+.3f}")
    return CellView(replace(shown, change=text), shown.mark, entry)
