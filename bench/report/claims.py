"""What the claims come to on the printed numbers, and on own runs under each condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.claims.judge import Verdicts, verdicts
from bench.claims.numbers import PrintedNumbers, Scores, find_side, rows_of, scores_of
from bench.declared.claims import Side, read_claims
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
class ShownNumbers:
    """The numbers of tables that are collected already, under one protocol and budget."""

    tables: Sequence[TableViews]
    protocol: str
    budget: str

    printed = False

    @property
    def name(self) -> str:
        """The protocol, and a budget that is not the usual one."""
        usual = self.budget == default_budget()
        return f"own, {self.protocol}" + ("" if usual else f", budget {self.budget}")

    def scores(self, side: Side, metric: str) -> Scores:
        """The rows of a column in this metric; none is made where the table is not shown so."""
        spec, column = find_side(side)
        wanted = find_metric(metric, spec.every_metric), self.protocol, self.budget
        tables = (table for table in self.tables if table.spec == spec)
        for view in (view for table in tables for views in table.views for view in views):
            shown = view.metric, view.condition.protocol, view.condition.budget
            if view.table and shown == wanted:
                return scores_of(view.table, column)
        return dict.fromkeys(rows_of(side))


def judged_claims(
    scope: Scope, records: Sequence[Record], tables: Sequence[TableViews]
) -> list[Verdicts]:
    """Every claim and ranking on the printed numbers, then on own runs under each protocol and
    budget that records of the paper's data were made under, the usual budget of each first."""
    conditions = {
        (record.protocol, record.budget)
        for record in records
        if record.protocol in scope.keys
        and (not scope.budgets or record.budget in scope.budgets)
        and not find_budget(record.budget).embedded
    }
    ordered = sorted(
        conditions, key=lambda pair: (pair[1] != default_budget(), scope.keys.index(pair[0]))
    )
    claims = read_claims()
    own = (ShownNumbers(tables, protocol, budget) for protocol, budget in ordered)
    return [verdicts(claims, PrintedNumbers()), *(verdicts(claims, one) for one in own)]


def rank_diagram(found: Sequence[Verdicts]) -> Picture | None:
    """The diagram of the ranks; None where nothing can be ranked."""
    from bench.claims.diagram import diagram, drawable_rankings

    return picture_of(diagram(found, ".png")) if drawable_rankings(found) else None
