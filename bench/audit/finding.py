"""What a check hands over: one finding, its cells, its arithmetic, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.audit.printed import Cell, PrintedTable

SURE = ("certain", "strong", "weak")
"""Certain follows from the digits or the released code, under the condition that the headline names
if it names one; strong and weak from how rarely chance does the same."""

STRONG = 0.001
"""The largest chance that is called strong."""


@dataclass(frozen=True)
class Finding:
    """One thing the printed numbers show; without a cell it shows nothing and is left out.

    Args:
        id: check/tables/what, the same in every run.
        headline: one short sentence; a condition comes first: `If ..., ...`.
        arithmetic: one to three sentences with the numbers.
        cells: the printed numbers it is about.
        chance: how often numbers drawn at random would show the same; None where it is certain.
        details: further lines, for readers who want every number.
        weak: whether it is called weak whatever the chance.
    """

    id: str
    headline: str
    arithmetic: str
    cells: Sequence[Cell]
    chance: float | None = None
    details: Sequence[str] = ()
    weak: bool = False

    @property
    def check(self) -> str:
        """The key of its check, which its id begins with."""
        return self.id.partition("/")[0]

    @property
    def sure(self) -> str:
        """How sure it is, see SURE."""
        if self.chance is None:
            return "certain"
        return "strong" if self.chance <= STRONG and not self.weak else "weak"

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables its cells are in."""
        return tuple(dict.fromkeys(cell.table for cell in self.cells))


Check = Callable[[Sequence[PrintedTable]], Iterable[Finding]]
"""Printed tables to findings."""


def chance_text(chance: float) -> str:
    """A chance in words: `2e-15`, `0.4 %`, `12 %`."""
    if chance < 1e-4:
        return f"{chance:.0e}"
    return f"{100 * chance:.0f} %" if chance >= 0.1 else f"{100 * chance:.2g} %"
