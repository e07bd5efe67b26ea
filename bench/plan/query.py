"""What a user selects, and the conditions that this stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.plan.budget import Budget, default_budget, find_budget
from iunet.declare.nets import Kind
from iunet.declare.protocol import HalfProtocol, Protocol, default_protocol, find_protocol


@dataclass(frozen=True)
class Query:
    """What a user selects. Empty means what the table, the figure or the protocol says.

    Args:
        name: of the table or figure; empty where a command reads several tables.
        protocol: key, or path of a .toml file.
        budget, metric: keys.
        datasets, methods: only these, as a user names them, see `bench.plan.names`.
        seeds: only these of the protocol's.
        appended: methods that are added to a table as columns.
        start, end: the two protocols of a bridge, by key or file.
        steps: only these steps of a bridge.
        own: files whose lines are tabulated beside the steps of a bridge.
        fresh: whether the shipped records are ignored.
    """

    name: str = ""
    protocol: str = ""
    budget: str = ""
    metric: str = ""
    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    appended: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    steps: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Conditions:
    """Under what the runs of a table, a figure or a bridge are planned and shown.

    Args:
        protocol, budget: as they were looked up.
        seeds: only these of the protocol's; empty means all.
        name: of the table or figure.
        options: what to add to a command to get the same protocol, budget and seeds again.
    """

    protocol: Protocol
    budget: Budget
    seeds: tuple[int, ...] = ()
    name: str = ""
    options: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the budget leaves the protocol's epochs, grids and pictures as they are."""
        budget = self.budget
        return budget.epochs is None and not budget.chosen and budget.pictures is None

    @property
    def captions(self) -> tuple[str, str]:
        """Protocol and budget, as captions tell them."""
        protocol, budget = self.protocol, self.budget
        return (
            f"protocol {protocol.key} ({protocol.title})",
            f"budget {budget.key} ({budget.title})",
        )

    def half(self, kind: Kind) -> HalfProtocol:
        """The protocol's settings for data of this kind."""
        return self.protocol.table if kind == "table" else self.protocol.vision

    def command(self, datasets: Sequence[str] = (), methods: Sequence[str] = ()) -> str:
        """The command that makes these rows and columns under the same conditions."""
        words = ["bench", self.name]
        words += ["-d", ",".join(datasets)] if datasets else []
        words += ["-m", ",".join(methods)] if methods else []
        return " ".join([*words, *self.options])


def conditions_of(query: Query, protocol: str = "", budget: str = "") -> Conditions:
    """The protocol, the budget and the seeds of a query.

    Args:
        protocol, budget: those used where the query names none; the usual ones where empty.

    Raises:
        UsageError, UnknownKey, ProtocolError: no such protocol or budget.
    """
    usual_protocol, usual_budget = protocol or default_protocol(), budget or default_budget()
    name = query.protocol or usual_protocol
    found = find_budget(query.budget or usual_budget)
    options = ["--protocol", name] if name != usual_protocol else []
    options += ["--budget", found.key] if found.key != usual_budget else []
    options += ["-s", ",".join(str(seed) for seed in query.seeds)] if query.seeds else []
    return Conditions(find_protocol(name), found, query.seeds, query.name, tuple(options))
