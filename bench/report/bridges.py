"""What single steps between the two protocols do, as far as records of steps are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.bridge.effects import effect_tables
from bench.bridge.plan import BridgePlan, end_protocols, recorded_bridges
from bench.bridge.sheet import sheet_of
from bench.errors import BenchError
from bench.folders import bridge_folder
from bench.plan.query import Query, is_step
from bench.render.sheet import Sheet
from bench.report.provenance import grouped
from bench.report.scope import Scope
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.contract import UnknownKey


@dataclass(frozen=True)
class Bridges:
    """The bridges that there are records of, and the records that are in none.

    Args:
        shown: each with the sheets of both directions by metric, the metric that is shown first
            first; bridges of the user's own records first.
        shipped: records of steps that come along; the store of a report has none of them.
        refused: one line for what cannot be planned.
        unseen: how many of the user's own records of steps are in no bridge.
    """

    shown: tuple[tuple[BridgePlan, Mapping[str, Sequence[Sheet]]], ...] = ()
    shipped: tuple[Record, ...] = ()
    refused: tuple[str, ...] = ()
    unseen: int = 0


def bridges(scope: Scope, records: Sequence[Record], store: Store) -> Bridges:
    """A bridge for each budget and kind of data that steps were made of; own and shipped apart.

    Between the two protocols that come along, so where one of them is not in the report there is
    none.

    Args:
        records: all that can be trusted of this store; the shipped ones of steps are added.
    """
    own = [record for record in records if is_step(record.protocol)]
    if not {protocol.key for protocol in end_protocols(Query())} <= {*scope.keys}:
        return Bridges(unseen=len(own))
    wider = store.with_beside(bridge_folder())
    ids = wider.reference_ids() - store.reference_ids() - store.own_ids()
    shipped = list(wider.records_of(sorted(ids)))
    plans, unplanned = _plans(scope, own, store, fresh=store.reference is None)
    others, unplannable = _plans(scope, shipped, store, fresh=False)
    commands = {plan.command for plan in plans}
    seen = {job.run_id for plan in plans for job in plan.jobs}
    every = [*plans, *(plan for plan in others if plan.command not in commands)]
    return Bridges(
        shown=tuple((plan, _sheets(plan, wider)) for plan in every),
        shipped=tuple(shipped),
        refused=(*unplanned, *unplannable),
        unseen=sum(record.run_id not in seen for record in own),
    )


def _plans(
    scope: Scope, steps: Sequence[Record], store: Store, *, fresh: bool
) -> tuple[list[BridgePlan], tuple[str, ...]]:
    """The bridges that show these records, and why they cannot be planned where they cannot."""
    covered = [one for one in steps if not scope.budgets or one.budget in scope.budgets]
    try:
        return recorded_bridges(covered, fresh=fresh, planner=store.planner), ()
    except (BenchError, UnknownKey) as error:
        return [], (f"steps between protocols: {error}",)


def _sheets(plan: BridgePlan, store: Store) -> dict[str, list[Sheet]]:
    by_metric = grouped(effect_tables(plan, store), lambda table: table.metric)
    return {metric: list(map(sheet_of, tables)) for metric, tables in by_metric.items()}
