"""Every claim on one source of numbers: comparisons, p values judged together, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.claims.compare import Comparison, compare, smaller_budgets
from bench.claims.numbers import Numbers, find_side, rows_of
from bench.claims.rule import Evidence, Outcome, together
from bench.declared.claims import Claim, Claims, Ranking, Side, selected
from bench.errors import UsageError
from bench.judge.effects import Ranks, holm, ranks_of
from bench.judge.metrics import short_title


@dataclass(frozen=True)
class Decided:
    """One comparison with its test and its p value after Holm, None where it is not tested."""

    comparison: Comparison
    evidence: Evidence | None
    adjusted: float | None

    @property
    def outcome(self) -> Outcome:
        """Its verdict."""
        if not self.comparison.comparable:
            return Outcome.NOT_COMPARABLE
        if self.evidence is None or self.adjusted is None:
            return Outcome.UNDECIDED
        return self.evidence.outcome(self.adjusted)


@dataclass(frozen=True)
class Judged:
    """One claim."""

    claim: Claim
    decided: tuple[Decided, ...]

    @property
    def outcome(self) -> Outcome:
        """Of all its comparisons together."""
        if not self.decided:
            return Outcome.UNTESTED
        return together([one.outcome for one in self.decided])


@dataclass(frozen=True)
class Ranked:
    """One ranking.

    Args:
        metric: all columns are measured in; several, joined, where they differ.
        rows: number of datasets.
        missing: empty cells.
        ranks: None where it is refused.
        refusal: why; empty where it is not.
    """

    ranking: Ranking
    metric: str
    rows: int
    missing: int
    ranks: Ranks | None = None
    refusal: str = ""

    @property
    def sides(self) -> list[Side]:
        """Its columns."""
        return sides_of(self.ranking)


@dataclass(frozen=True)
class Verdicts:
    """Everything one source of numbers says.

    Args:
        source: its name.
        judged: in declared order.
        together: how many p values Holm's method adjusted.
        ranked: in declared order.
    """

    source: str
    judged: tuple[Judged, ...]
    together: int
    ranked: tuple[Ranked, ...]

    @property
    def incomplete(self) -> list[Side]:
        """Columns of claims and rankings that lack cells, once each."""
        compared = [one.comparison for judged in self.judged for one in judged.decided]
        sides = [side for one in compared if one.missing for side in one.sides]
        sides += [side for one in self.ranked if one.missing for side in one.sides]
        return list(dict.fromkeys(sides))


def verdicts(
    claims: Claims, numbers: Numbers, datasets: Sequence[str] = (), keys: Sequence[str] = ()
) -> Verdicts:
    """Judge every claim on these numbers.

    Args:
        datasets: only their rows, and claims that have some; all where empty.
        keys: only these are returned, judged among all; all where empty.

    Raises:
        UsageError: a dataset that no claim is about, or a key nobody declared.
        BenchError: a claim names a column that its table has not.
    """
    _check(datasets, claims)
    about = [one for one in claims.claim if not datasets or datasets_of(one) & {*datasets}]
    asked = [one if numbers.printed else one.on_own_runs for one in about]
    compared = [[compare(one, side, numbers, datasets) for side in one.against] for one in asked]
    decided = _decided(compared)
    wanted = selected(claims, keys)
    judged = [Judged(*pair) for pair in zip(about, decided, strict=True)]
    ranked = [rank(ranking, numbers, datasets) for ranking in wanted.ranking]
    return Verdicts(
        source=numbers.name,
        judged=tuple(one for one in judged if one.claim in wanted.claim),
        together=sum(one.evidence is not None for group in decided for one in group),
        ranked=tuple(one for one in ranked if not datasets or one.rows),
    )


def _decided(compared: Sequence[Sequence[Comparison]]) -> list[tuple[Decided, ...]]:
    """The comparisons of every claim with their p values adjusted together."""
    found = [[(one, one.evidence) for one in group] for group in compared]
    adjusted = iter(holm([test.p for group in found for _, test in group if test]))
    return [
        tuple(Decided(one, test, next(adjusted) if test else None) for one, test in group)
        for group in found
    ]


def rank(ranking: Ranking, numbers: Numbers, datasets: Sequence[str] = ()) -> Ranked:
    """Rank columns over datasets, or say why not."""
    sides = sides_of(ranking)
    scores = [numbers.scores(side, ranking.metric) for side in sides]
    rows = [row for row in scores[0] if not datasets or row[0] in datasets]
    cells = [[one[row] for one in scores] for row in rows]
    found = [score for row in cells for score in row if score is not None]
    metrics = list(dict.fromkeys(score.metric for score in found))
    named = " and ".join(short_title(metric) for metric in metrics)
    total = len(sides) * len(rows)
    refused = Ranked(ranking, named, len(rows), total - len(found))
    if refused.missing:
        return replace(refused, refusal=f"{refused.missing} of {total} cells missing")
    if len(metrics) > 1:
        return replace(refused, refusal=f"not comparable: measured as {named}")
    if smaller := smaller_budgets(found):
        return replace(refused, refusal=smaller)
    if len(rows) < 2:
        return replace(refused, refusal=f"{len(rows)} datasets are fewer than two")
    titles = [find_side(side)[1].title for side in sides]
    points = [[score.points for score in row if score is not None] for row in cells]
    return replace(refused, ranks=ranks_of(titles, points))


def sides_of(ranking: Ranking) -> list[Side]:
    """The columns of a ranking."""
    return [Side(ranking.table, column) for column in ranking.columns]


def datasets_of(one: Claim | Ranking) -> set[str]:
    """Those it is about, as printed and on own runs."""
    sides = sides_of(one) if isinstance(one, Ranking) else [*one.against, *one.on_own_runs.against]
    return {row.dataset for side in sides for row in rows_of(*find_side(side))}


def _check(datasets: Sequence[str], claims: Claims) -> None:
    """Refuse a dataset that no claim and no ranking is about."""
    asked: list[Claim | Ranking] = [*claims.claim, *claims.ranking]
    known = set().union(*map(datasets_of, asked))
    for name in datasets:
        if name not in known:
            raise UsageError(f"no claim is about {name!r}; known: {', '.join(sorted(known))}")
