"""Every claim on one source of numbers: comparisons, p values judged together, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.claims.compare import Comparison, compare
from bench.claims.numbers import Numbers, find_side
from bench.claims.ranks import Ranks, ranks_of
from bench.claims.rule import Outcome, together
from bench.claims.spec import Claim, Claims, Ranking, Side
from bench.errors import UsageError
from bench.judge.holm import holm
from bench.show.metrics import short_title


@dataclass(frozen=True)
class Decided:
    """One comparison with its p value after Holm, None where it has none, and its verdict."""

    comparison: Comparison
    adjusted: float | None
    outcome: Outcome


@dataclass(frozen=True)
class Judged:
    """One claim."""

    claim: Claim
    decided: tuple[Decided, ...]

    @property
    def rows(self) -> int:
        """How many rows its comparisons have together."""
        return sum(one.comparison.rows for one in self.decided)

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


def verdicts(claims: Claims, numbers: Numbers, datasets: Sequence[str] = ()) -> Verdicts:
    """Judge every claim on these numbers.

    Args:
        datasets: only their rows, and claims that have some; all where empty.

    Raises:
        UsageError: a dataset that no claim is about.
        BenchError: a claim names a column that its table has not.
    """
    _check(datasets, claims)
    compared = {
        claim.key: [compare(claim, side, numbers, datasets) for side in claim.against]
        for claim in claims.claim
    }
    decided, together = _decided(compared)
    judged = [Judged(claim, decided[claim.key]) for claim in claims.claim]
    ranked = [rank(ranking, numbers, datasets) for ranking in claims.ranking]
    return Verdicts(
        source=numbers.name,
        judged=tuple(one for one in judged if not datasets or one.rows),
        together=together,
        ranked=tuple(one for one in ranked if not datasets or one.rows),
    )


def _decided(
    compared: Mapping[str, Sequence[Comparison]],
) -> tuple[dict[str, tuple[Decided, ...]], int]:
    """Every comparison with its verdict, by claim; and how many p values were adjusted together."""
    chances = [one.chance for group in compared.values() for one in group]
    adjusted = iter(holm([p for p in chances if p is not None]))
    decided: dict[str, tuple[Decided, ...]] = {}
    for key, group in compared.items():
        found = [(one, None if one.chance is None else next(adjusted)) for one in group]
        decided[key] = tuple(Decided(one, p, one.outcome(p)) for one, p in found)
    return decided, sum(p is not None for p in chances)


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
    if len(rows) < 2:
        return replace(refused, refusal=f"{len(rows)} datasets are fewer than two")
    titles = [find_side(side)[1].title for side in sides]
    points = [[score.points for score in row if score is not None] for row in cells]
    return replace(refused, ranks=ranks_of(titles, points))


def sides_of(ranking: Ranking) -> list[Side]:
    """The columns of a ranking."""
    return [Side(ranking.table, column) for column in ranking.columns]


def _check(datasets: Sequence[str], claims: Claims) -> None:
    """Refuse a dataset that no claim and no ranking is about."""
    asked = [(one.against, one.only) for one in claims.claim]
    asked += [(tuple(sides_of(one)), ()) for one in claims.ranking]
    known = {
        row.dataset
        for sides, only in asked
        for side in sides
        for row in find_side(side)[0].rows
        if not only or row.dataset in only
    }
    for name in datasets:
        if name not in known:
            raise UsageError(f"no claim is about {name!r}; known: {', '.join(sorted(known))}")
