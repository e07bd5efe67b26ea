"""What a reader has to know of single cells: collapse, divergence, environments, misprints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.datasets.catalogue import CATALOGUE
from bench.declared.spec import Column, Row
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.dataset_facts import balanced_share, one_class_share, table_facts
from bench.render.sheet import Notes

Place = tuple[Row, Column]

SCORES = (
    *("accuracy", "balanced_accuracy", "swapped_balanced_accuracy"),
    *("batch_mean_accuracy", "top5_accuracy"),
)
PRINTED_ONE_CLASS = (
    "The printed number is the score of one class for every test row, to the printed digit."
)


@dataclass(frozen=True)
class Flags:
    """Labels of the notes on filled cells and on printed numbers.

    Args:
        own: beside our number, by row and column.
        printed: beside the printed one.
    """

    own: Mapping[Place, tuple[str, ...]]
    printed: Mapping[Place, tuple[str, ...]]


def flags_of(table: Collected, notes: Notes) -> Flags:
    """Add a note for everything that single cells are marked with."""
    printed = _misprints(table, notes)
    own: dict[Place, tuple[str, ...]] = {}
    collapse = _collapse(table)
    for entry in table.entries():
        if isinstance(entry.own, Cell):
            texts = [collapse] * entry.own.collapsed + _one_class(entry)
            texts += _diverged(entry) + _mixed(entry.own)
            own[entry.row, entry.column] = tuple(notes.label(text) for text in texts)
    for entry in table.entries():
        if prints_one_class(entry):
            place = entry.row, entry.column
            printed[place] = (*printed.get(place, ()), notes.label(PRINTED_ONE_CLASS))
    return Flags(own, printed)


def prints_one_class(entry: Entry) -> bool:
    """Whether the printed score is what one class for every test row of a table is worth."""
    known = CATALOGUE.get(entry.row.dataset)
    if entry.printed is None or known is None or not is_score(entry):
        return False
    balanced = entry.column.printed_metric == "balanced_accuracy"
    share = balanced_share if balanced else one_class_share
    return share(entry.printed, table_facts(known)) is not None


def is_score(entry: Entry) -> bool:
    """Whether the cell shows a score against the truth, and no agreement of a net with itself."""
    return entry.metric in SCORES


def not_finite(diverged: int, runs: int) -> list[str]:
    """What to say where the loss of so many of so many runs was not finite; nothing for none."""
    if not diverged:
        return []
    return [
        f"The loss of {diverged} of {runs} runs was not finite; "
        f"their best epoch before that counts."
    ]


def _collapse(table: Collected) -> str:
    """One sentence for all collapsed cells, so that a table full of them stays readable."""
    shares = sorted(cell.top_class or 0.0 for cell in table.cells() if cell.collapsed)
    ends = dict.fromkeys(f"{100 * share:.1f}" for share in (*shares[:1], *shares[-1:]))
    return f"Collapsed: one class takes {' to '.join(ends)} % of the predictions."


def _one_class(entry: Entry) -> list[str]:
    """Of scores alone, where more than half of the runs do."""
    cell = entry.own
    if not isinstance(cell, Cell) or not is_score(entry) or 2 * cell.one_class <= cell.n:
        return []
    many = "Every run predicts" if cell.one_class == cell.n else "Most runs predict"
    return [f"{many} one class for every test row."]


def _diverged(entry: Entry) -> list[str]:
    """Of scores alone: what is measured before finetuning knows nothing of its loss."""
    if not isinstance(entry.own, Cell) or not is_score(entry):
        return []
    return not_finite(entry.own.diverged, entry.own.n)


def _mixed(cell: Cell) -> list[str]:
    if len(cell.environments) < 2:
        return []
    return [f"Mixes runs of different environments: {', '.join(cell.environments)}."]


def _misprints(table: Collected, notes: Notes) -> dict[Place, tuple[str, ...]]:
    """A note a reason, naming the cells it is given for."""
    groups: dict[str, list[Entry]] = {}
    for entry in table.entries():
        if entry.correction is not None:
            groups.setdefault(entry.correction.reason, []).append(entry)
    found: dict[Place, tuple[str, ...]] = {}
    for reason, entries in groups.items():
        rows = ", ".join(dict.fromkeys(entry.row.title for entry in entries))
        columns = ", ".join(dict.fromkeys(entry.column.title for entry in entries))
        text = (
            f"Misprinted, {columns} of {rows}: {reason}. Ours is compared with the corrected one."
        )
        label = notes.label(text)
        found |= {(entry.row, entry.column): (label,) for entry in entries}
    return found
