"""The empty cells of a table in groups, each with a sentence and the command that makes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.declared.spec import Column, Row
from bench.judge.cell import Refusal
from bench.judge.collect import Collected, Entry
from bench.plan.query import column_key
from bench.plan.selection import appended_key

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
        if isinstance(entry.own, Refusal) and entry.own.final:
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
    if not isinstance(entry.own, Refusal):
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
    refusals = [own for own in places.values() if isinstance(own, Refusal)]
    missing = sum(refusal.missing for refusal in refusals)
    if _kind(entries[0]) == STUCK:
        planned = sum(refusal.planned for refusal in refusals)
        return f"{missing} of {planned} runs without a result: {refusals[0].obstacle}"
    return f"{NO_RUNS} ({missing} to make)" if refusals[0].untouched else refusals[0].reason
