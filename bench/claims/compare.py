"""One side of a claim against another: their pairs, the effect, and why it may not be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.claims.numbers import Numbers, RowKey, Score, Scores, find_side
from bench.claims.rule import Evidence, Outcome, by_difference, by_rows, by_signed_rank, outcomes_of
from bench.declared.claims import Claim, Side
from bench.judge.effects import FEWEST, Effect, effect_of
from bench.judge.interval import Estimate, Sample, welch
from bench.judge.metrics import short_title


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

    @cached_property
    def estimate(self) -> Estimate | None:
        """The difference with its standard error over the runs; None where a side came without."""
        one, other = _sample(self.one), _sample(self.other)
        return None if one is None or other is None else welch(one, other)

    def evidence(self, claim: Claim) -> Evidence:
        """Welch's t test of this row alone."""
        estimate = self.estimate or Estimate(self.difference)
        return by_difference(estimate, claim.relation, claim.margin)


@dataclass(frozen=True)
class Comparison:
    """Two columns over the rows of a claim.

    Args:
        claim: what is said of them.
        against: the other column.
        metric: both are measured in; two, joined, where they differ.
        pairs: the complete ones.
        rows: how many the claim has.
        recorded: those of them that have a number of either side.
        missing: empty cells among the rows.
        effect: over the complete pairs; None where there are none, or metrics differ.
        refusal: why it is not decided whatever the pairs say; empty where they decide.
        comparable: whether both sides show one metric.
    """

    claim: Claim
    against: Side
    metric: str
    pairs: tuple[Pair, ...]
    rows: int
    recorded: int
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
        """In how many rows Welch's test shows this, adjusted over the rows."""
        return outcomes_of([pair.evidence(self.claim) for pair in self.pairs]).count(outcome)

    @property
    def evidence(self) -> Evidence | None:
        """Its p value, to be adjusted with those of the others; None where it is not tested."""
        if self.refusal or self.effect is None:
            return None
        if self.claim.test == "signed-rank":
            return by_signed_rank(self.effect, self.claim.relation)
        if self.claim.test == "interval":
            return by_difference(self.effect.estimate, self.claim.relation, self.claim.margin)
        return by_rows([pair.evidence(self.claim) for pair in self.pairs])


def compare(
    claim: Claim, against: Side, numbers: Numbers, datasets: Sequence[str] = ()
) -> Comparison:
    """Compare a claim's side with one of the others.

    Args:
        datasets: only their rows; all where empty.

    A test over datasets takes those of own runs that have both sides; printed numbers and claims on
    every row need all cells.

    Raises:
        ValueError: the claim is one that no table tests.
    """
    if claim.side is None:
        raise ValueError(f"{claim.key} has no side")
    one, other = (numbers.scores(side, claim.metric) for side in (claim.side, against))
    rows = [row for row in one if row in other and (not datasets or row[0] in datasets)]
    cells = [(one[row], other[row]) for row in rows]
    found = [score for scores in cells for score in scores if score is not None]
    pairs = _pairs(rows, one, other)
    metrics = list(dict.fromkeys(score.metric for score in found))
    missing = 2 * len(rows) - len(found)
    comparable = len(metrics) < 2
    refusal = claim.withdrawn if numbers.printed else smaller_budgets(found)
    partial = not numbers.printed and claim.test != "every-row"
    return Comparison(
        claim=claim,
        against=against,
        metric=" and ".join(short_title(metric) for metric in metrics),
        pairs=pairs,
        rows=len(rows),
        recorded=sum(scores != (None, None) for scores in cells),
        missing=missing,
        effect=effect_of([pair.difference for pair in pairs]) if pairs and comparable else None,
        refusal=refusal or _refusal(claim, pairs, len(rows), 0 if partial and pairs else missing),
        comparable=comparable,
    )


def _pairs(rows: Sequence[RowKey], one: Scores, other: Scores) -> tuple[Pair, ...]:
    found = []
    for row in rows:
        mine, theirs = one[row], other[row]
        if mine is not None and theirs is not None:
            found.append(Pair(row, mine, theirs))
    return tuple(found)


def _sample(score: Score) -> Sample | None:
    """The runs of a score; None where they are fewer than two, or came without a spread."""
    if score.std is None or score.runs < 2:
        return None
    return Sample.of_population(score.points, score.std, score.runs)


def smaller_budgets(found: Sequence[Score]) -> str:
    """Why runs under a smaller budget decide and rank nothing; empty where there are none."""
    budgets = dict.fromkeys(score.smaller for score in found if score.smaller)
    return f"budget {', '.join(budgets)} does less than the paper's experiments" if budgets else ""


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
        bare = sum(pair.estimate is None for pair in pairs)
        return f"{bare} of {rows} rows without a spread" if bare else ""
    return f"{len(pairs)} datasets are fewer than {FEWEST}" if len(pairs) < FEWEST else ""
