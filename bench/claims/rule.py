"""From tests to a verdict: supported, contradicted, undecided, and why.

Every comparison has a two-sided p value. Those of all claims on one source of numbers are adjusted
together by Holm's method, so that where nothing differs any claim is decided with a chance of at
most ALPHA, however the numbers depend on each other. A claim on every row has the smallest of its
rows' p values of Welch's t test, adjusted over the rows; where that says that some row differs, the
claim is supported if every row is shown to hold and contradicted if more than half of the rows are
shown to fail. So one failing row of many leaves it undecided; the counts of rows are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bench.declared.claims import Relation
from bench.judge.effects import Effect, holm
from bench.judge.interval import ALPHA, Estimate


class Outcome(Enum):
    """What numbers say of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"
    NOT_COMPARABLE = "not comparable"
    UNTESTED = "not tested"


@dataclass(frozen=True)
class Evidence:
    """What the test of a comparison, or of one row, says.

    Args:
        p: two-sided, before it is adjusted.
        shows: what the numbers come to where the adjusted p value is below ALPHA.
    """

    p: float
    shows: Outcome

    def outcome(self, adjusted: float) -> Outcome:
        """The verdict where `adjusted` is its p value among all that are judged together."""
        return self.shows if adjusted < ALPHA else Outcome.UNDECIDED


def by_signed_rank(effect: Effect, relation: Relation = "above") -> Evidence:
    """The signed-rank test, in the direction of the ranks."""
    if effect.p is None or not effect.rank_biserial:
        return Evidence(1.0, Outcome.UNDECIDED)
    return Evidence(effect.p, _direction(_sign(relation) * effect.rank_biserial))


def by_difference(difference: Estimate, relation: Relation, margin: float) -> Evidence:
    """The t test of a difference against the margin; without a standard error it shows nothing."""
    sign = _sign(relation)
    bound = -sign * margin
    p = difference.p(bound)
    if p is None:
        return Evidence(1.0, Outcome.UNDECIDED)
    return Evidence(p, _direction(sign * (difference.value - bound)))


def by_rows(rows: Sequence[Evidence]) -> Evidence:
    """All rows hold, or more than half of them fail; p says whether any row differs."""
    outcomes = outcomes_of(rows)
    failing = outcomes.count(Outcome.CONTRADICTED)
    shows = Outcome.CONTRADICTED if 2 * failing > len(rows) else Outcome.UNDECIDED
    if {*outcomes} == {Outcome.SUPPORTED}:
        shows = Outcome.SUPPORTED
    return Evidence(min(holm([row.p for row in rows])), shows)


def outcomes_of(rows: Sequence[Evidence]) -> list[Outcome]:
    """What each row shows, adjusted over the rows."""
    adjusted = holm([row.p for row in rows])
    return [row.outcome(p) for row, p in zip(rows, adjusted, strict=True)]


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """One contradiction is enough; what cannot be compared or decided leaves it at that."""
    for outcome in (Outcome.CONTRADICTED, Outcome.NOT_COMPARABLE, Outcome.UNDECIDED):
        if outcome in outcomes:
            return outcome
    return Outcome.SUPPORTED


def _sign(relation: Relation) -> int:
    """1 where high numbers speak for the claim, -1 where they speak against it."""
    return -1 if relation in ("below", "not above") else 1


def _direction(ahead: float) -> Outcome:
    """Of how far the numbers lie on the claim's side."""
    return Outcome.SUPPORTED if ahead > 0 else Outcome.CONTRADICTED
