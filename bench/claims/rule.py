"""From intervals and p values to a verdict: supported, contradicted, undecided, and why."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from bench.claims.spec import Relation
from bench.claims.statistics import Effect, Interval

ALPHA = 0.05
SPREADS = 2
"""How many standard deviations of a row's difference its runs may scatter; as in bench.judge."""


class Outcome(Enum):
    """What numbers say of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"
    NOT_COMPARABLE = "not comparable"
    UNTESTED = "not tested"


def by_interval(interval: Interval, relation: Relation, margin: float) -> Outcome:
    """Supported where the whole interval of the difference fits the relation; contradicted where
    none of it does."""
    low, high = interval if relation != "not above" else (-interval[1], -interval[0])
    bound = -margin
    if low > bound:
        return Outcome.SUPPORTED
    return Outcome.CONTRADICTED if high < bound else Outcome.UNDECIDED


def by_rows(intervals: Sequence[Interval], relation: Relation, margin: float) -> Outcome:
    """Supported where every row is; contradicted where one is."""
    return together([by_interval(interval, relation, margin) for interval in intervals])


def by_signed_rank(effect: Effect, adjusted: float | None) -> Outcome:
    """Decided where the adjusted p is below ALPHA, by the sign of the rank-biserial correlation."""
    if adjusted is None or adjusted >= ALPHA or not effect.rank_biserial:
        return Outcome.UNDECIDED
    return Outcome.SUPPORTED if effect.rank_biserial > 0 else Outcome.CONTRADICTED


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """One contradiction is enough; what cannot be compared or decided leaves it at that."""
    for outcome in (Outcome.CONTRADICTED, Outcome.NOT_COMPARABLE, Outcome.UNDECIDED):
        if outcome in outcomes:
            return outcome
    return Outcome.SUPPORTED
