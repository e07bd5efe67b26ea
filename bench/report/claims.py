"""What the claims come to on the printed numbers, and on own runs under each condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.claims.judge import Verdicts, verdicts
from bench.claims.numbers import PrintedNumbers, Scores, find_side, row_key, scores_of
from bench.claims.outline import (
    comparison_text,
    legend,
    outcome_counts,
    ranked_text,
    verdict_text,
)
from bench.declared.claims import Claims, Side, read_claims
from bench.declared.tables import find_metric
from bench.plan.budget import default_budget, find_budget
from bench.report.figures import Picture, picture_of
from bench.report.scope import Scope
from bench.report.views import TableViews
from bench.store.records import Record

MARKS = {
    "supported": "✓",
    "contradicted": "✗",
    "undecided": "?",
    "not comparable": "∘",
    "not tested": "–",
}
"""Signs of what claims come to."""


@dataclass(frozen=True)
class Statement:
    """What one source of numbers says of a claim or a ranking.

    Args:
        source: printed, or the protocol and budget of own runs.
        outcome: in a word or two; empty for a ranking.
        text: the outcome with why there is none.
        numbers: every comparison that has any.
    """

    source: str
    outcome: str
    text: str
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClaimView:
    """One claim, or one ranking, with what each source says."""

    key: str
    text: str
    source: str
    note: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Judgement:
    """Everything about the claims.

    Args:
        summaries: what each source comes to, one sentence each.
        diagram: of the ranks; None where nothing can be ranked.
        found: what it was made from.
    """

    sources: tuple[str, ...]
    summaries: tuple[str, ...]
    claims: tuple[ClaimView, ...]
    rankings: tuple[ClaimView, ...]
    legend: str
    diagram: Picture | None
    found: tuple[Verdicts, ...]


def judgement(scope: Scope, records: Sequence[Record], tables: Sequence[TableViews]) -> Judgement:
    """Judge every claim on the printed numbers and on own runs.

    Own runs are judged under each protocol and budget that records of the paper's data were made
    under.
    """
    claims = read_claims()
    own = [_own(claims, tables, protocol, budget) for protocol, budget in _labels(scope, records)]
    found = [verdicts(claims, PrintedNumbers()), *own]
    return Judgement(
        sources=tuple(one.source for one in found),
        summaries=tuple(outcome_counts(one) for one in found),
        claims=tuple(_claims(found)),
        rankings=tuple(_rankings(found)),
        legend=legend(found),
        diagram=_diagram(found),
        found=tuple(found),
    )


@dataclass(frozen=True)
class ShownNumbers:
    """The numbers of tables that are collected already, under one protocol and budget."""

    tables: Sequence[TableViews]
    protocol: str
    budget: str

    name = "own"
    printed = False

    def scores(self, side: Side, metric: str) -> Scores:
        """The rows of a column in this metric; none is made where the table is not shown so."""
        spec, column = find_side(side)
        wanted = find_metric(metric, spec.metrics or (spec.metric,))
        for table in self.tables:
            views = [view for several in table.views for view in several if view.metric == wanted]
            for view in views if table.spec == spec else ():
                made = (view.condition.protocol, view.condition.budget)
                if made == (self.protocol, self.budget) and view.table:
                    return scores_of(view.table, column)
        return {row_key(row): None for row in spec.rows if row.part == column.part}


def _labels(scope: Scope, records: Sequence[Record]) -> list[tuple[str, str]]:
    """Protocol and budget of records of the paper's data, the usual budget of each first."""
    labels = {
        (record.protocol, record.budget)
        for record in records
        if record.protocol in scope.keys and not find_budget(record.budget).embedded
    }
    wanted = [label for label in labels if not scope.budgets or label[1] in scope.budgets]
    return sorted(wanted, key=lambda pair: (pair[1] != default_budget(), scope.keys.index(pair[0])))


def _own(claims: Claims, tables: Sequence[TableViews], protocol: str, budget: str) -> Verdicts:
    found = verdicts(claims, ShownNumbers(tables, protocol, budget))
    plain = budget == default_budget()
    return replace(found, source=f"own, {protocol}" + ("" if plain else f", budget {budget}"))


def _claims(found: Sequence[Verdicts]) -> list[ClaimView]:
    views = []
    for several in zip(*(one.claims for one in found), strict=True):
        claim = several[0].claim
        each = tuple(
            Statement(
                source=one.source,
                outcome=judged.outcome.value,
                text=verdict_text(judged),
                numbers=tuple(
                    comparison_text(one) for one in judged.comparisons if one.effect is not None
                ),
            )
            for one, judged in zip(found, several, strict=True)
        )
        note = " ".join(part for part in (claim.note, claim.withdrawn) if part)
        views.append(ClaimView(claim.key, claim.says, claim.source, note, each))
    return views


def _rankings(found: Sequence[Verdicts]) -> list[ClaimView]:
    views = []
    for several in zip(*(one.rankings for one in found), strict=True):
        each = tuple(
            Statement(one.source, "", ranked_text(ranked))
            for one, ranked in zip(found, several, strict=True)
        )
        views.append(ClaimView(several[0].ranking.key, "", several[0].ranking.table, "", each))
    return views


def _diagram(found: Sequence[Verdicts]) -> Picture | None:
    from bench.claims.diagram import diagram, drawable

    return picture_of(diagram(found, ".png")) if drawable(found) else None
