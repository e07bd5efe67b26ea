"""Scores that a predictor of one single class would get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.audit.finding import Finding, likely
from bench.audit.lattice import at_least
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import balanced_share


def check_one_class(table: PrintedTable) -> Iterator[Finding]:
    """One finding for each row that holds such numbers."""
    for row, cells in table.rows.items() if table.kind == "scores" else ():
        hits = [cell for cell in cells if cell.one_class]
        hits = hits or [cell for cell in cells if balanced_share(cell, cell.facts)]
        classes = cells[0].facts.classes if cells[0].facts else None
        if not hits or not classes:
            continue
        chance = _chance(cells, hits[0])
        low, high = (end(cells, key=lambda cell: cell.mean).mean_text for end in (min, max))
        more = f", and {len(hits)} of them more rarely" if len(hits) > 1 else ""
        yield Finding(
            f"one-class/{table.key}/{row}",
            f"{row} {hits[0].mean_text} is the score of always answering one class: "
            f"{', '.join(cell.column for cell in hits)}",
            f"{_worth(hits[0], classes)} If scores were uniform over the range of their row, {low} "
            f"to {high}, one of {len(cells)} would be such a number in {likely(chance)} of "
            f"rows{more}.",
            hits,
            chance=chance,
        )


def _chance(cells: Sequence[Cell], hit: Cell) -> float:
    """The chance that any score of a row is that of one class: all uniform over the row's range.

    That several are, or agree in every run, makes it rarer and is not counted, since scores of one
    row need not be independent.
    """
    low, high = (hit.facts.most if hit.facts and hit.one_class else None) or (0, 0)
    width = max(cell.mean for cell in cells) - min(cell.mean for cell in cells)
    single = min(1.0, (high - low + 1) * 2 * hit.half / max(width, 2 * hit.half))
    return at_least(1, [single] * len(cells))


def _worth(hit: Cell, classes: int) -> str:
    """What always answering one class is worth under each metric."""
    if hit.one_class is None:
        return f"Always answering one of {classes} classes scores {100 / classes:.3f} balanced."
    most, rows = hit.one_class
    return (
        f"It is the share of the largest class, {most:,} of {rows:,} test rows, and would be "
        f"{100 / classes:.3f} in balanced accuracy."
    )
