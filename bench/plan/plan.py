"""Planning: the runs that cells of tables and lines of figures need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from baselines.registry import Method
from bench.datasets.preparation import (
    PicturePreparation,
    Preparation,
    TablePreparation,
    normalise_for,
    training_rows,
)
from bench.errors import UsageError
from bench.plan.budget import Budget
from bench.plan.identity import ids_by_seed, json_types
from bench.plan.job import NO_NET, Job, Work
from bench.plan.query import Conditions, MethodName
from iunet.architectures import nets_for
from iunet.declare.contract import Learner
from iunet.declare.net import Kind
from iunet.declare.point import Point
from iunet.declare.protocol import HalfProtocol, Protocol
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import chosen_point, grid, resolve
from iunet.declare.settings import Chain
from iunet.declare.tuned import Search, Tuned

if TYPE_CHECKING:
    from bench.datasets.catalogue import Dataset


@dataclass(frozen=True)
class Place:
    """A cell as it is planned: one method on one dataset.

    Args:
        dataset, method: keys.
        net: key; empty means the method's usual one.
        at: values of the method's grid that are fixed, by name; the rest of the grid stays.
    """

    dataset: str
    net: str
    method: str
    at: Point = ()

    @property
    def method_name(self) -> str:
        """As a user names the method."""
        return str(MethodName(self.method, self.net))

    @property
    def title(self) -> str:
        """For a heading."""
        return f"{self.dataset} {self.method_name}"


@dataclass(frozen=True)
class Planner:
    """Where methods and datasets are looked up, and what was planned of them.

    Args:
        method, dataset: by key; both raise listing the known ones.
        planned: cells by place, with the conditions of each group and whether it is searched.
    """

    method: Callable[[str], Method]
    dataset: Callable[[str], Dataset]
    planned: list[tuple[Conditions, bool, dict[Place, tuple[Job, ...]]]] = field(
        default_factory=list
    )

    def cells(self, conditions: Conditions, *, searched: bool) -> dict[Place, tuple[Job, ...]]:
        """The cells that were planned under these conditions; whoever plans one adds it."""
        wanted = replace(conditions, name="", options=()), searched
        for *under, cells in self.planned:
            if (*under,) == wanted:
                return cells
        self.planned.append((*wanted, {}))
        return self.planned[-1][-1]


def usual_planner() -> Planner:
    """The methods found by walking and the catalogue."""
    from baselines.registry import find_method
    from bench.datasets.catalogue import find_dataset

    return Planner(method=cache(find_method), dataset=find_dataset)  # a look-up walks packages


def usual_net(method: Method, kind: Kind) -> str:
    """The net a method runs on where none is named; "-" for one that is not a network of ours."""
    tuned = method.of if isinstance(method, Tuned) else method
    return NO_NET if isinstance(tuned, Learner) else nets_for(kind)[0]


def kind_of(dataset: str) -> Kind:
    """Whether a dataset has rows of a table or pictures."""
    from bench.datasets.catalogue import vision_datasets

    return "pictures" if dataset in vision_datasets() else "table"


def plan_cells(
    places: Iterable[Place],
    conditions: Conditions,
    *,
    searched: bool = False,
    planner: Planner | None = None,
) -> dict[Place, tuple[Job, ...]]:
    """The runs of every cell: each point of its grid in declared order, with each seed.

    Args:
        searched: all of a grid that is not fixed is run, even where the budget keeps one point or
            the protocol gives an ablation one kappa.
        planner: shared by those who plan the same cells several times; a new one where it is None.

    Raises:
        UsageError, UnknownKey: a dataset, method, net or seed that is not known, or a dataset this
            budget is not for.
    """
    planner = planner or usual_planner()
    protocol = conditions.protocol
    for seed in conditions.seeds:
        if seed not in protocol.seeds:
            others = ", ".join(str(s) for s in protocol.seeds)
            raise UsageError(f"protocol {protocol.key!r} has no seed {seed}; it has: {others}")
    seeds = [s for s in protocol.seeds if s in conditions.seeds or not conditions.seeds]
    wanted, found = dict.fromkeys(places), planner.cells(conditions, searched=searched)
    for place in (place for place in wanted if place not in found):
        dataset = _dataset(place.dataset, conditions.budget, planner)
        under = _Setting(dataset, protocol, conditions.budget, place.at, searched)
        found[place] = tuple(_jobs(under, planner.method(place.method), place.net, seeds))
    return {place: found[place] for place in wanted}


def each_once(jobs: Iterable[Job]) -> list[Job]:
    """The distinct runs, in the order they first come."""
    found: dict[str, Job] = {}
    for job in jobs:
        found.setdefault(job.run_id, job)
    return list(found.values())


def _jobs(where: _Setting, method: Method, named_net: str, seeds: Sequence[int]) -> Iterator[Job]:
    """The runs of a cell: point by point of its grid with each seed."""
    net = _net(named_net, method, where.kind)
    alike = {
        "dataset": where.dataset.key,
        "data_revision": where.dataset.data_revision,
        "net": net,
        "method": method.key,
        "revision": method.revision,
        "data": json_types(where.preparation),
    }
    each_seed = where.protocol.table.search.each_seed
    for point, work in _works(method, net, where):
        content = {**alike, "settings": _settings(work)}
        run_id_of = ids_by_seed(content)
        for seed in seeds:
            if isinstance(work, Search) and each_seed:
                work = replace(work, seed=seed)
                content = {**alike, "settings": _settings(work)}
                run_id_of = ids_by_seed(content)
            yield Job(
                dataset=where.dataset.key,
                net=net,
                method=method.key,
                point=point,
                protocol=where.protocol.key,
                budget=where.budget.key,
                seed=seed,
                run_id=run_id_of(seed),
                identity={**content, "seed": seed},
                work=work,
                preparation=where.preparation,
            )


@dataclass(frozen=True)
class _Setting:
    """Under what all runs of a cell are planned."""

    dataset: Dataset
    protocol: Protocol
    budget: Budget
    at: Point
    searched: bool

    @cached_property
    def kind(self) -> Kind:
        return kind_of(self.dataset.key)

    @cached_property
    def half(self) -> HalfProtocol:
        return self.protocol.half(self.kind)

    @cached_property
    def preparation(self) -> Preparation:
        if self.kind == "table":
            return TablePreparation(self.protocol.table.split, self.protocol.table.preprocessing)
        vision, spent = self.protocol.vision, self.budget.pictures
        normalise = normalise_for(self.dataset.key, vision)
        return PicturePreparation(vision.split, normalise, spent.pictures if spent else None)


def _works(method: Method, net: str, where: _Setting) -> Iterator[tuple[Point, Work]]:
    """What is executed at each point of the method's grid; () is the point where there is none."""
    if isinstance(method, Tuned):
        yield (), _search(method, net, where)
    elif isinstance(method, Learner):
        yield (), method
    else:
        for point in _points(method, where):
            yield point, _spent(resolve(method, where.half, point, net), where)


def _settings(work: Work) -> Any:
    """What is executed, as it enters the id."""
    if isinstance(work, Search):
        return work.settings(_json_types_once)
    return _json_types_once(work.settings if isinstance(work, Learner) else work)


def _json_types_once(part: Any) -> Any:
    """See json_types; a chain is put into JSON types once for all datasets that share it."""
    return _chain_settings(part) if isinstance(part, Chain) else json_types(part)


@cache
def _chain_settings(chain: Chain) -> Any:
    """Shared by runs, none of which changes its settings."""
    return json_types(chain)


def _search(method: Tuned, net: str, where: _Setting) -> Search:
    """One search for all seeds, which trains under the first of them; see `_jobs` for others."""
    base: Chain | Learner = (
        method.of
        if isinstance(method.of, Learner)
        else _spent(resolve(method.of, where.half, (), net), where)
    )
    return Search(
        method=method,
        base=base,
        tried=base if isinstance(base, Learner) else where.budget.on_trial(base),
        trials=where.budget.trials or method.space.trials,
        score=where.half.select,
        seed=where.protocol.seeds[0],
        refit=where.protocol.table.search.refit,
    )


def _spent(chain: Chain, where: _Setting) -> Chain:
    """The settings as far as the budget goes."""
    spent = where.budget.on_tables if where.kind == "table" else where.budget.on_pictures
    return spent(chain, training_rows(where.preparation, where.dataset.rows))


def _net(net: str, method: Method, kind: Kind) -> str:
    """The net that is named, else the usual one."""
    if isinstance(method, Learner | Tuned) and kind == "pictures":
        raise UsageError(f"method {method.key!r} runs on tables only, not on pictures")
    usual = usual_net(method, kind)
    allowed = (usual,) if usual == NO_NET else nets_for(kind)
    if net not in ("", *allowed):
        what = "tables" if kind == "table" else "pictures"
        known = ", ".join(repr(key) for key in allowed)
        raise UsageError(f"method {method.key!r} does not run on net {net!r}; for {what}: {known}")
    return net or usual


def _points(method: Recipe, where: _Setting) -> tuple[Point, ...]:
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


def _dataset(key: str, budget: Budget, planner: Planner) -> Dataset:
    dataset = planner.dataset(key)
    if not budget.is_for(dataset):
        wanted = "embedded data" if budget.embedded else "the paper's datasets"
        raise UsageError(
            f"dataset {key!r} is not for budget {budget.key!r}, which is for {wanted}; "
            f"`bench list datasets` shows which are which"
        )
    return dataset
