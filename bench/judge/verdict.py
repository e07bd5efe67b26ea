"""Own cell against printed number: agrees, differs, or not comparable. One rule everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import sqrt

from bench.tables.published import Printed

TOLERANCE = 1.0
"""Points within which two scores agree whatever their spread."""

RULE = "|own − printed| ≤ max(1.0 point, 2·√(own std² + printed std²)), an absent std counting 0"


class Outcome(Enum):
    """What a comparison came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one comparison.

    Args:
        outcome: agrees, differs or not comparable.
        reason: why not comparable; otherwise the rule with its numbers.
        difference: own minus printed, in points; None where not comparable.
        allowed: the largest difference that agrees, in points; None where not comparable.
    """

    outcome: Outcome
    reason: str
    difference: float | None = None
    allowed: float | None = None


def judge(mean: float, std: float, n: int, printed: Printed) -> Verdict:
    """Compare an own mean and population std over n runs, in points, with a printed number."""
    difference = round(mean - printed.mean, 9)  # 2.2 - 1.2 is one point
    allowed = max(TOLERANCE, 2 * sqrt(std**2 + (printed.std or 0.0) ** 2))
    agrees = abs(difference) <= allowed
    sign = "≤" if agrees else ">"
    return Verdict(
        outcome=Outcome.AGREES if agrees else Outcome.DIFFERS,
        reason=f"|{difference:+.3f}| {sign} {allowed:.3f} points, n = {n}",
        difference=difference,
        allowed=allowed,
    )


def not_comparable(reason: str) -> Verdict:
    """A verdict that refuses to compare."""
    return Verdict(Outcome.NOT_COMPARABLE, reason)
