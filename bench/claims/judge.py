"""Every claim on one source of numbers: comparisons, p values judged together, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bench.claims.compare import Cells, Comparison, Outcome, cells_of, compare, joint_outcome
from bench.claims.numbers import Numbers, OwnNumbers, has_metric, rows_of
from bench.declared.claims import Claim, Claims, Ranking, Side, selected
from bench.declared.tables import read_table
from bench.errors import Incomplete, UsageError
from bench.judge.effects import Ranks, holm, ranks_of
from bench.render.text import counted
from iunet.declare.contract import closest_first


@dataclass(frozen=True)
class ClaimVerdict:
    """What one source of numbers says of a claim; `comparisons` is empty where nothing tests it."""

    claim: Claim
    comparisons: tuple[Comparison, ...]

    @property
    def outcome(self) -> Outcome:
        """Of all its comparisons together."""
        if not self.comparisons:
            return Outcome.UNTESTED
        return joint_outcome([one.outcome for one in self.comparisons])


@dataclass(frozen=True)
class RankingVerdict:
    """What one source of numbers says of a ranking; `cells` are those of its columns."""

    ranking: Ranking
    cells: Cells

    @property
    def refusal(self) -> str:
        """Why there are no ranks; empty where there are."""
        rows, missing = len(self.cells.rows), self.cells.missing
        if missing:
            return f"{missing} of {len(self.cells.sides) * rows} cells missing"
        if not self.cells.comparable:
            return f"not comparable: measured as {self.cells.metric}"
        if self.cells.smaller_budget:
            return self.cells.smaller_budget
        few = counted(rows, "dataset is", "datasets are")
        return f"{few} fewer than two" if rows < 2 else ""

    @cached_property
    def ranks(self) -> Ranks | None:
        """The columns over the datasets by title; None where it is refused."""
        if self.refusal:
            return None
        points = [[score.points for score in row if score] for row in self.cells.scores]
        return ranks_of(self.cells.titles, points)


@dataclass(frozen=True)
class Verdicts:
    """Everything one source of numbers says.

    Args:
        source: its name.
        claims: in declared order.
        tests: how many p values Holm's method adjusted together.
        rankings: in declared order.
    """

    source: str
    claims: tuple[ClaimVerdict, ...]
    tests: int
    rankings: tuple[RankingVerdict, ...]

    @property
    def incomplete(self) -> list[Side]:
        """Columns of claims and rankings that lack cells, once each."""
        cells = [one.cells for claim in self.claims for one in claim.comparisons]
        cells += [one.cells for one in self.rankings]
        return list(dict.fromkeys(side for one in cells if one.missing for side in one.sides))


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
    _check_datasets(datasets, claims)
    about = [one for one in claims.claim if not datasets or datasets_of(one) & {*datasets}]
    compared = []
    for one in about:
        tested = one if numbers.printed else one.on_own_runs
        compared.append([compare(tested, side, numbers, datasets) for side in tested.against])
    p_values = [each.evidence.p for group in compared for each in group if each.evidence]
    adjusted = iter(holm(p_values))
    found = [
        ClaimVerdict(
            claim,
            tuple(replace(one, adjusted=next(adjusted)) if one.evidence else one for one in group),
        )
        for claim, group in zip(about, compared, strict=True)
    ]
    wanted = selected(claims, keys)
    rankings = [rank(ranking, numbers, datasets) for ranking in wanted.ranking]
    return Verdicts(
        source=numbers.name,
        claims=tuple(one for one in found if one.claim in wanted.claim),
        tests=len(p_values),
        rankings=tuple(one for one in rankings if not datasets or one.cells.rows),
    )


def rank(ranking: Ranking, numbers: Numbers, datasets: Sequence[str] = ()) -> RankingVerdict:
    """Rank columns over datasets, or say why not."""
    return RankingVerdict(ranking, cells_of(sides_of(ranking), ranking.metric, numbers, datasets))


def sides_of(ranking: Ranking) -> list[Side]:
    """The columns of a ranking."""
    return [Side(ranking.table, column) for column in ranking.columns]


def datasets_of(one: Claim | Ranking) -> set[str]:
    """Those it is about, as printed and on own runs."""
    sides = sides_of(one) if isinstance(one, Ranking) else [*one.against, *one.on_own_runs.against]
    return {dataset for side in sides for dataset, _ in rows_of(side)}


def check_metric(metric: str, claims: Claims) -> None:
    """Refuse a metric, where one is named, that no table of a claim has.

    Raises:
        UsageError: the message lists those that some have.
    """
    tables = dict.fromkeys(one.side.table for one in claims.claim if one.side)
    specs = [read_table(name) for name in tables]
    if metric and not any(has_metric(spec, metric) for spec in specs):
        known = dict.fromkeys(name for spec in specs for name in spec.every_metric)
        listed = closest_first(metric, (name.replace("_", "-") for name in known))
        raise UsageError(f"no claim can be tested by {metric!r}; known: {listed}")


def missing_runs(
    found: Verdicts, own: OwnNumbers, datasets: Sequence[str] = ()
) -> Incomplete | None:
    """What own runs lack, with the commands that make them; None where nothing is missing."""
    if not found.incomplete:
        return None
    commands = "; ".join(own.commands(found.incomplete, datasets))
    how = f"these commands make them: {commands}" if commands else "nothing makes them yet"
    return Incomplete(f"some claims lack own runs; {how}")


def _check_datasets(datasets: Sequence[str], claims: Claims) -> None:
    """Refuse a dataset that no claim and no ranking is about."""
    every: list[Claim | Ranking] = [*claims.claim, *claims.ranking]
    known = set().union(*map(datasets_of, every))
    for name in datasets:
        if name not in known:
            listed = closest_first(name, sorted(known))
            raise UsageError(f"no claim is about {name!r}; known: {listed}")
