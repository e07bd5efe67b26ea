"""What a reader has to know of single cells: collapse, divergence, environments, misprints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.show.sheet import Notes
from bench.tables.spec import Column, Row

Place = tuple[Row, Column]


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
            texts = [collapse] * entry.own.collapsed + _diverged(entry) + _mixed(entry.own)
            own[entry.row, entry.column] = tuple(notes.label(text) for text in texts)
    return Flags(own, printed)


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


def _diverged(entry: Entry) -> list[str]:
    """Of scores alone: what is measured before finetuning knows nothing of its loss."""
    if not isinstance(entry.own, Cell) or entry.fact not in entry.own.runs[0].valid:
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
