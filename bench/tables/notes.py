"""What a reader has to know of single cells: what is missing, collapse, divergence, environments,
misprints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.datasets.catalogue import CATALOGUE
from bench.declared.spec import Column, Row
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.dataset_facts import balanced_share, one_class_share, table_facts
from bench.judge.missing import gaps_of
from bench.judge.runs import not_finite
from bench.render.sheet import Notes

Place = tuple[Row, Column]

SCORES = (
    *("accuracy", "balanced_accuracy", "swapped_balanced_accuracy"),
    *("batch_mean_accuracy", "top5_accuracy"),
)
"""Metrics against the truth; the others hold a network against itself."""

PRINTED_ONE_CLASS = (
    "The printed number is the score of one class for every test row, to the printed digit."
)


@dataclass(frozen=True)
class Labels:
    """Labels of the notes on cells, by row and column.

    Args:
        own: beside our number, or where it is missing.
        printed: beside the printed one.
    """

    own: Mapping[Place, tuple[str, ...]]
    printed: Mapping[Place, tuple[str, ...]]


def labels_of(table: Collected, notes: Notes) -> Labels:
    """Add a note for everything that single cells are marked with."""
    own: dict[Place, tuple[str, ...]] = {}
    for gap in gaps_of(table):
        label = notes.label(gap.text, gap.command)
        own |= {(entry.row, entry.column): (label,) for entry in gap.entries}
    printed = _misprints(table, notes)
    collapse = _collapse(table)
    for entry in table.entries():
        if isinstance(entry.own, Cell):
            texts = _flags(entry, entry.own, collapse)
            own[entry.row, entry.column] = tuple(notes.label(text) for text in texts)
    for entry in table.entries():
        if prints_one_class(entry):
            printed[entry.row, entry.column] += (notes.label(PRINTED_ONE_CLASS),)
    return Labels(own, printed)


def prints_one_class(entry: Entry) -> bool:
    """Whether the printed score is what one class for every test row of a table is worth."""
    known = CATALOGUE.get(entry.row.dataset)
    if entry.printed is None or known is None or entry.metric not in SCORES:
        return False
    balanced = entry.column.printed_metric == "balanced_accuracy"
    share = balanced_share if balanced else one_class_share
    return share(entry.printed, table_facts(known)) is not None


def _collapse(table: Collected) -> str:
    """One sentence for all collapsed cells, so that a table full of them stays readable."""
    shares = sorted(cell.top_class or 0.0 for cell in table.cells() if cell.collapsed)
    ends = dict.fromkeys(f"{100 * share:.1f}" for share in (*shares[:1], *shares[-1:]))
    return f"Collapsed: one class takes {' to '.join(ends)} % of the predictions."


def _flags(entry: Entry, cell: Cell, collapse: str) -> Iterator[str]:
    """What to say of a filled cell.

    Only scores depend on the loss after the cut and are worth nothing where one class is predicted.
    """
    if cell.collapsed:
        yield collapse
    if entry.metric in SCORES:
        if 2 * cell.one_class > cell.n:
            many = "Every run predicts" if cell.one_class == cell.n else "Most runs predict"
            yield f"{many} one class for every test row."
        yield from not_finite(cell.diverged, cell.n)
    if len(cell.environments) > 1:
        yield f"Mixes runs of different environments: {', '.join(cell.environments)}."


def _misprints(table: Collected, notes: Notes) -> dict[Place, tuple[str, ...]]:
    """A note a reason, naming the cells it is given for; nothing for the other cells."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in table.entries():
        if entry.correction is not None:
            groups[entry.correction.reason].append(entry)
    found: dict[Place, tuple[str, ...]] = defaultdict(tuple)
    for reason, entries in groups.items():
        rows = ", ".join(dict.fromkeys(entry.row.title for entry in entries))
        columns = ", ".join(dict.fromkeys(entry.column.title for entry in entries))
        label = notes.label(
            f"Misprinted, {columns} of {rows}: {reason}. Ours is compared with the corrected one."
        )
        found |= {(entry.row, entry.column): (label,) for entry in entries}
    return found
