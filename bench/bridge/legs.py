"""The runs of a way: every column under the base and under each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.bridge.way import JOIN, Stop, Way
from bench.plan.budget import Budget
from bench.plan.job import Job
from bench.plan.names import MethodName
from bench.plan.plan import Known, Place, plan_cells
from bench.plan.query import Conditions
from iunet.declare.nets import Kind
from iunet.declare.protocol import Protocol


@dataclass(frozen=True)
class Column:
    """One dataset and method; an empty net is the method's usual one."""

    dataset: str
    net: str
    method: str

    @property
    def method_key(self) -> str:
        """As a user names the method."""
        return str(MethodName(self.method, self.net))

    @property
    def title(self) -> str:
        """For a heading."""
        return f"{self.dataset} {self.method_key}"


@dataclass(frozen=True)
class Condition:
    """The runs of every column under one protocol."""

    protocol: Protocol
    jobs: Mapping[Column, tuple[Job, ...]]


@dataclass(frozen=True)
class Leg:
    """One way with its runs.

    Args:
        whole: whether all steps are asked for, so that there is a sum of all.
        stops: those that change a run of some column.
        idle: those that do not, or that no score depends on.
    """

    base: Condition
    other: Condition
    stops: tuple[tuple[Stop, Condition], ...]
    idle: tuple[Stop, ...]
    towards: Protocol
    whole: bool = True


def runs_of(condition: Condition) -> list[Job]:
    """Every run under one protocol, column by column."""
    return [job for jobs in condition.jobs.values() for job in jobs]


@dataclass(frozen=True)
class Planner:
    """Plans every column under one protocol at a time."""

    columns: tuple[Column, ...]
    budget: Budget
    kind: Kind
    known: Known

    def leg(self, one: Way, named: Sequence[str]) -> Leg:
        """A way with its runs; only the named steps where any are."""
        base = self.condition(one.base)
        stops: list[tuple[Stop, Condition]] = []
        idle: list[Stop] = []
        whole = True
        for stop in one.stops:
            wanted = stop.own or not named or bool({*named} & {*stop.key.split(JOIN)})
            if not wanted and not (whole and stop.scored):
                continue
            condition = self.condition(stop.protocol)
            moves = any(moved(base, condition, column, self.kind) for column in self.columns)
            if not wanted:
                whole = not moves
            elif moves and (stop.scored or named):
                stops.append((stop, condition))
            else:
                idle.append(stop)
        other = self.condition(one.other)
        return Leg(base, other, tuple(stops), tuple(idle), one.other, whole)

    def condition(self, protocol: Protocol) -> Condition:
        places = {
            column: Place(column.dataset, column.net, column.method) for column in self.columns
        }
        cells = plan_cells(places.values(), Conditions(protocol, self.budget), known=self.known)
        return Condition(protocol, {column: cells[place] for column, place in places.items()})


def moved(base: Condition, condition: Condition, column: Column, kind: Kind) -> bool:
    """Whether a column's runs differ from the base's, or the score that chooses among them."""
    before, after = base.jobs[column], condition.jobs[column]
    if [job.run_id for job in before] != [job.run_id for job in after]:
        return True
    searched = len({job.point for job in after}) > 1
    return searched and selecting(base.protocol, kind) != selecting(condition.protocol, kind)


def selecting(protocol: Protocol, kind: Kind) -> str:
    """The validation score that chooses a grid point on such data."""
    return protocol.table.select if kind == "table" else protocol.vision.select
