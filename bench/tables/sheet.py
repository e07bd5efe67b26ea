"""From a judged table to text: its sheet with the rows of wins and of sums below, and its long
form; and how much of a table is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import fsum

from bench.declared.published import Printed
from bench.declared.tables import Column, read_table, three_digits
from bench.errors import UsageError
from bench.judge.cell import Cell, EmptyCell
from bench.judge.collect import JudgedTable
from bench.judge.tally import Wins, shared_wins, tally_sentences
from bench.judge.verdict import RULE, TableEntry
from bench.plan.query import Query, conditions_of
from bench.plan.selection import TablePlan, plan_table
from bench.render.files import Long
from bench.render.sheet import PART, Block, Note, Notes, Sheet, SheetCell, SheetRow
from bench.render.text import counted, first_up
from bench.store.store import Store
from bench.tables.notes import (
    Labels,
    caption_of,
    column_sentences,
    ends_text,
    labels_of,
    run_sentences,
)


def file_name(table: JudgedTable) -> str:
    """The stem of a table's files: it names every condition that is not the usual one, so that one
    rendering never overwrites another."""
    plan = table.plan
    spec, conditions = plan.spec, plan.conditions
    parts = [spec.key]
    parts += [plan.metric.name.replace("_", "-")] if plan.metric.name != spec.metric else []
    parts += conditions.unusual
    added = dict.fromkeys(column.title for column in plan.columns if column not in spec.columns)
    parts += [f"with-{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}" for title in added]
    whole = set(plan.rows) >= set(spec.rows) and set(plan.columns) >= set(spec.columns)
    whole = whole and not conditions.seeds
    return "-".join(parts) + ("" if whole else PART)


def sheet_of(table: JudgedTable) -> Sheet:
    """The whole table as text."""
    notes, spec = Notes(), table.plan.spec
    labels = labels_of(table, notes)
    brief = [f"{first_up(RULE)}."] if table.tally.compared else []
    brief += [*_wins_sentences(table), *tally_sentences(table.tally), *run_sentences(table)]
    remarks = [*column_sentences(table), *_printed_count_check(table.plan), *spec.notes]
    remarks += [spec.closing] if spec.closing else []
    return Sheet(
        name=file_name(table),
        title=spec.title,
        caption=caption_of(table),
        blocks=tuple(
            Block(
                tuple(column.title for column in columns),
                tuple(_rows(table, columns, labels)),
                tuple(_totals(table, columns)),
                whole_header=tuple(column.whole_title for column in columns),
            )
            for columns in column_groups(table)
        ),
        notes=(*notes.found, *(Note(text, brief=True) for text in brief), *map(Note, remarks)),
        compared=any(entry.printed for entry in table.entries()),
    )


def column_groups(table: JudgedTable) -> Iterator[list[Column]]:
    """The columns of each part and each block, in the order of the rows."""
    for part in dict.fromkeys(entries[0].row.part for entries in table.rows):
        mine = [column for column in table.plan.columns if column.part == part]
        for block in dict.fromkeys(column.block for column in mine):
            yield [column for column in mine if column.block == block]


def _rows(
    table: JudgedTable, columns: Sequence[Column], labels: tuple[Labels, Labels]
) -> Iterator[SheetRow]:
    for entries in table.rows:
        mine = [entry for entry in entries if entry.column in columns]
        if mine:
            cells = tuple(_cell(entry, labels, table.own_wins) for entry in mine)
            yield SheetRow(mine[0].row.title, cells)


def _cell(entry: TableEntry, labels: tuple[Labels, Labels], wins: Sequence[Wins]) -> SheetCell:
    printed, printed_spread = printed_digits(entry.printed)
    right = entry.correction.printed if entry.correction else None
    corrected, corrected_spread = printed_digits(right)
    notes, printed_notes = (found.get((entry.row, entry.column), ()) for found in labels)
    cell = SheetCell(
        printed=printed,
        printed_spread=printed_spread,
        corrected=corrected,
        corrected_spread=corrected_spread,
        notes=notes,
        printed_notes=printed_notes,
    )
    if isinstance(entry.own, EmptyCell):
        return cell
    return replace(
        cell,
        own=entry.metric.digits(entry.own.mean),
        own_spread=entry.metric.spread_digits(entry.own.std) if entry.own.n > 1 else "",
        mark=entry.outcome.value if entry.outcome else "",
        best=any(group.has(entry) for group in wins),
    )


def printed_digits(printed: Printed | None) -> tuple[str, str]:
    """A printed number and its std, with as many decimals as were printed."""
    if printed is None:
        return "", ""
    std = "" if printed.std is None else f"{printed.std:.{printed.decimals}f}"
    return f"{printed.mean:.{printed.decimals}f}", std


def collected_rows(table: JudgedTable) -> list[Long]:
    """The table in long form, one line a cell; scores in percent, entropy in nats, costs in
    seconds."""
    return [entry.long for entry in table.entries()]


def table_states(queries: Sequence[Query], store: Store) -> Iterator[dict[str, str | int]]:
    """For every table its title, where it was printed, and how many of its runs are there.

    Raises:
        UsageError, UnknownKey, ProtocolError: a protocol or budget that nobody declared.
    """
    for query in queries:
        budget = conditions_of(query).budget
        spec = read_table(query.name)
        base = {"table": spec.key, "title": spec.title, "printed": spec.printed}
        if spec.kind == "counts":
            yield {**base, "there": "counted when asked"}
            continue
        try:
            jobs = plan_table(query).jobs
        except UsageError:  # some budgets are for the paper's datasets, others for embedded ones
            yield {**base, "there": f"not for budget {budget.key}"}
            continue
        made = len(jobs) - len(store.missing(jobs))
        yield {**base, "there": f"{made} of {len(jobs)} runs", "runs": len(jobs), "made": made}


def _totals(table: JudgedTable, columns: Sequence[Column]) -> Iterator[SheetRow]:
    """Below scores how often each column is best, where the table counts that; below costs their
    sums."""
    if table.own_wins or table.printed_wins:
        yield _wins_row(table, columns)
    elif table.plan.metric.cost:
        yield from _sum_rows(table, columns)


def _wins_row(table: JudgedTable, columns: Sequence[Column]) -> SheetRow:
    """Own wins counted over the rows shown; below them what the paper prints of all its rows."""
    counts = {title: count for group in table.own_wins for title, count in group.counts.items()}
    cells, best = [], table.plan.spec.best or ""
    for column in columns:
        printed = table.plan.prints.numbers.get((best, column.printed_name))
        said = "" if printed is None else f"{printed.mean:.0f}"
        cells.append(SheetCell(own=str(counts.get(column.title, "")), printed=said))
    return SheetRow("#Best", tuple(cells))


def _wins_sentences(table: JudgedTable) -> Iterator[str]:
    """Which of our columns were ranked together, and how often each printed column is best."""
    own = [f"{', '.join(group.counts)} ({group})" for group in table.own_wins]
    printed = [
        f"{', '.join(f'{title} {count}' for title, count in group.counts.items())} ({group})"
        for group in table.printed_wins
    ]
    if own:
        best = "; within ".join(own)
        yield f"#Best of the own numbers is counted, ties shared, within {best}."
    if printed:
        yield (
            "Recounted with ties shared, within columns of one metric, the printed numbers are "
            f"best: {'; '.join(printed)}."
        )


def _printed_count_check(plan: TablePlan) -> Iterator[str]:
    """What the printed row of wins says and what its own digits give."""
    spec, published = plan.spec, plan.prints.numbers
    columns = [c for c in spec.columns if (spec.best or "", c.printed_name) in published]
    if not spec.best or not columns:
        return
    said = [int(published[spec.best, c.printed_name].mean) for c in columns]
    rows = [
        {c.title: published[row.printed_name, c.printed_name].mean for c in columns}
        for row in spec.rows
    ]
    found = list(shared_wins([c.title for c in columns], rows).values())
    same = "the same" if found == said else ", ".join(map(str, found))
    metrics = {c.printed_metric for c in columns}
    mixed = (
        f"; it ranks columns printed under {len(metrics)} metrics against each other, which is not "
        "repeated here"
    )
    yield (
        f"The printed {spec.best} row reads {', '.join(map(str, said))}. Counting the printed "
        f"digits of its {len(rows)} rows with ties shared gives {same}"
        f"{mixed if len(metrics) > 1 else ''}."
    )


def _sum_rows(table: JudgedTable, columns: Sequence[Column]) -> Iterator[SheetRow]:
    """Costs summed over complete rows, the ratio to the first column's sum, and how many
    configurations are tried in a row; nothing where no row is complete."""
    rows = [
        {entry.column: entry.own for entry in entries if isinstance(entry.own, Cell)}
        for entries in table.rows
    ]
    filled = [column for column in columns if any(column in row for row in rows)]
    complete = [row for row in rows if all(column in row for column in filled)]
    if not filled or not complete:
        return
    sums = {column: fsum(row[column].mean for row in complete) for column in filled}
    first = filled[0]
    lines = {
        f"Sum over {counted(len(complete), 'complete row')}": {
            c: three_digits(sums[c]) for c in filled
        },
        f"Relative to {first.title}": {c: three_digits(sums[c] / sums[first]) for c in filled},
        "Configurations": {c: ends_text(row[c].configurations for row in complete) for c in filled},
    }
    for title, texts in lines.items():
        yield SheetRow(title, tuple(SheetCell(own=texts.get(c, "")) for c in columns))
