"""What a check hands over: one finding, its cells, its arithmetic, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.audit.printed import Cell, PrintedPlace, PrintedTable

Sure = Literal["certain", "strong", "weak"]
"""Certain follows from the digits or the released code, under the condition that the headline names
if it names one; strong and weak from how rarely chance does the same."""

SURE: tuple[Sure, ...] = ("certain", "strong", "weak")

STRONG = 0.001
"""The largest chance that is called strong."""


@dataclass(frozen=True)
class Finding:
    """One thing the printed numbers show.

    Args:
        id: check/tables/what, the same in every run.
        check: key of the check.
        headline: one short sentence; a condition comes first: `If ..., ...`.
        arithmetic: one to three sentences with the numbers.
        sure: how sure.
        cells: where the numbers it is about are printed.
        chance: how often numbers drawn at random would show the same; None where it is certain.
        details: further lines, for readers who want every number.
    """

    id: str
    check: str
    headline: str
    arithmetic: str
    sure: Sure
    cells: tuple[PrintedPlace, ...]
    chance: float | None = None
    details: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables its cells are in."""
        return tuple(dict.fromkeys(place.table for place in self.cells))


Check = Callable[[Sequence[PrintedTable]], Iterable[Finding]]
"""Printed tables to findings."""


def finding(
    id: str,
    headline: str,
    arithmetic: str,
    cells: Iterable[Cell],
    *,
    chance: float | None = None,
    sure: Sure | None = None,
    details: Iterable[str] = (),
) -> Finding:
    """A finding of the check that its id begins with; how sure follows from the chance if open."""
    return Finding(
        id=id,
        check=id.partition("/")[0],
        headline=headline,
        arithmetic=arithmetic,
        sure=sure or ("certain" if chance is None else "strong" if chance <= STRONG else "weak"),
        cells=tuple(cell.place for cell in cells),
        chance=chance,
        details=tuple(details),
    )


def likely(chance: float) -> str:
    """A chance in words: `2e-15`, `0.4 %`, `12 %`."""
    if chance < 1e-4:
        return f"{chance:.0e}"
    return f"{100 * chance:.0f} %" if chance >= 0.1 else f"{100 * chance:.2g} %"
