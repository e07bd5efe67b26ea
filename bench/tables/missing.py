"""Notes on empty cells: rows that lack the same columns share one note with one command."""

from __future__ import annotations

from collections.abc import Sequence

from bench.declared.spec import Column, Row
from bench.judge.cell import Refusal
from bench.judge.collect import Collected, Entry
from bench.plan.names import column_key
from bench.render.sheet import Notes
from bench.tables.appended import appended_key

NO_RUNS = "no runs"
STUCK = "without a result"

MANY = 6
"""From so many datasets on, a command asks for all of the table instead of naming them."""


def missing_notes(table: Collected, notes: Notes) -> dict[tuple[Row, Column], str]:
    """Add a note for every group of empty cells; returns the label of each empty cell's note."""
    labels: dict[tuple[Row, Column], str] = {}
    for entries in _final(table).values():
        label = notes.label(f"{entries[0].column.title}: {_reason(entries[0])}.")
        labels |= {(e.row, e.column): label for e in entries}
    for group in _grouped(table):
        text, command = _sentence(table, group)
        label = notes.label(text, command)
        labels |= {(e.row, e.column): label for e in group}
    return labels


def _final(table: Collected) -> dict[tuple[Column, str], list[Entry]]:
    """Entries that no run would fill, by column and reason."""
    found: dict[tuple[Column, str], list[Entry]] = {}
    for entry in table.entries():
        if isinstance(entry.own, Refusal) and entry.own.final:
            found.setdefault((entry.column, entry.own.reason), []).append(entry)
    return found


def _grouped(table: Collected) -> list[list[Entry]]:
    """Empty entries of rows that lack the same columns; those with an obstacle row by row."""
    rows: dict[tuple[Row, str], list[Entry]] = {}
    for entry in table.missing():
        rows.setdefault((entry.row, _kind(entry)), []).append(entry)
    groups: dict[object, list[Entry]] = {}
    for (row, kind), entries in rows.items():
        columns = tuple(entry.column for entry in entries)
        groups.setdefault((kind, columns, row if kind == STUCK else ""), []).extend(entries)
    return list(groups.values())


def _kind(entry: Entry) -> str:
    """Why it is empty, alike for reasons that differ only in numbers and places."""
    if not isinstance(entry.own, Refusal):
        return ""
    if entry.own.untouched:
        return NO_RUNS
    return STUCK if entry.own.obstacle else entry.own.reason


def _reason(entry: Entry) -> str:
    return entry.own.reason if isinstance(entry.own, Refusal) else ""


def _sentence(table: Collected, group: Sequence[Entry]) -> tuple[str, str]:
    datasets = list(dict.fromkeys(entry.row.dataset for entry in group))
    columns = list(dict.fromkeys(entry.column for entry in group))
    shown = [c for c in table.columns if c.part == group[0].row.part]
    all_columns = len(columns) == len(shown)
    who = "every column" if all_columns else ", ".join(column.title for column in columns)
    text = f"{', '.join(datasets)}: {who}: {_what(group)}"
    own = [column_key(table.spec, c) for c in columns if c in table.spec.columns]
    usual = [c for c in table.spec.columns if c.part == group[0].row.part]
    appended = [appended_key(c) for c in columns if c not in table.spec.columns]
    command = table.ask.command(
        datasets if len(datasets) < MANY else (),
        () if len(own) == len(usual) else own,
    )
    command += "".join(f" --with {key}" for key in appended)
    return f"{text}.", command


def _what(group: Sequence[Entry]) -> str:
    """What is missing; runs that several rows show are counted once."""
    places = {(entry.row.dataset, entry.column): entry.own for entry in group}
    refusals = [own for own in places.values() if isinstance(own, Refusal)]
    missing = sum(refusal.missing for refusal in refusals)
    if _kind(group[0]) == STUCK:
        first = refusals[0].obstacle
        return f"{missing} of {sum(r.planned for r in refusals)} runs without a result: {first}"
    return f"{NO_RUNS} ({missing} to make)" if refusals[0].untouched else refusals[0].reason
