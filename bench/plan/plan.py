"""Planning: requests in, distinct jobs in order out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol

from baselines.registry import Method
from bench.datasets.preparation import (
    PicturePreparation,
    Preparation,
    TablePreparation,
    normalise_for,
    training_rows,
)
from bench.errors import UsageError
from bench.plan.budget import Budget, find_budget
from bench.plan.identity import identity_of, plain, run_id
from bench.plan.job import NO_NET, Job, Work
from iunet.declare.contract import Learner
from iunet.declare.nets import NETS, Kind
from iunet.declare.point import Point
from iunet.declare.protocol import HalfProtocol, find_protocol
from iunet.declare.protocol import Protocol as Settings
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import chosen_point, grid, resolve
from iunet.declare.settings import Chain
from iunet.declare.tuned import Search, Tuned


@dataclass(frozen=True)
class Request:
    """Runs asked for: every dataset × column × grid point × seed under one protocol and budget.

    Args:
        datasets: keys.
        columns: (net, method) keys; an empty net means the method's usual one.
        protocol: key, path of a .toml file, or the settings themselves.
        budget: key.
        seeds: some of the protocol's; None means all of them.
        at: values of the grid that are fixed, by name; the rest of the grid stays.
        searched: all of what is not fixed is run, even where the budget keeps one point of a grid
            or the protocol gives an ablation one kappa.
    """

    datasets: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    protocol: str | Settings
    budget: str
    seeds: tuple[int, ...] | None = None
    at: Point = ()
    searched: bool = False


class Dataset(Protocol):
    """What planning needs to know about a dataset."""

    @property
    def key(self) -> str: ...
    @property
    def data_revision(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def source(self) -> str: ...


@dataclass(frozen=True)
class Known:
    """Where methods and datasets are looked up; both raise listing the known ones."""

    method: Callable[[str], Method]
    dataset: Callable[[str], Dataset]


def shipped() -> Known:
    """The methods found by walking and the catalogue."""
    from baselines.registry import find_method
    from bench.datasets.catalogue import find_entry

    return Known(method=cache(find_method), dataset=find_entry)  # a look-up walks packages


def usual_net(method: Method, kind: Kind) -> str:
    """The net a method runs on where none is named; "-" for one that is not a network of ours."""
    tuned = method.of if isinstance(method, Tuned) else method
    return NO_NET if isinstance(tuned, Learner) else NETS[kind][0]


def kind_of(dataset: str) -> Kind:
    """Whether a dataset has rows of a table or pictures."""
    from bench.datasets.catalogue import VISION

    return "pictures" if dataset in VISION else "table"


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
    named = request.protocol
    protocol = find_protocol(named) if isinstance(named, str) else named
    budget = find_budget(request.budget)
    seeds = _seeds(request, protocol)
    for dataset in [_dataset(key, budget, known) for key in request.datasets]:
        conditions = _Conditions(dataset, protocol, budget, request.at, request.searched)
        data = plain(conditions.preparation)
        for net, key in request.columns:
            column = _column(net, known.method(key), conditions)
            for variant in column.variants:
                for seed in seeds:
                    yield _job(conditions, column, variant, seed, data)


@dataclass(frozen=True)
class _Conditions:
    """Under what all runs of a request on one dataset are planned."""

    dataset: Dataset
    protocol: Settings
    budget: Budget
    at: Point
    searched: bool

    @property
    def kind(self) -> Kind:
        return kind_of(self.dataset.key)

    @property
    def half(self) -> HalfProtocol:
        return self.protocol.table if self.kind == "table" else self.protocol.vision

    @property
    def preparation(self) -> Preparation:
        if self.kind == "table":
            return TablePreparation(self.protocol.table.split, self.protocol.table.preprocessing)
        vision, spent = self.protocol.vision, self.budget.pictures
        normalise = normalise_for(self.dataset.key, vision)
        return PicturePreparation(vision.split, normalise, spent.pictures if spent else None)


@dataclass(frozen=True)
class _Variant:
    point: Point
    work: Work
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class _Column:
    net: str
    method: Method
    variants: Sequence[_Variant]


def _column(net: str, method: Method, where: _Conditions) -> _Column:
    own = _net(net, method, where.kind)
    if isinstance(method, Tuned):
        return _Column(own, method, [_searched(method, own, where)])
    if isinstance(method, Learner):
        return _Column(own, method, [_Variant((), method, plain(method.settings))])
    variants = []
    for point in _points(method, where):
        chain = _spent(resolve(method, where.half, point, own), where)
        variants.append(_Variant(point, chain, plain(chain)))
    return _Column(own, method, variants)


def _searched(method: Tuned, net: str, where: _Conditions) -> _Variant:
    """One search for all seeds, which trains under the first of them; see `_job` for others."""
    base: Chain | Learner = (
        method.of
        if isinstance(method.of, Learner)
        else _spent(resolve(method.of, where.half, (), net), where)
    )
    search = Search(
        method=method,
        base=base,
        tried=base if isinstance(base, Learner) else where.budget.on_trial(base),
        trials=where.budget.trials or method.space.trials,
        score=where.half.select,
        seed=where.protocol.seeds[0],
        refit=where.protocol.table.search.refit,
    )
    return _Variant((), search, search.settings(plain))


def _spent(chain: Chain, where: _Conditions) -> Chain:
    """The settings as far as the budget goes."""
    spent = where.budget.on_tables if where.kind == "table" else where.budget.on_pictures
    return spent(chain, training_rows(where.preparation, where.dataset.rows))


def _net(net: str, method: Method, kind: Kind) -> str:
    """The net that is named, else the usual one."""
    if isinstance(method, Learner | Tuned) and kind == "pictures":
        raise UsageError(f"method {method.key!r} runs on tables only, not on pictures")
    usual = usual_net(method, kind)
    allowed = (usual,) if usual == NO_NET else NETS[kind]
    if net not in ("", *allowed):
        what = "tables" if kind == "table" else "pictures"
        known = ", ".join(repr(key) for key in allowed)
        raise UsageError(f"method {method.key!r} does not run on net {net!r}; for {what}: {known}")
    return net or usual


def _points(method: Recipe, where: _Conditions) -> tuple[Point, ...]:
    """The grid with what is fixed fixed, as far as the budget runs it."""
    whole = grid(method, where.half, where.dataset.key, searched=where.searched)
    fixed = {name: value for name, value in where.at if any(name in dict(p) for p in whole)}
    kept = tuple(p for p in whole if all(dict(p)[name] == fixed[name] for name in fixed))
    if not kept:
        values = ", ".join(f"{name} = {value:g}" for name, value in fixed.items())
        raise UsageError(
            f"{values} is not in the grid of {method.key!r} under {where.protocol.key!r}; add it "
            f"to `ratios` or `kappas` of a protocol file of your own"
        )
    if where.searched:
        return kept
    return where.budget.points(kept, chosen_point(where.half, where.dataset.key))


def _job(
    where: _Conditions, column: _Column, variant: _Variant, seed: int, data: Mapping[str, Any]
) -> Job:
    work, settings = variant.work, variant.settings
    if isinstance(work, Search) and where.protocol.table.search.each_seed:
        work = replace(work, seed=seed)
        settings = work.settings(plain)
    identity = identity_of(
        dataset=where.dataset.key,
        data_revision=where.dataset.data_revision,
        net=column.net,
        method=column.method.key,
        revision=column.method.revision,
        data=data,
        settings=settings,
        seed=seed,
    )
    return Job(
        dataset=where.dataset.key,
        net=column.net,
        method=column.method.key,
        point=variant.point,
        protocol=where.protocol.key,
        budget=where.budget.key,
        seed=seed,
        run_id=run_id(identity),
        identity=identity,
        work=work,
        preparation=where.preparation,
    )


def _dataset(key: str, budget: Budget, known: Known) -> Dataset:
    dataset = known.dataset(key)
    if (dataset.source == "embedded") != budget.embedded:
        wanted = "embedded data" if budget.embedded else "the paper's datasets"
        raise UsageError(
            f"dataset {key!r} is not for budget {budget.key!r}, which is for {wanted}; "
            f"`bench list datasets` shows which are which"
        )
    return dataset


def _seeds(request: Request, protocol: Settings) -> tuple[int, ...]:
    if request.seeds is None:
        return protocol.seeds
    for seed in request.seeds:
        if seed not in protocol.seeds:
            known = ", ".join(str(s) for s in protocol.seeds)
            raise UsageError(f"protocol {protocol.key!r} has no seed {seed}; it has: {known}")
    return tuple(seed for seed in protocol.seeds if seed in request.seeds)
