"""Own cell against printed number: agrees, differs, says nothing, or not comparable. One rule
everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import sqrt
from typing import get_args

from bench.datasets.catalogue import tabular_datasets
from bench.declared.published import PRINTED_RUNS, Corrected, Printed
from bench.declared.tables import Column, Metric, Row
from bench.judge.cell import Cell, EmptyCell
from bench.judge.dataset_facts import balanced_share, one_class_share, table_facts
from bench.plan.selection import TablePlan
from bench.render.text import counted
from iunet.declare.protocol import shipped_protocols
from iunet.declare.settings import Score

TOLERANCE = 1.0
"""Points within which two scores agree whatever their spread."""

WIDEST = 3.0
"""The largest tolerance, in points, under which a small difference still is agreement: three seeds
that scatter more would agree with nearly everything."""

CLOSE = 2.0
"""Two numbers are shown to be equivalent within so many points."""

RULE = (
    "a cell differs when |own − printed| exceeds its tolerance, max(1 point, 2·√(own std² + "
    "printed std²)); else it agrees when the tolerance is at most 3 points, and says nothing when "
    "it is wider; where no std was printed our own stands in for it"
)

SCORES = get_args(Score)
"""Metrics against the truth; the others hold a network against itself."""


class Outcome(Enum):
    """What a comparison came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    SAYS_NOTHING = "says nothing"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one comparison.

    Args:
        outcome: what it came to.
        reason: why not comparable; otherwise the rule with its numbers.
        difference: own minus printed, in points; None where not comparable.
        allowed: the tolerance, in points; None where not comparable.
    """

    outcome: Outcome
    reason: str
    difference: float | None = None
    allowed: float | None = None

    @property
    def equivalent(self) -> bool:
        """Whether the difference and twice its deviation lie within CLOSE points."""
        if self.difference is None or self.allowed is None:
            return False
        return abs(self.difference) + self.allowed <= CLOSE


def judge(mean: float, std: float, n: int, printed: Printed) -> Verdict:
    """Compare an own mean and population std over n runs, in points, with a printed number."""
    difference = round(mean - printed.mean, 9)  # 2.2 - 1.2 is one point
    other = std if printed.std is None else printed.std
    allowed = max(TOLERANCE, 2 * sqrt(std**2 + other**2))
    differs = abs(difference) > allowed
    settled = Outcome.AGREES if allowed <= WIDEST else Outcome.SAYS_NOTHING
    wide = "" if differs or settled is Outcome.AGREES else f", wider than {WIDEST:g}"
    sign = ">" if differs else "≤"
    return Verdict(
        outcome=Outcome.DIFFERS if differs else settled,
        reason=f"|{difference:+.3f}| {sign} {allowed:.3f} points{wide}, n = {n}",
        difference=difference,
        allowed=allowed,
    )


def not_comparable(reason: str) -> Verdict:
    """A verdict that refuses to compare."""
    return Verdict(Outcome.NOT_COMPARABLE, reason)


@dataclass(frozen=True)
class TableEntry:
    """One entry of a table: what we have, what was printed, and how they compare.

    Args:
        plan: of the table, which holds the printed numbers, too.
        own: its cell, or why that is empty.
    """

    plan: TablePlan
    row: Row
    column: Column
    own: Cell | EmptyCell

    @property
    def metric(self) -> Metric:
        """What is shown."""
        return self.plan.metrics[self.column]

    @property
    def fact(self) -> str:
        """What the records call the metric."""
        return self.plan.fact(self.row, self.column)

    @property
    def printed(self) -> Printed | None:
        """The number as it was printed."""
        return self.plan.prints.numbers.get(self._printed_place)

    @property
    def correction(self) -> Corrected | None:
        """What should have been printed, where that is known to be another number."""
        return self.plan.prints.corrections.get(self._printed_place)

    @property
    def target(self) -> Printed | None:
        """What ours is compared with: the corrected number, else the printed one."""
        return self.plan.prints.target(*self._printed_place)

    @property
    def rivals(self) -> list[Printed]:
        """The numbers printed for the other columns of its row in the same metric."""
        alike = (
            self.plan.prints.numbers.get((self.row.printed_name, column.printed_name))
            for column in self.plan.spec.columns
            if (column.part, column.printed_metric) == (self.row.part, self.metric.name)
            and column != self.column
        )
        return [printed for printed in alike if printed is not None]

    @property
    def meaning(self) -> tuple[object, ...]:
        """Entries of two tables are of one meaning where the runs, what is read off them and the
        print are the same."""
        under, column = self.plan.conditions, self.column
        runs = (self.row.dataset, column.net, column.method, column.point)
        target = self.target and self.target.mean
        return (under.protocol.key, under.budget.key, runs, self.fact, target)

    @cached_property
    def verdict(self) -> Verdict | None:
        """How the cell compares; None where nothing was printed, or where runs are missing."""
        if self.target is None:
            return None
        if isinstance(self.own, EmptyCell):
            return not_comparable(self.own.reason) if self.own.final else None
        refusal = self._refusal(self.own.n)
        return not_comparable(refusal) if refusal else verdict_of(self.own, self.target)

    @property
    def outcome(self) -> Outcome | None:
        """What the comparison came to; None where there is no verdict."""
        return self.verdict.outcome if self.verdict else None

    @property
    def difference(self) -> float | None:
        """Own minus printed, in points; None where they are not compared."""
        return self.verdict.difference if self.verdict else None

    @property
    def reason(self) -> str:
        """The rule with its numbers, or why there is no comparison."""
        if self.verdict is not None:
            return self.verdict.reason
        return self.own.reason if isinstance(self.own, EmptyCell) else ""

    @property
    def prints_one_class(self) -> bool:
        """Whether the printed score is what one class for every test row of a table is worth."""
        known = tabular_datasets().get(self.row.dataset)
        if self.printed is None or known is None or self.metric.name not in SCORES:
            return False
        balanced = self.column.printed_metric == "balanced_accuracy"
        share = balanced_share if balanced else one_class_share
        return share(self.printed, table_facts(known)) is not None

    @property
    def numbers(self) -> dict[str, str | float | None]:
        """Its place, and what we have, in the metric's unit, as --json and --csv write them."""
        metric = self.metric
        cell = self.own if isinstance(self.own, Cell) else None
        return {
            "row": self.row.title,
            "dataset": self.row.dataset,
            "column": self.column.title,
            "net": self.column.net,
            "method": self.column.method,
            "metric": metric.name,
            "own_mean": rounded(metric.in_unit(cell.mean)) if cell else None,
            "own_std": rounded(metric.in_unit(cell.std)) if cell and not metric.cost else None,
            "n": cell.n if cell else 0,
        }

    @property
    def long(self) -> dict[str, str | float | None]:
        """One line of the table's long form: `numbers`, and what they are compared with."""
        cell = self.own if isinstance(self.own, Cell) else None
        printed = self.printed
        return {
            **self.numbers,
            "configurations": cell.configurations if cell else None,
            "point": " ".join(f"{name}={value:g}" for name, value in cell.point) if cell else "",
            "published_mean": printed.mean if printed else None,
            "published_std": printed.std if printed else None,
            "published_metric": self.column.printed_metric if printed else None,
            "corrected_mean": self.correction.printed.mean if self.correction else None,
            "corrected_std": self.correction.printed.std if self.correction else None,
            "difference": rounded(self.difference),
            "verdict": self.outcome.value if self.outcome else "",
            "reason": self.reason,
        }

    @property
    def _printed_place(self) -> tuple[str, str]:
        return self.row.printed_name, self.column.printed_name

    def _refusal(self, n: int) -> str:
        """Why a cell of n runs is not compared; empty where it is."""
        under, column = self.plan.conditions, self.column
        protocol, budget = under.protocol.key, under.budget.key
        shown, printed = self.metric.name, column.printed_metric
        as_words = f"shown as {shown}, printed as {printed or 'something unknown'}"
        named = (*shipped_protocols(), self.plan.spec.protocol_key)
        refusals = (
            (protocol not in named, f"protocol {protocol} is none the printed numbers stand for"),
            (not under.complete, f"budget {budget} does less than what was printed"),
            (shown != printed, as_words.replace("_", " ")),
            (
                n == column.printed_runs == 1,
                "ours and the printed number are one run each, so their spread is not known",
            ),
            (n != PRINTED_RUNS, f"mean of {counted(n, 'run')}, printed of {column.printed_runs}"),
        )
        return next((reason for applies, reason in refusals if applies), "")


def verdict_of(cell: Cell, printed: Printed) -> Verdict:
    """How a cell compares with a printed number."""
    return judge(100 * cell.mean, 100 * cell.std, cell.n, printed)


def rounded(value: float | None) -> float | None:
    """To a thousandth of a printed digit, so that a file does not change with the last bit."""
    return None if value is None else round(value, 6)
