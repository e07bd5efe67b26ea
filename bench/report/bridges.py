"""What single steps between the two protocols do, as far as records of steps are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.bridge.changes import Change
from bench.bridge.effects import effect_tables
from bench.bridge.plan import BridgePlan, ends, recorded
from bench.bridge.sheet import idle_sentences, sheets_of, steps_of
from bench.declared.tables import short_title
from bench.errors import BenchError
from bench.folders import bridge_folder
from bench.plan.query import Query, is_step
from bench.render.sheet import Sheet
from bench.report.provenance import readable_records
from bench.report.scope import Scope
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.contract import UnknownKey


@dataclass(frozen=True)
class Bridge:
    """Every step of both ways on columns that have records of them.

    Args:
        command: makes what is missing.
        steps: each with the settings it changes, as text.
        idle: which steps are not taken, and why.
        sheets: both ways under each metric, the one that is shown first first.
    """

    title: str
    command: str
    steps: tuple[tuple[Change, str], ...]
    idle: tuple[str, ...]
    sheets: tuple[tuple[str, tuple[Sheet, ...]], ...]


@dataclass(frozen=True)
class Bridges:
    """All of them, and what is in none.

    Args:
        shown: those of the user's own records first.
        shipped: records of steps that come along; the store of a report has none of them.
        refused: one line for what cannot be trusted or planned.
        unseen: how many of the user's own records of steps are in no bridge.
    """

    shown: tuple[Bridge, ...] = ()
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
    if not {protocol.key for protocol in ends(Query())} <= {*scope.keys}:
        return Bridges(unseen=len(own))
    wider = store.with_beside(bridge_folder())
    ids = wider.reference_ids() - store.reference_ids() - store.own_ids()
    shipped, refused = readable_records(wider, ids)
    mine, unplanned = _asked(scope, own, fresh=store.reference is None)
    theirs, unplannable = _asked(scope, shipped, fresh=False)
    there = {asked.command for asked in mine}
    seen = {job.run_id for asked in mine for job in asked.jobs}
    return Bridges(
        shown=tuple(
            _bridge(asked, wider)
            for asked in (*mine, *(one for one in theirs if one.command not in there))
        ),
        shipped=tuple(shipped),
        refused=(*refused, *unplanned, *unplannable),
        unseen=sum(record.run_id not in seen for record in own),
    )


def _asked(
    scope: Scope, steps: Sequence[Record], *, fresh: bool
) -> tuple[list[BridgePlan], tuple[str, ...]]:
    """What to ask for to see these records, and why that cannot be asked for where it cannot."""
    kept = [one for one in steps if not scope.budgets or one.budget in scope.budgets]
    try:
        return recorded(kept, fresh=fresh), ()
    except (BenchError, UnknownKey) as error:
        return [], (f"steps between protocols: {error}",)


def _bridge(asked: BridgePlan, store: Store) -> Bridge:
    found = effect_tables(asked, store)
    by_metric: dict[str, list[Sheet]] = {}
    for one, sheet in zip(found, sheets_of(found, asked), strict=True):
        by_metric.setdefault(one.metric, []).append(sheet)
    return Bridge(
        title=asked.title,
        command=asked.command,
        steps=tuple(steps_of(asked)),
        idle=tuple(idle_sentences(asked)),
        sheets=tuple((short_title(metric), tuple(two)) for metric, two in by_metric.items()),
    )
