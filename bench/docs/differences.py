"""The page of known differences: every shipped cell that differs from the printed number with what
explains it, the earlier benchmark's table, and the same runs on two processors.

The explanations are in the file beside the page, docs/differences.toml; an unexplained difference
is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.declared.published import Printed
from bench.docs.markers import NOTHING, shipped_table, table_lines, with_markers_filled
from bench.errors import BenchError
from bench.folders import reference_folder
from bench.judge.cell import Cell
from bench.judge.collect import JudgedTable
from bench.judge.tally import counts_text
from bench.judge.verdict import Outcome, TableEntry
from bench.plan.query import Query
from bench.report.differences import Explanation, explained_by, read_explanations
from bench.store.records import Record
from bench.store.reference import read_reference
from bench.store.store import shipped_store
from iunet.declare.protocol import shipped_protocols

TABLES = (
    *("table5", "table4", "table3", "table1", "table2"),
    *("table6", "table6-random", "table6-trained"),
)
"""Tables that are compared."""

EARLIER = "table5-kadra"
"""The table that is made as the earlier benchmark made its columns."""

FAR = 3.0
"""A difference of so many points there is explained."""

TWO_PROCESSORS = "two-processors"
"""The folder of runs that two processors made, beside the shipped records."""

HEADER = ("row", "column", "ours", "printed", "difference", "why")
RULES = "| --- | --- | ---: | ---: | ---: | :---: |"


def with_differences(explanations: Path, text: str) -> str:
    """The page's text with what is between its markers made anew.

    Args:
        explanations: the file that declares them.

    Raises:
        BenchError: a marker is missing, or a cell differs and nothing explains it.
    """
    every = read_explanations(explanations)
    earlier = [one for one in every if EARLIER in one.tables]
    others = [one for one in every if EARLIER not in one.tables]
    text = with_markers_filled(text, "processor", lambda _: _processors())
    text = with_markers_filled(text, "earlier", lambda _: _earlier_table(earlier))
    return with_markers_filled(text, "cells", lambda _: _differing_cells(others))


def runs_on_two_processors() -> list[tuple[Record, Record]]:
    """The same runs on one processor and on another, by dataset and seed.

    Raises:
        BenchError: no records are shipped.
    """
    reference = reference_folder()
    if reference is None:
        raise BenchError("no records are shipped, so there is nothing to compare")
    folder = reference.parent / TWO_PROCESSORS
    first, second = (read_reference(folder / one)[0] for one in ("first", "second"))
    pairs = [(first[run].record, second[run].record) for run in first]
    return sorted(pairs, key=lambda pair: (pair[0].dataset, pair[0].seed))


def _processors() -> str:
    """What another processor moves, in one sentence, and the table behind it."""
    runs = runs_on_two_processors()
    moved = max(abs(_points(second) - _points(first)) for first, second in runs)
    epochs = sum(_epoch(first) != _epoch(second) for first, second in runs)
    header = ("dataset", "seed", "one processor", "another")
    rows = [
        (
            pair[0].dataset,
            str(pair[0].seed),
            *(f"{_points(record):.1f}, epoch {_epoch(record)}" for record in pair),
        )
        for pair in runs
    ]
    return (
        f"With equal settings, seeds and library versions, another processor reports another epoch "
        f"in {epochs} of {len(runs)} runs and moves their balanced accuracy by up to "
        f"{moved:.1f} points. Balanced accuracy in percent, and the reported epoch:\n\n"
        f"{table_lines(header, '| --- | ---: | ---: | ---: |', rows)}"
    )


def _points(record: Record) -> float:
    return round(100 * float(record.result["metrics"]["balanced_accuracy"]), 1)


def _epoch(record: Record) -> int:
    return int(record.result["facts"]["reported_epoch"])


def _earlier_table(explanations: Sequence[Explanation]) -> str:
    """The table that does as the earlier benchmark did, cell by cell beside the printed numbers."""
    with shipped_store() as store:
        table = shipped_table(store, Query(EARLIER))
    if table is None:
        return NOTHING
    rows, near = [], 0
    for entry, own, printed in _pairs(table):
        far = abs(100 * own.mean - printed.mean) > FAR
        near += not far
        why = _explanation(explanations, table, entry) if far else ""
        rows.append(_row(entry, own, printed, why))
    within = f"{near} of {len(rows)} cells lie within {FAR:g} points of the printed number."
    return f"{within}\n\n{table_lines(HEADER, RULES, rows)}\n\n{_numbered(explanations)}"


def _differing_cells(explanations: Sequence[Explanation]) -> str:
    """Counts and one row a differing cell, table by table and protocol by protocol."""
    parts = []
    with shipped_store() as store:
        for query in (Query(name, key) for name in TABLES for key in shipped_protocols()):
            table = shipped_table(store, query)
            if table is not None and any(entry.verdict for entry in table.entries()):
                parts.append(_differing_part(table, explanations))
    if not parts:
        return NOTHING
    return "\n\n".join([*parts, "### What goes with them", _numbered(explanations)])


def _differing_part(table: JudgedTable, explanations: Sequence[Explanation]) -> str:
    name, counts = table.plan.spec.printed or table.plan.spec.key, counts_text(table.tally)
    title = f"### {name}, protocol `{table.plan.conditions.protocol.key}`: {counts}"
    rows = [
        _row(entry, own, printed, _explanation(explanations, table, entry), spread=True)
        for entry, own, printed in _pairs(table)
        if entry.outcome is Outcome.DIFFERS
    ]
    return f"{title}\n\n{table_lines(HEADER, RULES, rows)}" if rows else title


def _pairs(table: JudgedTable) -> Iterator[tuple[TableEntry, Cell, Printed]]:
    """The entries that have a number of ours and a printed one, with both."""
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.target is not None:
            yield entry, entry.own, entry.target


def _row(
    entry: TableEntry, own: Cell, printed: Printed, why: str, *, spread: bool = False
) -> tuple[str, ...]:
    ours, theirs = f"{100 * own.mean:.2f}", f"{printed.mean:.2f}"
    if spread:
        ours += f" ± {100 * own.std:.2f}"
        theirs += "" if printed.std is None else f" ± {printed.std:.2f}"
    change = f"{100 * own.mean - printed.mean:+z.2f}"
    return entry.row.title, entry.column.title, ours, theirs, change, why


def _explanation(explanations: Sequence[Explanation], table: JudgedTable, entry: TableEntry) -> str:
    """The number of the explanation that stands below the cells.

    Raises:
        BenchError: none fits.
    """
    number = explained_by(explanations, table, entry)
    if not number:
        raise BenchError(
            f"{table.plan.spec.key}, {entry.row.dataset}, {entry.column.method}, "
            f"{table.plan.conditions.protocol.key}: differs from the printed number and no "
            "explanation fits"
        )
    return str(number)


def _numbered(explanations: Sequence[Explanation]) -> str:
    return "\n".join(f"{number}. {one.text}" for number, one in enumerate(explanations, 1))
