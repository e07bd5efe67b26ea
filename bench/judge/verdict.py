"""Own cell against printed number: agrees, differs, says nothing, or not comparable. One rule
everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import sqrt

from bench.declared.published import Printed

TOLERANCE = 1.0
"""Points within which two scores agree whatever their spread."""

WIDEST = 3.0
"""The largest tolerance, in points, under which a small difference still is agreement: three seeds
that scatter more would agree with nearly everything."""

CLOSE = 2.0
"""Two numbers are shown to be equivalent within so many points."""

RULE = (
    "a cell differs when |own − printed| exceeds its tolerance, max(1 point, 2·√(own std² + "
    "printed std²)); it agrees when it does not and the tolerance is at most 3 points; it says "
    "nothing when the tolerance is wider; where no std was printed our own stands in for it"
)


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
