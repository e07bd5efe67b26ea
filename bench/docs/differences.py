"""The page of known differences: every shipped cell that differs from the printed number with what
explains it, the earlier benchmark's table, and the same runs on two processors.

The explanations are in the file beside the page, docs/differences.toml; an unexplained difference
is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.docs.markers import filled, shipped_table
from bench.errors import BenchError
from bench.folders import reference_folder
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.tally import counts_text, tally_of
from bench.judge.verdict import Outcome
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

HEAD = """\
| row | column | ours | printed | difference | why |
| --- | --- | ---: | ---: | ---: | :---: |"""
PROCESSORS_HEAD = """\
| dataset | seed | one processor | another |
| --- | ---: | ---: | ---: |"""


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
    text = filled(text, "processor", lambda _: processor_part())
    text = filled(text, "earlier", lambda _: _earlier_part(earlier))
    return filled(text, "cells", lambda _: _cells_part(others))


def processor_part() -> str:
    """What another processor moves, in one sentence, and the table behind it."""
    runs = made_twice()
    moved = max(abs(_points(second) - _points(first)) for first, second in runs)
    epochs = sum(_epoch(first) != _epoch(second) for first, second in runs)
    rows = [
        f"| {pair[0].dataset} | {pair[0].seed} | "
        + " | ".join(f"{_points(record):.1f}, epoch {_epoch(record)}" for record in pair)
        + " |"
        for pair in runs
    ]
    said = (
        f"With equal settings, seeds and library versions, another processor reports another epoch "
        f"in {epochs} of {len(runs)} runs and moves their balanced accuracy by up to "
        f"{moved:.1f} points. Balanced accuracy in percent, and the reported epoch:"
    )
    return "\n".join([said, "", PROCESSORS_HEAD, *rows])


def made_twice() -> list[tuple[Record, Record]]:
    """The same runs on one processor and on another, by dataset and seed.

    Raises:
        BenchError: no records are shipped.
    """
    reference = reference_folder()
    if reference is None:
        raise BenchError("no records are shipped, so there is nothing to compare")
    folder = reference.parent / TWO_PROCESSORS
    first, second = (read_reference(folder / one) for one in ("first", "second"))
    pairs = [(first[run].record, second[run].record) for run in first]
    return sorted(pairs, key=lambda pair: (pair[0].dataset, pair[0].seed))


def _points(record: Record) -> float:
    return round(100 * float(record.result["metrics"]["balanced_accuracy"]), 1)


def _epoch(record: Record) -> int:
    return int(record.result["facts"]["reported_epoch"])


def _earlier_part(explanations: Sequence[Explanation]) -> str:
    """The table that does as the earlier benchmark did, cell by cell beside the printed numbers."""
    with shipped_store() as store:
        table = shipped_table(store, Query(EARLIER))
    if table is None:
        return "No records are shipped yet."
    rows, near = [], 0
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.target is not None:
            difference = 100 * entry.own.mean - entry.target.mean
            far = abs(difference) > FAR
            near += not far
            why = _why(explanations, table, entry) if far else ""
            ours, printed = f"{100 * entry.own.mean:.2f}", f"{entry.target.mean:.2f}"
            names = f"{entry.row.title} | {entry.column.title}"
            rows.append(f"| {names} | {ours} | {printed} | {difference:+z.2f} | {why} |")
    said = f"{near} of {len(rows)} cells lie within {FAR:g} points of the printed number."
    return "\n".join([said, "", HEAD, *rows, "", *_numbered(explanations)])


def _cells_part(explanations: Sequence[Explanation]) -> str:
    """Counts and one row a differing cell, table by table and protocol by protocol."""
    parts = []
    with shipped_store() as store:
        for name in TABLES:
            for protocol in shipped_protocols():
                table = shipped_table(store, Query(name, protocol))
                if table is not None and any(entry.verdict for entry in table.entries()):
                    parts.append(_part(table, explanations))
    if not parts:
        return "No records are shipped yet."
    return "\n\n".join([*parts, "### What goes with them", "\n".join(_numbered(explanations))])


def _part(table: Collected, explanations: Sequence[Explanation]) -> str:
    name, counts = table.spec.printed or table.spec.key, counts_text(tally_of([table]))
    title = f"### {name}, protocol `{table.conditions.protocol.key}`: {counts}"
    rows = list(_rows(table, explanations))
    return "\n".join([title, "", HEAD, *rows]) if rows else title


def _rows(table: Collected, explanations: Sequence[Explanation]) -> Iterator[str]:
    for entry in table.entries():
        own, printed, verdict = entry.own, entry.target, entry.verdict
        if verdict is None or printed is None or not isinstance(own, Cell):
            continue
        if verdict.outcome is not Outcome.DIFFERS:
            continue
        ours = f"{100 * own.mean:.2f} ± {100 * own.std:.2f}"
        theirs = f"{printed.mean:.2f}" + ("" if printed.std is None else f" ± {printed.std:.2f}")
        change = f"{100 * own.mean - printed.mean:+z.2f}"
        names = f"{entry.row.title} | {entry.column.title}"
        yield f"| {names} | {ours} | {theirs} | {change} | {_why(explanations, table, entry)} |"


def _why(explanations: Sequence[Explanation], table: Collected, entry: Entry) -> int:
    """The number of the explanation that stands below the cells.

    Raises:
        BenchError: none fits.
    """
    protocol, key = table.conditions.protocol.key, table.spec.key
    number = explained_by(explanations, protocol, key, entry)
    if not number:
        raise BenchError(
            f"{key}, {entry.row.dataset}, {entry.column.method}, {protocol}: differs from the "
            "printed number and no explanation fits"
        )
    return number


def _numbered(explanations: Sequence[Explanation]) -> list[str]:
    return [f"{number}. {one.text}" for number, one in enumerate(explanations, 1)]
