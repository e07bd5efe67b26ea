"""What single steps between the two protocols do, as far as records of steps are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from baselines.registry import find_methods
from bench.bridge.asked import Asked, Selection, ends
from bench.bridge.effects import bridged
from bench.bridge.recorded import recorded
from bench.bridge.sheet import idle_sentences, sheets_of, steps_of
from bench.bridge.way import Stop, is_step
from bench.datasets.catalogue import CATALOGUE, VISION
from bench.folders import bridge_folder
from bench.report.scope import Scope
from bench.show.metrics import short_title
from bench.show.sheet import Sheet
from bench.store.records import Record
from bench.store.store import Store


@dataclass(frozen=True)
class Bridge:
    """Every step of both ways on columns that have records of them.

    Args:
        command: makes what is missing.
        steps: each with the settings it changes, as text.
        idle: which steps are not taken, and why.
        sheets: both ways under each metric, the one that is shown first first.
        protocols: of all runs it has a place for.
    """

    title: str
    command: str
    steps: tuple[tuple[Stop, str], ...]
    idle: tuple[str, ...]
    sheets: tuple[tuple[str, tuple[Sheet, ...]], ...]
    protocols: frozenset[str]


def bridges(scope: Scope, records: Iterable[Record], store: Store) -> list[Bridge]:
    """A bridge for each budget and kind of data that steps were made of.

    Between the two protocols that come along, so where one of them is not in the report there is
    none.

    Args:
        records: all that can be trusted of this store; the shipped ones of steps are added.
    """
    if not {protocol.key for protocol in ends(Selection())} <= {*scope.keys}:
        return []
    wider = store.with_beside(bridge_folder())
    added = sorted(wider.reference_ids() - store.reference_ids())
    steps = [*records, *filter(None, map(wider.get, added))]
    kept = [one for one in steps if not scope.budgets or one.budget in scope.budgets]
    methods, datasets = find_methods(), {*CATALOGUE, *VISION}
    found = recorded(
        one
        for one in kept
        if is_step(one.protocol) and one.method in methods and one.dataset in datasets
    )
    return [_bridge(asked, wider) for asked in found]


def _bridge(asked: Asked, store: Store) -> Bridge:
    found = bridged(asked, store)
    by_metric: dict[str, list[Sheet]] = {}
    for one, sheet in zip(found, sheets_of(found, asked), strict=True):
        by_metric.setdefault(one.metric, []).append(sheet)
    return Bridge(
        title=asked.title,
        command=asked.command,
        steps=tuple(steps_of(asked)),
        idle=tuple(idle_sentences(asked)),
        sheets=tuple((short_title(metric), tuple(two)) for metric, two in by_metric.items()),
        protocols=frozenset(condition.protocol.key for condition in asked.conditions),
    )


def seen(found: Sequence[Bridge]) -> frozenset[str]:
    """Protocols whose runs some bridge has a place for."""
    return frozenset[str]().union(*(one.protocols for one in found))
