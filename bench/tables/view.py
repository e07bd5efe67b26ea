"""From a collected table to text: digits, marks, notes and totals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.declared.published import Printed
from bench.declared.spec import Column, Row
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.metrics import metric_named
from bench.judge.tally import tally_of, tally_sentences
from bench.judge.verdict import Outcome
from bench.plan.budget import default_budget
from bench.render.files import csv_text, write_sheet
from bench.render.sheet import PART, Block, Note, Notes, Sheet, SheetCell, SheetRow
from bench.tables.caption import caption_of, environment_sentences, grid_sentences, search_sentences
from bench.tables.flags import Flags, flags_of
from bench.tables.long import collected_rows
from bench.tables.missing import missing_notes
from bench.tables.sums import sum_lines
from bench.tables.wins import (
    Wins,
    own_note,
    own_wins,
    printed_count_check,
    printed_note,
    printed_wins,
)


def file_name(table: Collected) -> str:
    """The stem of a table's files: it names every condition that is not the usual one, so that one
    rendering never overwrites another."""
    spec, ask = table.spec, table.ask
    parts = [spec.key]
    parts += [ask.metric.replace("_", "-")] if ask.metric != spec.metric else []
    parts += [ask.protocol] if ask.protocol != Path(spec.usual_protocol).stem else []
    parts += [ask.budget] if ask.budget != (spec.budget or default_budget()) else []
    added = [_plain(column.title) for column in table.columns if column not in spec.columns]
    parts += [f"with-{name}" for name in dict.fromkeys(added)]
    whole = {row for row, _ in table.rows} >= set(spec.rows)
    whole = whole and set(table.columns) >= set(spec.columns) and not ask.seeds
    return "-".join(parts) + ("" if whole else PART)


def _plain(title: str) -> str:
    """A column's title as part of a file's name."""
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


def sheet_of(table: Collected) -> Sheet:
    """The whole table as text."""
    notes = Notes()
    labels = missing_notes(table, notes)
    marking = _Marking(
        empty=labels,
        flags=flags_of(table, notes),
        own=own_wins(table) if table.spec.best else [],
        printed=printed_wins(table) if table.spec.best else [],
    )
    return Sheet(
        name=file_name(table),
        title=table.spec.title,
        caption=caption_of(table),
        blocks=tuple(_blocks(table, marking)),
        notes=(*notes.found, *_remarks(table, marking)),
        compared=any(entry.printed for entry in table.entries()),
    )


def render(table: Collected, folder: Path) -> list[Path]:
    """Write a collected table as <name>.md, .tex and .csv, and the document that compiles.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    return write_sheet(sheet_of(table), csv_text(collected_rows(table)), folder)


@dataclass(frozen=True)
class _Marking:
    """What stands beside numbers: labels of empty cells, of filled ones, and who is best."""

    empty: Mapping[tuple[Row, Column], str]
    flags: Flags
    own: Sequence[Wins]
    printed: Sequence[Wins]


def _blocks(table: Collected, marking: _Marking) -> Iterator[Block]:
    """A block for each part and each block of its columns, in the order of the rows."""
    for part in dict.fromkeys(row.part for row, _ in table.rows):
        mine = [column for column in table.columns if column.part == part]
        for block in dict.fromkeys(column.block for column in mine):
            yield _block(table, [column for column in mine if column.block == block], marking)


def _block(table: Collected, columns: Sequence[Column], marking: _Marking) -> Block:
    lines = []
    for row, entries in table.rows:
        shown = [entry for entry in entries if entry.column in columns]
        if shown:
            cells = tuple(_shown(entry, marking) for entry in shown)
            lines.append(SheetRow(row.title, cells))
    totals = sum_lines(table, columns) if metric_named(table.ask.metric).cost else ()
    if marking.own or marking.printed:
        totals = (_totals(table, columns, marking.own),)
    return Block(tuple(column.title for column in columns), tuple(lines), totals)


def _shown(entry: Entry, marking: _Marking) -> SheetCell:
    place = (entry.row, entry.column)
    printed, printed_spread = printed_digits(entry.printed)
    right = entry.correction.printed if entry.correction else None
    corrected, corrected_spread = printed_digits(right)
    beside = SheetCell(
        printed=printed,
        printed_spread=printed_spread,
        corrected=corrected,
        corrected_spread=corrected_spread,
        printed_notes=marking.flags.printed.get(place, ()),
    )
    if not isinstance(entry.own, Cell):
        label = marking.empty.get(place)
        return replace(beside, notes=(label,) if label else ())
    metric = metric_named(entry.metric)
    return replace(
        beside,
        own=metric.digits(entry.own.mean),
        own_spread=metric.spread_digits(entry.own.std) if entry.own.n > 1 else "",
        mark=entry.verdict.outcome.value if entry.verdict else "",
        best=_is_best(entry, marking.own),
        notes=marking.flags.own.get(place, ()),
    )


def _is_best(entry: Entry, wins: Sequence[Wins]) -> bool:
    row = (entry.row.dataset, entry.row.title)
    return any(
        entry.metric == group.metric and entry.column.title in group.winners.get(row, ())
        for group in wins
    )


def printed_digits(printed: Printed | None) -> tuple[str, str]:
    """A printed number and its std, with as many decimals as were printed."""
    if printed is None:
        return "", ""
    std = "" if printed.std is None else f"{printed.std:.{printed.decimals}f}"
    return f"{printed.mean:.{printed.decimals}f}", std


def _totals(table: Collected, columns: Sequence[Column], own: Sequence[Wins]) -> SheetRow:
    """Own wins counted over the rows shown; below them what the paper prints of all its rows."""
    counted = {title: count for group in own for title, count in group.counts.items()}
    cells = []
    for column in columns:
        printed = table.published.get((table.spec.best or "", column.printed_name))
        said = "" if printed is None else f"{printed.mean:.0f}"
        cells.append(SheetCell(own=str(counted.get(column.title, "")), printed=said))
    return SheetRow("#Best", tuple(cells))


def _remarks(table: Collected, marking: _Marking) -> list[Note]:
    """What a reader has to know beyond the labelled notes."""
    ranked = [own_note(marking.own)] if marking.own else []
    ranked += [printed_note(marking.printed)] if marking.printed else []
    check = printed_count_check(table.spec, table.published) if table.spec.best else None
    ranked += tally_sentences(tally_of([table]))
    texts = [
        *grid_sentences(table),
        *search_sentences(table),
        *environment_sentences(table),
        *_refused_comparisons(table),
        *([check] if check else []),
        *table.spec.notes,
        *([table.spec.closing] if table.spec.closing else []),
    ]
    return [*(Note(text, brief=True) for text in ranked), *(Note(text) for text in texts)]


def _refused_comparisons(table: Collected) -> list[str]:
    groups: dict[str, list[str]] = {}
    for entry in table.entries():
        if entry.verdict and entry.verdict.outcome is Outcome.NOT_COMPARABLE:
            titles = groups.setdefault(entry.verdict.reason, [])
            if entry.column.title not in titles:
                titles.append(entry.column.title)
    return [
        f"Not comparable with the printed numbers: {', '.join(titles)} ({reason})."
        for reason, titles in groups.items()
    ]
