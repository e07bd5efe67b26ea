"""A table under every condition and in every metric it is shown in, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench.declared.tables import AS_PRINTED, Column, TableSpec
from bench.judge.cell import EmptyCell, StoredRuns
from bench.judge.collect import Collected, Entry, collect
from bench.judge.verdict import RULE
from bench.plan.query import Query
from bench.plan.selection import TablePlan, plan_table
from bench.render.sheet import Block, Note, Sheet, SheetCell, SheetRow
from bench.report.scope import Condition, Scope, conditions_of, records_of, scope_for, usual_budget
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.counts import catalogue_counter, count_table, counts_sheet
from bench.tables.sheet import sheet_of

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
    entry: Entry | None = None


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


@dataclass(frozen=True)
class View:
    """A table under one condition in one metric.

    Args:
        sheet: its caption and notes.
        table: None for a table of counts.
    """

    condition: Condition
    metric: str
    sheet: Sheet
    blocks: tuple[BlockView, ...]
    table: Collected | None = None

    def cells(self) -> Iterator[CellView]:
        """Every cell but totals."""
        return (cell for block in self.blocks for row in block.rows for cell in row.cells)


@dataclass(frozen=True)
class TableViews:
    """One table: its views by condition, each in all metrics; the first view is shown first.

    Args:
        plans: of each condition; empty for a table of counts.
    """

    spec: TableSpec
    conditions: tuple[Condition, ...]
    metrics: tuple[str, ...]
    views: tuple[tuple[View, ...], ...]
    plans: tuple[TablePlan, ...] = ()

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


def count_views(spec: TableSpec, scope: Scope) -> TableViews:
    """A table of counts under the split of every protocol, without loading any data."""
    conditions = tuple(
        Condition(protocol.key, named, protocol.title, "") for named, protocol in scope.protocols
    )
    return TableViews(
        spec, conditions, (spec.metric,), tuple((_count_view(spec, one),) for one in conditions)
    )


def score_views(
    spec: TableSpec, scope: Scope, records: Sequence[Record], store: Store
) -> TableViews | None:
    """A table of scores; None where none of the budgets asked for is for its data."""
    datasets = [row.dataset for row in spec.rows]
    own = records_of(spec, records)
    conditions = conditions_of(scope_for(spec, scope), datasets, usual_budget(spec), own)
    if not conditions:
        return None
    metrics = _metrics(spec)
    queries = (Query(spec.key, one.named, one.budget, metrics[0]) for one in conditions)
    plans = tuple(map(plan_table, queries))
    runs = StoredRuns(store)
    views = tuple(
        tuple(_score_view(plan, condition, metric, runs) for metric in metrics)
        for plan, condition in zip(plans, conditions, strict=True)
    )
    return TableViews(spec, conditions, metrics, views, plans)


def caption(sheet: Sheet) -> str:
    """The conditions as one sentence, without the rule, which the page says once."""
    text = "; ".join(phrase for phrase in sheet.caption if RULE not in phrase)
    return f"{text[:1].upper()}{text[1:]}."


def with_minus(text: str) -> str:
    """The text with the hyphens before numbers set as minus signs, as wide as a plus."""
    return re.sub(r"(?<![\w)])-(?=\d)", "\N{MINUS SIGN}", text)


def _count_view(spec: TableSpec, condition: Condition) -> View:
    sheet = counts_sheet(count_table(Query(spec.key, condition.named), catalogue_counter))
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
    state = "differs" if cell.printed and cell.change else cell.mark
    return CellView(replace(cell, change=with_minus(cell.change)), state if cell.own else EMPTY)


def _metrics(spec: TableSpec) -> tuple[str, ...]:
    """What a table can show, first what stands beside most printed numbers.

    That is its own metric, or each column's where they were printed in several.
    """
    allowed = spec.metrics or (spec.metric,)
    printed = {column.printed_metric for column in spec.columns if column.printed_metric}
    first = AS_PRINTED if len(printed) > 1 else spec.metric
    return tuple(dict.fromkeys([first, *allowed]))


def _score_view(plan: TablePlan, condition: Condition, metric: str, runs: StoredRuns) -> View:
    table = collect(replace(plan, metric=metric), runs)
    sheet = sheet_of(table)
    blocks = zip(sheet.blocks, _columns_of_blocks(table), strict=True)
    seen = tuple(_block(block, _entries(table, columns)) for block, columns in blocks)
    return View(condition, metric, sheet, seen, table)


def _columns_of_blocks(table: Collected) -> list[list[Column]]:
    """The columns of each block, in the order of the sheet's blocks."""
    found = []
    for part in dict.fromkeys(row.part for row, _ in table.rows):
        mine = [column for column in table.columns if column.part == part]
        for block in dict.fromkeys(column.block for column in mine):
            found.append([column for column in mine if column.block == block])
    return found


def _entries(table: Collected, columns: Sequence[Column]) -> list[list[Entry]]:
    """The entries of these columns, row by row; rows of another part have none."""
    rows = [[entry for entry in entries if entry.column in columns] for _, entries in table.rows]
    return [row for row in rows if row]


def _block(block: Block, entries: Sequence[Sequence[Entry]]) -> BlockView:
    rows = tuple(_row(line, row) for line, row in zip(block.lines, entries, strict=True))
    totals = (
        RowView(line.title, "", tuple(CellView(shown, "") for shown in line.cells))
        for line in block.totals
    )
    return BlockView(block.header, rows, tuple(totals))


def _row(line: SheetRow, entries: Sequence[Entry]) -> RowView:
    cells = (_score_cell(shown, entry) for shown, entry in zip(line.cells, entries, strict=True))
    return RowView(line.title, entries[0].row.dataset, tuple(cells))


def _score_cell(shown: SheetCell, entry: Entry) -> CellView:
    if isinstance(entry.own, EmptyCell):
        return CellView(shown, EMPTY, entry)
    change = entry.verdict.difference if entry.verdict else None
    text = "" if change is None else with_minus(f"{change:+.3f}")
    return CellView(replace(shown, change=text), shown.mark, entry)
