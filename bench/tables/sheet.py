"""From a collected table to text: its sheet with the rows of wins and of sums below, and its long
form; and how much of a table is there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import fsum

from bench.declared.published import Printed, Published
from bench.declared.tables import Column, TableSpec, read_table, three_digits
from bench.judge.cell import Cell, EmptyCell
from bench.judge.collect import JudgedTable
from bench.judge.tally import Wins, shared_wins, tally_sentences
from bench.judge.verdict import Outcome, TableEntry
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.render.files import Long
from bench.render.sheet import PART, Block, Note, Notes, Sheet, SheetCell, SheetRow
from bench.render.text import counted
from bench.store.store import Store
from bench.tables.notes import (
    Labels,
    caption_of,
    environment_sentences,
    grid_sentences,
    labels_of,
    search_sentences,
)


def file_name(table: JudgedTable) -> str:
    """The stem of a table's files: it names every condition that is not the usual one, so that one
    rendering never overwrites another."""
    plan = table.plan
    spec, conditions = plan.spec, plan.conditions
    protocol, budget = conditions.protocol.key, conditions.named_budget
    parts = [spec.key]
    parts += [plan.metric.name.replace("_", "-")] if plan.metric.name != spec.metric else []
    parts += [protocol] if protocol != spec.protocol_key else []
    parts += [budget] if budget else []
    added = dict.fromkeys(column.title for column in plan.columns if column not in spec.columns)
    parts += [f"with-{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}" for title in added]
    whole = set(plan.rows) >= set(spec.rows) and set(plan.columns) >= set(spec.columns)
    whole = whole and not conditions.seeds
    return "-".join(parts) + ("" if whole else PART)


def sheet_of(table: JudgedTable) -> Sheet:
    """The whole table as text."""
    notes = Notes()
    labels = labels_of(table, notes)
    own, printed = table.own_wins, table.printed_wins
    brief = [*wins_sentences(own, printed), *tally_sentences(table.tally)]
    remarks = [*(Note(text, brief=True) for text in brief), *map(Note, _remarks(table))]
    return Sheet(
        name=file_name(table),
        title=table.plan.spec.title,
        caption=caption_of(table),
        blocks=tuple(
            Block(
                tuple(column.title for column in columns),
                tuple(_rows(table, columns, labels, own)),
                (wins_row(table, columns, own),) if own or printed else sum_rows(table, columns),
            )
            for columns in column_groups(table)
        ),
        notes=(*notes.found, *remarks),
        compared=any(entry.printed for entry in table.entries()),
    )


def column_groups(table: JudgedTable) -> Iterator[list[Column]]:
    """The columns of each part and each block, in the order of the rows."""
    for part in dict.fromkeys(entries[0].row.part for entries in table.rows):
        mine = [column for column in table.plan.columns if column.part == part]
        for block in dict.fromkeys(column.block for column in mine):
            yield [column for column in mine if column.block == block]


def _rows(
    table: JudgedTable, columns: Sequence[Column], labels: Labels, wins: Sequence[Wins]
) -> Iterator[SheetRow]:
    for entries in table.rows:
        cells = [_cell(entry, labels, wins) for entry in entries if entry.column in columns]
        if cells:
            yield SheetRow(entries[0].row.title, tuple(cells))


def _cell(entry: TableEntry, labels: Labels, wins: Sequence[Wins]) -> SheetCell:
    place = (entry.row, entry.column)
    printed, printed_spread = printed_digits(entry.printed)
    right = entry.correction.printed if entry.correction else None
    corrected, corrected_spread = printed_digits(right)
    beside = SheetCell(
        printed=printed,
        printed_spread=printed_spread,
        corrected=corrected,
        corrected_spread=corrected_spread,
        notes=labels.own.get(place, ()),
        printed_notes=labels.printed.get(place, ()),
    )
    if isinstance(entry.own, EmptyCell):
        return beside
    metric = entry.metric
    return replace(
        beside,
        own=metric.digits(entry.own.mean),
        own_spread=metric.spread_digits(entry.own.std) if entry.own.n > 1 else "",
        mark=entry.verdict.outcome.value if entry.verdict else "",
        best=any(group.has(entry) for group in wins),
    )


def printed_digits(printed: Printed | None) -> tuple[str, str]:
    """A printed number and its std, with as many decimals as were printed."""
    if printed is None:
        return "", ""
    std = "" if printed.std is None else f"{printed.std:.{printed.decimals}f}"
    return f"{printed.mean:.{printed.decimals}f}", std


def _remarks(table: JudgedTable) -> list[str]:
    """What a reader has to know beyond the labelled notes and what a terminal says."""
    spec = table.plan.spec
    refused: dict[str, dict[str, None]] = defaultdict(dict)
    for entry in table.entries():
        if entry.verdict and entry.verdict.outcome is Outcome.NOT_COMPARABLE:
            refused[entry.verdict.reason][entry.column.title] = None
    return [
        *grid_sentences(table),
        *search_sentences(table),
        *environment_sentences(table),
        *(
            f"Not comparable with the printed numbers: {', '.join(titles)} ({reason})."
            for reason, titles in refused.items()
        ),
        *printed_count_check(spec, table.plan.prints.numbers),
        *spec.notes,
        *([spec.closing] if spec.closing else []),
    ]


def collected_rows(table: JudgedTable) -> list[Long]:
    """The table in long form, one line a cell; scores in percent, entropy in nats, costs in
    seconds."""
    return [entry.long for entry in table.entries()]


def table_states(queries: Sequence[Query], store: Store) -> list[dict[str, str | int]]:
    """For every table its title, where it was printed, and how many of its runs are there."""
    return [_state(query, store) for query in queries]


def _state(query: Query, store: Store) -> dict[str, str | int]:
    spec = read_table(query.name)
    base = {"table": spec.key, "title": spec.title, "printed": spec.printed}
    if spec.kind == "counts":
        return {**base, "there": "counted when asked"}
    jobs = plan_table(query).jobs
    made = len(jobs) - len(store.missing(jobs))
    return {**base, "there": f"{made} of {len(jobs)} runs", "runs": len(jobs), "made": made}


def wins_row(table: JudgedTable, columns: Sequence[Column], own: Sequence[Wins]) -> SheetRow:
    """Own wins counted over the rows shown; below them what the paper prints of all its rows."""
    counts = {title: count for group in own for title, count in group.counts.items()}
    cells, best = [], table.plan.spec.best or ""
    for column in columns:
        printed = table.plan.prints.numbers.get((best, column.printed_name))
        said = "" if printed is None else f"{printed.mean:.0f}"
        cells.append(SheetCell(own=str(counts.get(column.title, "")), printed=said))
    return SheetRow("#Best", tuple(cells))


def wins_sentences(own: Sequence[Wins], printed: Sequence[Wins]) -> list[str]:
    """Which of our columns were ranked together, and how often each printed column is best."""
    said = []
    if own:
        groups = [f"{', '.join(group.counts)} ({group})" for group in own]
        best = "; within ".join(groups)
        said.append(f"#Best of the own numbers is counted, ties shared, within {best}.")
    if printed:
        groups = [
            f"{', '.join(f'{title} {count}' for title, count in group.counts.items())} ({group})"
            for group in printed
        ]
        said.append(
            "Recounted over the rows shown, ties shared, within columns of one metric, the printed "
            f"numbers are best: {'; '.join(groups)}."
        )
    return said


def printed_count_check(spec: TableSpec, published: Published) -> list[str]:
    """One sentence on the printed row of wins: what it says and what its own digits give."""
    columns = [c for c in spec.columns if (spec.best or "", c.printed_name) in published]
    if not spec.best or not columns:
        return []
    said = [int(published[spec.best, c.printed_name].mean) for c in columns]
    rows = [
        {c.title: published[row.printed_name, c.printed_name].mean for c in columns}
        for row in spec.rows
    ]
    found = list(shared_wins([c.title for c in columns], rows).values())
    same = "the same" if found == said else ", ".join(str(count) for count in found)
    metrics = {c.printed_metric for c in columns}
    mixed = (
        f"; it ranks columns printed under {len(metrics)} metrics against each other, which is not "
        "repeated here"
        if len(metrics) > 1
        else ""
    )
    return [
        f"The printed {spec.best} row reads {', '.join(map(str, said))}. Counting the "
        f"printed digits of its {len(rows)} rows with ties shared gives {same}{mixed}."
    ]


def sum_rows(table: JudgedTable, columns: Sequence[Column]) -> tuple[SheetRow, ...]:
    """Below costs: their sum over complete rows, its ratio to that of the first column, and how
    many configurations are tried in a row; nothing below scores, or where no row is complete."""
    if not table.plan.metric.cost:
        return ()
    rows = [
        {entry.column: entry.own for entry in entries if isinstance(entry.own, Cell)}
        for entries in table.rows
    ]
    filled = [column for column in columns if any(column in row for row in rows)]
    complete = [row for row in rows if all(column in row for column in filled)]
    if not filled or not complete:
        return ()
    sums = {column: fsum(row[column].mean for row in complete) for column in filled}
    first = filled[0]
    over = counted(len(complete), "complete row")
    lines = {
        f"Sum over {over}": {c: three_digits(total) for c, total in sums.items()},
        f"Relative to {first.title}": {c: three_digits(sums[c] / sums[first]) for c in filled},
        "Configurations": {c: _range(row[c].configurations for row in complete) for c in filled},
    }
    return tuple(
        SheetRow(title, tuple(SheetCell(own=texts.get(column, "")) for column in columns))
        for title, texts in lines.items()
    )


def _range(counts: Iterable[int]) -> str:
    """The smallest and the largest, once where they are the same."""
    found = sorted(counts)
    return "-".join(str(count) for count in dict.fromkeys((found[0], found[-1])))
