"""One cell against the paper: what it came to, and why."""

from __future__ import annotations

from dataclasses import dataclass

from bench.declared.published import Printed
from bench.judge.cell import Refusal
from bench.judge.collect import Collected, Entry
from bench.judge.metrics import metric_named
from bench.judge.verdict import Outcome

EMPTY = "empty"
"""What is said of a cell whose runs are missing."""


@dataclass(frozen=True)
class Line:
    """One cell that something was printed for.

    Args:
        entry: where it is, what its runs measured, and the verdict by the rule of bench.judge.
        printed: what it is compared with, the corrected number where there is one.
    """

    entry: Entry
    printed: Printed

    @property
    def own(self) -> tuple[float, float, int] | None:
        """Mean, std, both in the metric's unit, and number of runs; None where it is empty."""
        cell = self.entry.own
        if isinstance(cell, Refusal):
            return None
        metric = metric_named(self.entry.metric)
        return metric.in_unit(cell.mean), metric.in_unit(cell.std), cell.n

    @property
    def outcome(self) -> Outcome | None:
        """What the comparison came to; None where the cell is empty."""
        return self.entry.verdict.outcome if self.entry.verdict else None

    @property
    def status(self) -> str:
        """The outcome in words."""
        return self.outcome.value if self.outcome else EMPTY

    @property
    def difference(self) -> float | None:
        """Own minus printed, in points; None where they are not compared."""
        return self.entry.verdict.difference if self.entry.verdict else None

    @property
    def reason(self) -> str:
        """The rule with its numbers, or why there is no comparison."""
        if self.entry.verdict is None:
            return self.entry.own.reason if isinstance(self.entry.own, Refusal) else ""
        return self.entry.verdict.reason


def lines_of(table: Collected) -> list[Line]:
    """Every cell of a table that something was printed for, in printed order."""
    return [Line(entry, entry.target) for entry in table.entries() if entry.target is not None]
