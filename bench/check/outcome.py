"""What a check hands over: what was compared, what differs, and the outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

Value = float | int | str | None
"""One side of a fingerprint; None where that side has none."""


class Outcome(StrEnum):
    """What a check came to, from good to bad."""

    PASS = "pass"
    NOT_COMPARABLE = "not comparable"
    REGRESSION = "regression"


STATUS = {Outcome.PASS: 0, Outcome.REGRESSION: 1, Outcome.NOT_COMPARABLE: 6}
"""Exit status of each outcome."""


@dataclass(frozen=True)
class Mismatch:
    """One fingerprint of a run that is not the same on both sides.

    Args:
        fingerprint: its name.
        reference, current: both values.
        note: what the values do not say.
    """

    fingerprint: str
    reference: Value
    current: Value
    note: str = ""


@dataclass(frozen=True)
class Differs:
    """A run whose fingerprints do not match. `note`: what may explain it."""

    run_id: str
    title: str
    mismatches: tuple[Mismatch, ...]
    note: str = ""


@dataclass(frozen=True)
class NotCompared:
    """A run that the reference has and that cannot be compared, or failed here."""

    run_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class DatasetScores:
    """One dataset of a column: mean scores over the seeds, as fractions.

    Args:
        dataset: its key.
        runs: on each side.
        reference, current: means.
        spread: population std of the current scores.
    """

    dataset: str
    runs: int
    reference: float
    current: float
    spread: float

    @property
    def difference(self) -> float:
        """Current minus reference, in points."""
        return 100 * (self.current - self.reference)

    @property
    def defined(self) -> bool:
        """Whether both sides have a number."""
        return math.isfinite(self.difference)


@dataclass(frozen=True)
class ColumnCheck:
    """One method under one protocol and budget, judged by statistics over its datasets.

    Args:
        title: for messages.
        metric: what was compared.
        cells: one a dataset; reported, never gated.
        outcome: of the column.
        reason: the rule with its numbers, or why it cannot be judged.
        change: macro mean of the differences, in points.
        margin: the largest harmless drop, in points; None where it is not known.
        p: of the one-sided signed-rank test; None where it was not made.
    """

    title: str
    metric: str
    cells: tuple[DatasetScores, ...]
    outcome: Outcome
    reason: str
    change: float
    margin: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class MacroMean:
    """A column's mean score over its datasets on both sides, in points, for tracking over time.

    `spread`: the standard error of the current mean that the seeds leave.
    """

    title: str
    metric: str
    datasets: int
    runs: int
    reference: float
    current: float
    spread: float


@dataclass(frozen=True)
class Matched:
    """A run whose fingerprints match. `exact`: class scores are equal to the last digit."""

    run_id: str
    title: str
    exact: bool


@dataclass(frozen=True)
class Report:
    """Everything a check found.

    Args:
        reference: where the reference was read.
        matched, differs: runs made in the environment of the reference.
        columns: judged by statistics, made in another environment.
        failed: runs of the reference that failed here.
        refused: pairs that must not be compared.
        missing: runs of the reference without a run here.
        new: titles of the runs that only this side has.
        macros: mean scores of each column, all pairs that may be compared.
    """

    reference: str
    matched: tuple[Matched, ...]
    differs: tuple[Differs, ...]
    columns: tuple[ColumnCheck, ...]
    failed: tuple[NotCompared, ...]
    refused: tuple[NotCompared, ...]
    missing: tuple[NotCompared, ...]
    new: tuple[str, ...]
    macros: tuple[MacroMean, ...]

    @property
    def outcome(self) -> Outcome:
        """A regression wherever one was found; else a pass only if everything was compared."""
        columns = {column.outcome for column in self.columns}
        if self.differs or self.failed or Outcome.REGRESSION in columns:
            return Outcome.REGRESSION
        if self.refused or self.missing or Outcome.NOT_COMPARABLE in columns:
            return Outcome.NOT_COMPARABLE
        return Outcome.PASS if self.matched or self.columns else Outcome.NOT_COMPARABLE
