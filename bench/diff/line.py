"""One cell against the paper: agrees, differs, not comparable and why, or missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bench.judge.cell import Cell, Refusal
from bench.judge.collect import Collected, Entry
from bench.judge.verdict import Outcome, Verdict, not_comparable
from bench.show.metrics import in_unit
from bench.tables.published import Printed
from iunet.declare.protocol import shipped_protocols

PRINTED_RUNS = 3
"""How many runs the paper says its means are of."""


class Status(Enum):
    """What became of one printed number."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_COMPARABLE = "not comparable"
    MISSING = "missing"


@dataclass(frozen=True)
class Line:
    """One cell that something was printed for.

    Args:
        entry: where it is, and what its runs measured.
        printed: what it is compared with, the corrected number where there is one.
        verdict: by the rule of bench.judge; None where the cell is empty.
    """

    entry: Entry
    printed: Printed
    verdict: Verdict | None

    @property
    def own(self) -> tuple[float, float, int] | None:
        """Mean, std, both in the metric's unit, and number of runs; None where it is empty."""
        cell = self.entry.own
        if isinstance(cell, Refusal):
            return None
        metric = self.entry.metric
        return in_unit(cell.mean, metric), in_unit(cell.std, metric), cell.n

    @property
    def status(self) -> Status:
        """What became of it; a column that is not built cannot be compared, nor be missing."""
        if self.verdict is None:
            return Status.MISSING
        return Status(self.verdict.outcome.value)

    @property
    def difference(self) -> float | None:
        """Own minus printed, in points; None where they are not compared."""
        return self.verdict.difference if self.verdict else None

    @property
    def reason(self) -> str:
        """The rule with its numbers, or why there is no comparison."""
        if self.verdict is None:
            return self.entry.own.reason if isinstance(self.entry.own, Refusal) else ""
        return self.verdict.reason


def lines_of(table: Collected) -> list[Line]:
    """Every cell of a table that something was printed for, in printed order."""
    known = table.ask.protocol in shipped_protocols()
    return [
        Line(entry, entry.target, _verdict(entry, table.ask.protocol, known_protocol=known))
        for entry in table.entries()
        if entry.target is not None
    ]


def _verdict(entry: Entry, protocol: str, *, known_protocol: bool) -> Verdict | None:
    if not entry.column.built:
        return not_comparable("not built yet")
    if isinstance(entry.own, Refusal) and entry.own.final:
        return not_comparable(entry.own.reason)
    if not isinstance(entry.own, Cell) or entry.verdict is None:
        return None
    if entry.verdict.outcome is Outcome.NOT_COMPARABLE:
        return entry.verdict
    if not known_protocol:
        return not_comparable(f"protocol {protocol} is none the printed numbers stand for")
    if entry.own.n != PRINTED_RUNS:
        return not_comparable(f"mean of {_runs(entry.own.n)}, printed of {PRINTED_RUNS}")
    return entry.verdict


def _runs(n: int) -> str:
    return f"{n} run" if n == 1 else f"{n} runs"
