"""Planning: requests in, distinct jobs in order out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from bench.errors import UsageError
from bench.plan.budget import Budget, find_budget
from bench.plan.identity import identity_of, plain, run_id
from bench.plan.job import NO_NET, Job
from iunet.declare.contract import Learner, Point
from iunet.declare.protocol import Protocol as Settings
from iunet.declare.protocol import find_protocol
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import grid, resolve
from iunet.declare.settings import Chain

TABLE_NET = "mlp-tab"
"""The net that tabular recipes run on unless another is named."""


@dataclass(frozen=True)
class Request:
    """Runs asked for: every dataset × column × grid point × seed under one protocol and budget.

    Args:
        datasets: keys.
        columns: (net, method) keys; an empty net means the method's usual one.
        protocol: key, or path of a .toml file.
        budget: key.
        seeds: some of the protocol's; None means all of them.
    """

    datasets: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    protocol: str
    budget: str
    seeds: tuple[int, ...] | None = None


class Table(Protocol):
    """What planning needs to know about a dataset."""

    @property
    def key(self) -> str: ...
    @property
    def data_revision(self) -> int: ...
    @property
    def source(self) -> str: ...


@dataclass(frozen=True)
class Known:
    """Where methods and datasets are looked up; both raise listing the known ones."""

    method: Callable[[str], Recipe | Learner]
    dataset: Callable[[str], Table]


def shipped() -> Known:
    """The methods found by walking and the catalogue."""
    from baselines.registry import find_method
    from bench.datasets.catalogue import find_dataset

    return Known(method=cache(find_method), dataset=find_dataset)  # a look-up walks packages


def plan_jobs(requests: Iterable[Request], known: Known | None = None) -> list[Job]:
    """Every run the requests need, once, in the order of the requests.

    Raises:
        UsageError, UnknownKey: a dataset, method, net, protocol, budget or seed that is not known,
            or a dataset this budget is not for.
    """
    where = known or shipped()
    jobs: dict[str, Job] = {}
    for request in requests:
        for job in _jobs_of(request, where):
            jobs.setdefault(job.run_id, job)
    return list(jobs.values())


def _jobs_of(request: Request, known: Known) -> Iterator[Job]:
    protocol = find_protocol(request.protocol)
    budget = find_budget(request.budget)
    seeds = _seeds(request, protocol)
    tables = [_table(key, budget, known) for key in request.datasets]
    columns = [_column(net, key, protocol, budget, known) for net, key in request.columns]
    data = plain({"split": protocol.table.split, "preprocessing": protocol.table.preprocessing})
    for table in tables:
        for column in columns:
            for variant in column.variants:
                for seed in seeds:
                    yield _job(table, column, variant, seed, data, protocol, budget)


@dataclass(frozen=True)
class _Variant:
    point: Point
    work: Chain | Learner
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class _Column:
    net: str
    method: Recipe | Learner
    variants: Sequence[_Variant]


def _column(net: str, key: str, protocol: Settings, budget: Budget, known: Known) -> _Column:
    method = known.method(key)
    usual = NO_NET if isinstance(method, Learner) else TABLE_NET
    if net not in ("", usual):
        raise UsageError(f"method {key!r} does not run on net {net!r}; known for tables: {usual!r}")
    if isinstance(method, Learner):
        return _Column(usual, method, [_Variant((), method, plain(method.settings))])
    variants = []
    for point in budget.points(grid(method, protocol.table)):
        chain = budget.applied(resolve(method, protocol.table, point))
        variants.append(_Variant(point, chain, plain(chain)))
    return _Column(usual, method, variants)


def _job(
    table: Table,
    column: _Column,
    variant: _Variant,
    seed: int,
    data: Mapping[str, Any],
    protocol: Settings,
    budget: Budget,
) -> Job:
    identity = identity_of(
        dataset=table.key,
        data_revision=table.data_revision,
        net=column.net,
        method=column.method.key,
        revision=column.method.revision,
        data=data,
        settings=variant.settings,
        seed=seed,
    )
    return Job(
        dataset=table.key,
        net=column.net,
        method=column.method.key,
        point=variant.point,
        protocol=protocol.key,
        budget=budget.key,
        seed=seed,
        run_id=run_id(identity),
        identity=identity,
        work=variant.work,
        table=protocol.table,
    )


def _table(key: str, budget: Budget, known: Known) -> Table:
    table = known.dataset(key)
    if table.source != budget.source:
        raise UsageError(
            f"dataset {key!r} is not for budget {budget.key!r}, which is for {budget.source} "
            f"tables; `bench list datasets` shows which are which"
        )
    return table


def _seeds(request: Request, protocol: Settings) -> tuple[int, ...]:
    if request.seeds is None:
        return protocol.seeds
    for seed in request.seeds:
        if seed not in protocol.seeds:
            known = ", ".join(str(s) for s in protocol.seeds)
            raise UsageError(f"protocol {protocol.key!r} has no seed {seed}; it has: {known}")
    return tuple(seed for seed in protocol.seeds if seed in request.seeds)
