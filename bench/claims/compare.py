"""One side of a claim against another: their cells, the effect, its test, and what that shows.

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
from functools import cached_property

from bench.claims.numbers import Numbers, RowKey, Score, find_side
from bench.declared.claims import Claim, Relation, Side
from bench.declared.tables import short_title
from bench.judge.effects import FEWEST, Effect, effect_of, holm
from bench.judge.interval import ALPHA, Estimate, Sample, welch
from bench.render.text import counted


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
    return _evidence(effect.p, _sign(relation) * (effect.rank_biserial or 0.0))


def by_difference(difference: Estimate, relation: Relation, margin: float) -> Evidence:
    """The t test of a difference against the margin; without a standard error it shows nothing."""
    sign = _sign(relation)
    bound = -sign * margin
    return _evidence(difference.p(bound), sign * (difference.value - bound))


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


def joint_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """One contradiction is enough; what cannot be compared or decided leaves it at that."""
    for outcome in (Outcome.CONTRADICTED, Outcome.NOT_COMPARABLE, Outcome.UNDECIDED):
        if outcome in outcomes:
            return outcome
    return Outcome.SUPPORTED


def _sign(relation: Relation) -> int:
    """1 where high numbers speak for the claim, -1 where they speak against it."""
    return -1 if relation in ("below", "not above") else 1


def _evidence(p: float | None, ahead: float) -> Evidence:
    """Of a p value, and of how far the numbers lie on the claim's side."""
    if p is None or not ahead:
        return Evidence(1.0, Outcome.UNDECIDED)
    return Evidence(p, Outcome.SUPPORTED if ahead > 0 else Outcome.CONTRADICTED)


@dataclass(frozen=True)
class Cells:
    """The scores of some columns in the rows that all of them have.

    Args:
        sides: the columns.
        rows: what each row is of.
        scores: in each row one a column; None where the cell is empty.
    """

    sides: tuple[Side, ...]
    rows: tuple[RowKey, ...]
    scores: tuple[tuple[Score | None, ...], ...]

    @property
    def titles(self) -> list[str]:
        """Of the columns."""
        return [find_side(side)[1].title for side in self.sides]

    @cached_property
    def found(self) -> list[Score]:
        """Of the cells that are not empty."""
        return [score for row in self.scores for score in row if score is not None]

    @property
    def missing(self) -> int:
        """How many cells are empty."""
        return len(self.sides) * len(self.rows) - len(self.found)

    @property
    def recorded(self) -> int:
        """How many rows have a cell that is not empty."""
        return sum(any(row) for row in self.scores)

    @cached_property
    def metrics(self) -> list[str]:
        """What was measured."""
        return list(dict.fromkeys(score.metric for score in self.found))

    @property
    def comparable(self) -> bool:
        """Whether all columns show one metric."""
        return len(self.metrics) < 2

    @property
    def metric(self) -> str:
        """What was measured, in words; two, joined, where they differ."""
        return " and ".join(map(short_title, self.metrics))

    @property
    def smaller_budget(self) -> str:
        """Why runs under a smaller budget decide and rank nothing; empty where there are none."""
        keys = ", ".join(dict.fromkeys(score.smaller for score in self.found if score.smaller))
        return f"budget {keys} does less than the paper's experiments" if keys else ""


def cells_of(
    sides: Sequence[Side], metric: str, numbers: Numbers, datasets: Sequence[str] = ()
) -> Cells:
    """The cells of these columns; of these datasets, or of all."""
    columns = [numbers.scores(side, metric) for side in sides]
    rows = tuple(
        row
        for row in columns[0]
        if all(row in column for column in columns) and (not datasets or row[0] in datasets)
    )
    scores = tuple(tuple(column[row] for column in columns) for row in rows)
    return Cells(tuple(sides), rows, scores)


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
        """The difference with its standard error over the runs; None where either score has fewer
        than two runs, or came without a spread."""
        samples = [
            Sample.of_population(score.points, score.std, score.runs)
            for score in (self.one, self.other)
            if score.std is not None and score.runs > 1
        ]
        return welch(*samples) if len(samples) == 2 else None

    def evidence(self, claim: Claim) -> Evidence:
        """Welch's t test of this row alone."""
        estimate = self.estimate or Estimate(self.difference)
        return by_difference(estimate, claim.relation, claim.margin)


@dataclass(frozen=True)
class Comparison:
    """Two columns over the rows of a claim.

    Args:
        claim: what is said of them.
        cells: of the column it is about, and of the other one.
        pairs: the rows that have both scores.
        effect: over the pairs; None where there are none, or metrics differ.
        refusal: why it is not decided whatever the pairs say; empty where they decide.
        evidence: its test; None where it is not tested.
        adjusted: its p value after Holm's method; None where it is not tested, or not yet adjusted.
    """

    claim: Claim
    cells: Cells
    pairs: tuple[Pair, ...]
    effect: Effect | None
    refusal: str
    evidence: Evidence | None
    adjusted: float | None = None

    @property
    def outcome(self) -> Outcome:
        """Its verdict."""
        if not self.cells.comparable:
            return Outcome.NOT_COMPARABLE
        if self.evidence is None or self.adjusted is None:
            return Outcome.UNDECIDED
        return self.evidence.outcome(self.adjusted)


def compare(
    claim: Claim, against: Side, numbers: Numbers, datasets: Sequence[str] = ()
) -> Comparison:
    """Compare a claim's side with one of the others.

    Args:
        claim: one that a table tests.
        against: the other side.
        numbers: printed or own.
        datasets: only their rows; all where empty.

    Raises:
        ValueError: the claim is one that no table tests.
    """
    if claim.side is None:
        raise ValueError(f"{claim.key} has no side")
    cells = cells_of((claim.side, against), claim.metric, numbers, datasets)
    pairs = tuple(
        Pair(row, one, other)
        for row, (one, other) in zip(cells.rows, cells.scores, strict=True)
        if one is not None and other is not None
    )
    effect = evidence = None
    if pairs and cells.comparable:
        effect = effect_of([pair.difference for pair in pairs])
    refusal = _refusal(claim, cells, pairs, printed=numbers.printed)
    if effect and not refusal:
        evidence = _tested(claim, pairs, effect)
    return Comparison(claim, cells, pairs, effect, refusal, evidence)


def _refusal(claim: Claim, cells: Cells, pairs: Sequence[Pair], *, printed: bool) -> str:
    """Why these pairs cannot decide; empty where they can.

    A test over datasets takes those of own runs that have both sides; printed numbers and claims
    on every row need all cells.
    """
    rows, of_cells = len(cells.rows), f"of {2 * len(cells.rows)} cells"
    if overruled := claim.withdrawn if printed else cells.smaller_budget:
        return overruled
    if not rows:
        return "no row selected"
    partial = pairs and not printed and claim.test != "every-row"
    if cells.missing and not partial:
        return f"{cells.missing} {of_cells} missing"
    if collapsed := sum(score.collapsed for pair in pairs for score in (pair.one, pair.other)):
        return f"{collapsed} {of_cells} collapsed: one class for nearly all inputs"
    if claim.test == "every-row":
        bare = sum(pair.estimate is None for pair in pairs)
        return f"{bare} of {rows} rows without a spread" if bare else ""
    few = counted(len(pairs), "dataset is", "datasets are")
    return f"{few} fewer than {FEWEST}" if len(pairs) < FEWEST else ""


def _tested(claim: Claim, pairs: Sequence[Pair], effect: Effect) -> Evidence:
    if claim.test == "signed-rank":
        return by_signed_rank(effect, claim.relation)
    if claim.test == "interval":
        return by_difference(effect.estimate, claim.relation, claim.margin)
    return by_rows([pair.evidence(claim) for pair in pairs])
