"""Under which protocols and budgets each table and figure is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from bench.datasets.catalogue import find_dataset
from bench.declared.tables import TableSpec
from bench.errors import UsageError
from bench.plan.budget import budgets, find_budget
from bench.store.records import Record
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import Protocol, find_protocol, shipped_protocols

Cells = tuple[str, str, str]
"""Cells of one dataset, net and method, by their keys."""


@dataclass(frozen=True)
class Condition:
    """What numbers are shown under.

    Args:
        protocol: its key.
        named: what a command calls it: the key, or the path of a file.
        title: of the protocol, in a few words.
        budget: its key.
        plain: whether it is the usual budget of what is shown.
    """

    protocol: str
    named: str
    title: str
    budget: str
    plain: bool = True

    @property
    def label(self) -> str:
        """What a reader chooses it by."""
        return self.protocol if self.plain else f"{self.protocol}, budget {self.budget}"

    @property
    def description(self) -> str:
        """The same in full."""
        budget = f", budget {self.budget}" if self.budget else ""
        return f"protocol {self.protocol} ({self.title}){budget}"


@dataclass(frozen=True)
class Scope:
    """What a report covers.

    Args:
        protocols: named ones with what they were named by; all that come along where none was.
        chosen: whether the user named them: then they are shown even where there is no record.
        budgets: keys; where empty those that records were made under.
    """

    protocols: tuple[tuple[str, Protocol], ...]
    chosen: bool = False
    budgets: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the protocols."""
        return tuple(protocol.key for _, protocol in self.protocols)


def scope_of(protocols: Sequence[str] = (), budget_keys: Sequence[str] = ()) -> Scope:
    """What a user names; everything there are records of where nothing is named.

    Raises:
        UsageError: a protocol or budget nobody declared, or two protocols of one key.
    """
    for key in budget_keys:
        find_budget(key)
    try:
        found = tuple((name, find_protocol(name)) for name in protocols or shipped_protocols())
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    keys = [protocol.key for _, protocol in found]
    for key in keys:
        if keys.count(key) > 1:
            raise UsageError(f"two protocols are called {key!r}; rename one of the files")
    return Scope(found, bool(protocols), tuple(budget_keys))


def conditions_of(
    scope: Scope, datasets: Sequence[str], usual: str, records: Sequence[Record]
) -> tuple[Condition, ...]:
    """The protocols and budgets that records were made under, the usual budget first.

    Where there is no record at all, the first protocol under the usual budget.

    Args:
        datasets: of what is shown; a budget is for data that comes along, or for the others.
        usual: the budget used where none is named.
        records: those of what is shown.
    """
    recorded = {(record.protocol, record.budget) for record in records}
    fitting = [key for key in _budgets(scope, usual) if _fits(key, datasets)]
    possible = [
        Condition(protocol.key, named, protocol.title, budget, budget == usual)
        for named, protocol in scope.protocols
        for budget in fitting
    ]
    filled = [one for one in possible if (one.protocol, one.budget) in recorded]
    chosen = [one for one in possible if scope.chosen and (scope.budgets or one.plain)]
    shown = dict.fromkeys([*filled, *chosen] or possible[:1])
    return tuple(sorted(shown, key=lambda one: fitting.index(one.budget)))


def own_records(spec: TableSpec, records: Iterable[Record], elsewhere: Set[Cells]) -> list[Record]:
    """The records a table is shown for: runs of its columns at the part of the grid that is fixed.

    Those of columns that it only repeats do not count, so that runs of another table bring no view
    whose own columns are all empty; in a table that has no others they do.

    Args:
        elsewhere: the cells of the tables that it may repeat.
    """
    fixed = places_of(spec)
    own = fixed.keys() - elsewhere or fixed.keys()
    return [
        one
        for one in records
        if (place := (one.dataset, one.net, one.method)) in own
        and any(_lies(one, at) for at in fixed[place])
    ]


def places_of(spec: TableSpec) -> dict[Cells, list[Mapping[str, float]]]:
    """By dataset, net and method of a table's cells what each fixes of the grid."""
    found = defaultdict[Cells, list[Mapping[str, float]]](list)
    for row, column in spec.pairs():
        found[row.dataset, column.net, column.method].append(column.at)
    return found


def _lies(record: Record, fixed: Mapping[str, float]) -> bool:
    """Whether a run is at these values of what its grid has of them."""
    point = dict(record.point)
    return all(point.get(name, value) == value for name, value in fixed.items())


def _budgets(scope: Scope, usual: str) -> list[str]:
    """The budgets asked for, the usual one first."""
    every = list(budgets())
    return sorted(scope.budgets or every, key=lambda key: (key != usual, every.index(key)))


def _fits(budget: str, datasets: Sequence[str]) -> bool:
    return any(find_budget(budget).is_for(find_dataset(key)) for key in datasets)
