"""Which bridges records are of: what to ask for so that each of them is seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from bench.bridge.direction import JOIN, direction_of
from bench.bridge.plan import Arm, BridgePlan, ends, plan_bridge
from bench.declared.steps import read_steps
from bench.plan.names import short_name
from bench.plan.plan import kind_of
from bench.plan.query import Query
from bench.store.records import Record
from iunet.declare.nets import Kind


def recorded(records: Iterable[Record], *, fresh: bool = False) -> list[BridgePlan]:
    """A bridge between the two usual protocols for each budget and kind of data, and for datasets
    of the same columns and steps; those of most steps first.

    One of fewer steps has the datasets of more steps, too, so that these steps are seen side by
    side. A direction in which no step was taken has none.

    Args:
        records: of single steps; those between other protocols are in none.
        fresh: whether it is planned without shipped records.

    Raises:
        UnknownKey, UsageError: a record is of a method or of data that nobody declares.
    """
    own = list(records)
    taken, made = _taken(own), {(one.dataset, one.protocol) for one in own}
    groups = dict.fromkeys((one.group, one.steps) for one in taken)
    found = [
        _plan(
            Query(
                datasets=tuple(one.dataset for one in taken if one.has(group, steps)),
                methods=group.methods,
                budget=group.budget,
                steps=_named(steps),
                fresh=fresh,
            )
        )
        for group, steps in groups
    ]
    seen = [_without_unrecorded(plan, made) for plan in found]
    return sorted(seen, key=lambda plan: -len(plan.protocols))


def _without_unrecorded(plan: BridgePlan, made: Collection[tuple[str, str]]) -> BridgePlan:
    """Without the changes of a direction in which none of them has a record.

    Args:
        made: dataset and protocol of every record.
    """
    datasets = {column.dataset for column in plan.columns}

    def recorded_part(arm: Arm) -> Arm:
        keys = {change.protocol.key for change, _ in arm.changes}
        if any(protocol in keys and dataset in datasets for dataset, protocol in made):
            return arm
        return replace(arm, changes=(), idle=())

    there, back = plan.arms
    return replace(plan, arms=(recorded_part(there), recorded_part(back)))


@dataclass(frozen=True)
class _Group:
    """What can stand in one table."""

    budget: str
    kind: Kind
    methods: tuple[str, ...]


@dataclass(frozen=True)
class _Taken:
    """The steps there are records of on one dataset under one budget."""

    dataset: str
    group: _Group
    steps: frozenset[str]

    def has(self, group: _Group, steps: frozenset[str]) -> bool:
        """Whether these columns have all of these steps."""
        return self.group == group and steps <= self.steps


@dataclass
class _Found:
    """Nets with their methods, and steps, of one dataset under one budget."""

    methods: set[tuple[str, str]] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)


def _taken(records: Iterable[Record]) -> list[_Taken]:
    keys = _keys()
    found: dict[tuple[str, str], _Found] = {}
    for record in records:
        if record.protocol in keys:
            one = found.setdefault((record.budget, record.dataset), _Found())
            one.methods.add((record.net, record.method))
            one.steps.add(keys[record.protocol])
    return [
        _Taken(
            dataset,
            _Group(budget, kind_of(dataset), _methods(one.methods, kind_of(dataset))),
            frozenset(one.steps),
        )
        for (budget, dataset), one in sorted(found.items())
    ]


def _named(steps: Iterable[str]) -> tuple[str, ...]:
    """As a user names them, in declared order; some are taken together."""
    known = {step for key in steps for step in key.split(JOIN)}
    return tuple(step.key for step in read_steps().step if step.key in known)


def _plan(query: Query) -> BridgePlan:
    """Without the names of the steps where they are all there are."""
    plan = plan_bridge(query)
    whole = all(arm.whole for arm in plan.arms)
    return plan_bridge(replace(query, steps=())) if whole else plan


def _keys() -> dict[str, str]:
    """The step of each protocol that lies between the usual two."""
    start, end = ends(Query())
    declared = read_steps()
    stops = (
        *direction_of(start, end, declared).changes,
        *direction_of(end, start, declared).changes,
    )
    return {change.protocol.key: change.key for change in stops}


def _methods(pairs: Iterable[tuple[str, str]], kind: Kind) -> tuple[str, ...]:
    """As a user names them, in the order of the steps' own, then the others by name."""
    named = [short_name(net, method, kind) for net, method in pairs]
    return tuple(sorted(named, key=_place))


def _place(method: str) -> tuple[int, str]:
    usual = read_steps().methods
    return usual.index(method) if method in usual else len(usual), method
