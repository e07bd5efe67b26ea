"""One side of a claim against another: their pairs, the effect, and why it may not be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from bench.claims.numbers import Numbers, RowKey, Score, Scores, find_side
from bench.claims.rule import (
    SPREADS,
    Outcome,
    by_interval,
    by_rows,
    by_signed_rank,
)
from bench.claims.spec import Claim, Side
from bench.claims.statistics import Effect, Interval, effect_of
from bench.judge.signed_rank import FEWEST
from bench.show.metrics import short_title


@dataclass(frozen=True)
class Pair:
    """Both scores of one row."""

    row: RowKey
    one: Score
    other: Score

    @property
    def difference(self) -> float:
        """One minus the other, in points, free of the last bit."""
        return round(self.one.points - self.other.points, 9)

    @property
    def interval(self) -> Interval | None:
        """What the spread of the runs leaves open; None where one was printed without."""
        if self.one.std is None or self.other.std is None:
            return None
        reach = SPREADS * sqrt(self.one.std**2 + self.other.std**2)
        return self.difference - reach, self.difference + reach


@dataclass(frozen=True)
class Comparison:
    """Two columns over the rows of a claim.

    Args:
        claim: what is said of them.
        against: the other column.
        metric: both are measured in; two, joined, where they differ.
        pairs: the complete ones.
        rows: how many the claim has.
        missing: empty cells among them.
        effect: over the complete pairs; None where there are none, or metrics differ.
        refusal: why it is not decided whatever the pairs say; empty where they decide.
        comparable: whether both sides show one metric.
    """

    claim: Claim
    against: Side
    metric: str
    pairs: tuple[Pair, ...]
    rows: int
    missing: int
    effect: Effect | None
    refusal: str
    comparable: bool

    @property
    def sides(self) -> list[Side]:
        """Both columns."""
        return [side for side in (self.claim.side, self.against) if side is not None]

    @property
    def names(self) -> tuple[str, str]:
        """Titles of both columns."""
        one = find_side(self.claim.side)[1].title if self.claim.side else ""
        return one, find_side(self.against)[1].title

    def clear(self, outcome: Outcome) -> int:
        """In how many rows the spread of the runs leaves this verdict."""
        said = (self.claim.relation, self.claim.margin)
        found = [by_interval(pair.interval, *said) for pair in self.pairs if pair.interval]
        return found.count(outcome)

    @property
    def chance(self) -> float | None:
        """Its p value, where that is one of those judged together."""
        if self.claim.test != "signed-rank" or self.refusal or self.effect is None:
            return None
        return self.effect.p

    def outcome(self, adjusted: float | None) -> Outcome:
        """The verdict; `adjusted` is its p value after Holm, where it has one."""
        if not self.comparable:
            return Outcome.NOT_COMPARABLE
        if self.refusal or self.effect is None:
            return Outcome.UNDECIDED
        if self.claim.test == "signed-rank":
            return by_signed_rank(self.effect, adjusted)
        if self.claim.test == "interval":
            if self.effect.interval is None:
                return Outcome.UNDECIDED
            return by_interval(self.effect.interval, self.claim.relation, self.claim.margin)
        intervals = [pair.interval for pair in self.pairs if pair.interval is not None]
        return by_rows(intervals, self.claim.relation, self.claim.margin)


def compare(
    claim: Claim, against: Side, numbers: Numbers, datasets: Sequence[str] = ()
) -> Comparison:
    """Compare a claim's side with one of the others.

    Args:
        datasets: only their rows; all where empty.

    Raises:
        ValueError: the claim is one that no table tests.
    """
    if claim.side is None:
        raise ValueError(f"{claim.key} has no side")
    one, other = (numbers.scores(side, claim.metric) for side in (claim.side, against))
    rows = _rows(claim, one, other, datasets)
    pairs = _pairs(rows, one, other)
    metrics = list(
        dict.fromkeys(s.metric for scores in (one, other) for r in rows if (s := scores[r]))
    )
    missing = sum(scores[row] is None for scores in (one, other) for row in rows)
    comparable = len(metrics) < 2
    withdrawn = claim.withdrawn if numbers.printed else ""
    return Comparison(
        claim=claim,
        against=against,
        metric=" and ".join(short_title(metric) for metric in metrics),
        pairs=pairs,
        rows=len(rows),
        missing=missing,
        effect=effect_of([pair.difference for pair in pairs]) if pairs and comparable else None,
        refusal=withdrawn or _refusal(claim, pairs, len(rows), missing),
        comparable=comparable,
    )


def _rows(claim: Claim, one: Scores, other: Scores, datasets: Sequence[str]) -> list[RowKey]:
    return [
        row
        for row in one
        if row in other
        and (not claim.only or row[0] in claim.only)
        and (not datasets or row[0] in datasets)
    ]


def _pairs(rows: Sequence[RowKey], one: Scores, other: Scores) -> tuple[Pair, ...]:
    found = []
    for row in rows:
        mine, theirs = one[row], other[row]
        if mine is not None and theirs is not None:
            found.append(Pair(row, mine, theirs))
    return tuple(found)


def _refusal(claim: Claim, pairs: Sequence[Pair], rows: int, missing: int) -> str:
    """Why these pairs cannot decide; empty where they can."""
    if rows == 0:
        return "no row selected"
    if missing:
        return f"{missing} of {2 * rows} cells missing"
    collapsed = sum(score.collapsed for pair in pairs for score in (pair.one, pair.other))
    if collapsed:
        return f"{collapsed} of {2 * rows} cells collapsed: one class for nearly all inputs"
    if claim.test == "every-row":
        bare = sum(pair.interval is None for pair in pairs)
        return f"{bare} of {rows} rows without a spread" if bare else ""
    return f"{rows} datasets are fewer than {FEWEST}" if rows < FEWEST else ""
