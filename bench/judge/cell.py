"""Finished runs as read from the store, and a cell: what its runs measured at the chosen point of
the grid, or why it is empty."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt
from statistics import fmean
from typing import Any

from bench.declared.tables import RUN_SECONDS
from bench.errors import DataError
from bench.plan.job import Job
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.point import Point

COLLAPSED = 0.9
"""Share of one predicted class from which a consistency says nothing."""

NO_POINT = "-"
SHORT = {"ratio": "r"}
"""How a grid's names are written."""


@dataclass(frozen=True)
class Cell:
    """What the runs of one cell measured.

    Args:
        mean, std: over the runs, fractions; the std of the population (ddof 0). Of a cost the
            sum over the runs, and no std.
        point: the chosen grid point; () without a grid, or for a cost, which is summed over all.
        grid: number of points it was chosen from.
        runs: the runs of that point, one a seed; of all points where all are summed.
        top_class: mean share of the most predicted class, where the table asks for it.
    """

    mean: float
    std: float
    point: Point
    grid: int
    runs: tuple[Measured, ...]
    top_class: float | None = None

    @property
    def n(self) -> int:
        """Number of runs."""
        return len(self.runs)

    @property
    def configurations(self) -> int:
        """How many were tried: points of the grid, or trials of the search."""
        return int(self.runs[0].test.get("trials", self.grid))

    @property
    def environments(self) -> tuple[str, ...]:
        """Digests of the environments the runs were made in, sorted."""
        return tuple(sorted({run.environment for run in self.runs}))

    @property
    def diverged(self) -> int:
        """Number of runs whose loss was not finite in the end."""
        return sum(run.diverged for run in self.runs)

    @property
    def one_class(self) -> int:
        """Number of runs that predict a single class for every test row."""
        return sum(run.one_class for run in self.runs)

    @property
    def collapsed(self) -> bool:
        """Whether nearly every row is given one class."""
        return self.top_class is not None and self.top_class >= COLLAPSED


@dataclass(frozen=True)
class EmptyCell:
    """Why a cell is empty.

    Args:
        reason: in one line.
        missing, planned: numbers of runs.
        obstacle: why runs have no result although they were tried; empty where none was.
        final: whether running anything would leave it empty.
        command: makes what is missing, where it is not that of the table; empty where nothing can.
    """

    reason: str
    missing: int = 0
    planned: int = 0
    obstacle: str = ""
    final: bool = False
    command: str = ""

    @property
    def untouched(self) -> bool:
        """Whether not one run was made or tried."""
        return self.missing == self.planned > 0 and not self.obstacle


def point_text(point: Point) -> str:
    """A grid point as text: kappa = 0.125, r = 8."""
    return ", ".join(f"{SHORT.get(name, name)} = {value:g}" for name, value in point) or NO_POINT


def cell_of(
    runs: StoredRuns,
    planned: Sequence[Job],
    fact: str,
    select: str,
    *,
    collapse: str | None = None,
    summed: bool = False,
) -> Cell | EmptyCell:
    """The cell of these runs, the whole grid; a refusal as long as one of them is missing.

    Args:
        runs: as far as they are made.
        planned: every seed of every grid point.
        fact: what is read off the runs, as records call it.
        select: the validation score that picks a grid point.
        collapse: the fact that tells the share of the most predicted class, where it is asked for.
        summed: whether `fact` is a cost, which is summed over all runs.
    """
    by_point: dict[Point, list[Measured]] = defaultdict(list)
    absent = []
    for job in planned:
        run = runs.measured(job.run_id)
        if run is None:
            absent.append(job.run_id)
        else:
            by_point[job.point].append(run)
    if absent or not planned:
        return _absence(runs, absent, len(planned))
    return _cost(by_point, fact) if summed else _measured(by_point, fact, select, collapse)


def _absence(runs: StoredRuns, absent: Sequence[str], planned: int) -> EmptyCell:
    obstacles = [why for run_id in absent if (why := runs.obstacle(run_id)) is not None]
    obstacle = obstacles[0] if obstacles else ""
    if obstacles:
        reason = f"{len(obstacles)} of {planned} runs without a result: {obstacle}"
    elif len(absent) == planned:
        reason = f"none of {planned} runs made"
    else:
        reason = f"{len(absent)} of {planned} runs missing"
    return EmptyCell(reason, len(absent), planned, obstacle)


def _measured(
    by_point: Mapping[Point, list[Measured]], fact: str, select: str, collapse: str | None
) -> Cell | EmptyCell:
    point = _chosen(by_point, select)
    if point is None:
        return EmptyCell(f"runs carry no validation score called {select}")
    runs = by_point[point]
    for name in (fact, *([collapse] if collapse else [])):
        without = [run for run in runs if name not in run.test]
        if without and all(run.diverged for run in without):
            reason = (
                f"no trained network, the loss of {len(without)} of {len(runs)} runs not finite"
            )
            return EmptyCell(reason, final=True)
        if without:
            return EmptyCell(f"runs carry no {name}")
    mean, std = mean_and_std([run.test[fact] for run in runs])
    share = fmean(run.test[collapse] for run in runs) if collapse else None
    return Cell(mean, std, point, len(by_point), tuple(runs), share)


def _cost(by_point: Mapping[Point, list[Measured]], fact: str) -> Cell | EmptyCell:
    runs = tuple(run for alike in by_point.values() for run in alike)
    if any(fact not in run.test for run in runs):
        return EmptyCell(f"runs carry no {fact}")
    devices = sorted({run.device for run in runs if not run.device.startswith("cpu")})
    if devices:
        reason = f"made on {', '.join(devices)}, where runs share their seconds"
        return EmptyCell(reason, final=True)
    return Cell(thread_seconds(runs), 0.0, (), len(by_point), runs)


def _chosen(by_point: Mapping[Point, list[Measured]], select: str) -> Point | None:
    if len(by_point) == 1:
        return next(iter(by_point))
    if any(select not in run.valid for runs in by_point.values() for run in runs):
        return None
    valid = {point: [run.valid[select] for run in runs] for point, runs in by_point.items()}
    return select_point(list(by_point), valid)


def mean_and_std(values: Sequence[float]) -> tuple[float, float]:
    """Mean and population standard deviation (ddof 0), as the paper's tables print them."""
    mean = fmean(values)
    return mean, sqrt(fsum((value - mean) ** 2 for value in values) / len(values))


def select_point(declared: Sequence[Point], valid_scores: Mapping[Point, Sequence[float]]) -> Point:
    """The point with the highest mean validation score; of equal ones the first declared.

    It is given validation scores and nothing else, so no test score can leak into the choice.

    Args:
        declared: the grid, in declared order.
        valid_scores: for each point its validation scores, one a seed, the same number everywhere.

    Raises:
        ValueError: a point has no scores or not as many as the others, which would not be fair.
    """
    counts = {point: len(valid_scores.get(point, ())) for point in declared}
    if not declared or min(counts.values()) == 0 or len(set(counts.values())) > 1:
        raise ValueError(f"uneven grid: runs per point {sorted(counts.values())}")
    means = {point: fsum(valid_scores[point]) / counts[point] for point in declared}
    return max(declared, key=lambda point: means[point])


def thread_seconds(runs: Sequence[Measured]) -> float:
    """Seconds of every run of a cell, and of each search behind it, once.

    The `fit_seconds` of a run are the wall time of the one thread that trained it, stage by stage.
    Those of a network are of its epochs with their validation scores; loading, pruning, consistency
    and the scoring of the finished network are left out. Those of another method are of its whole
    fit. A network on a CPU has one thread with one arithmetic thread, and others train beside it:
    they add nothing but what it waits for cores and memory. A supernet that several runs go on from
    counts in each of them, so the sum is what the runs would take one by one.

    `search_seconds` is the sum over the trials of a search, measured alike and the same in the
    record of every seed that it serves; a trial that failed counts as 0: its time is not kept.

    Args:
        runs: every seed of every grid point, made on a CPU; on CUDA a batched step is shared.
    """
    return search_seconds(runs) + fsum(run.test[RUN_SECONDS.name] for run in runs)


def search_seconds(runs: Sequence[Measured]) -> float:
    """Seconds of each search behind these runs, once; 0 where nothing was searched."""
    searches = {run.test.get("search_seed"): run.test.get("search_seconds", 0.0) for run in runs}
    return fsum(searches.values())


@dataclass(frozen=True)
class Measured:
    """What one finished run measured, as fractions.

    Args:
        run_id: its identity.
        test: test metrics, numeric facts and costs by name.
        valid: validation metrics by name.
        environment: digest of the environment it was made in.
        device: "cpu", "cuda", ...
        source: where the record was read: "own" or "shipped".
        diverged: whether its loss was not finite in the end.
        data_digest: of the data it was made from.
    """

    run_id: str
    test: Mapping[str, float]
    valid: Mapping[str, float]
    environment: str
    device: str
    source: str
    diverged: bool = False
    data_digest: str = ""

    @property
    def one_class(self) -> bool:
        """Whether it predicts a single class for every test row."""
        return self.test.get("top_class_share") == 1.0


@dataclass(frozen=True)
class StoredRuns:
    """Runs as far as they are in a store; each record is read once."""

    store: Store
    _found: dict[str, Measured | str | None] = field(default_factory=dict)

    def measured(self, run_id: str) -> Measured | None:
        """What the run measured; None where it is not made or its record is refused."""
        if run_id not in self._found:
            self._found[run_id] = _read(self.store, run_id)
        found = self._found[run_id]
        return found if isinstance(found, Measured) else None

    def obstacle(self, run_id: str) -> str | None:
        """Why there is no result: the record was refused, or the run failed; else None."""
        if isinstance(refused := self._found.get(run_id), str):
            return refused
        failure = self.store.failure(run_id)
        return failure.reason if failure else None


def _read(store: Store, run_id: str) -> Measured | str | None:
    """What a run measured, or why its record is refused; None where it is not made."""
    try:
        record = store.get(run_id)
    except DataError as error:
        return str(error)
    return measured_of(record) if record else None


def measured_of(record: Record) -> Measured:
    """What a record says, finite numbers only."""
    metrics = _finite(record.result["metrics"])
    valid = {n.removeprefix("valid_"): v for n, v in metrics.items() if n.startswith("valid_")}
    test = {name: value for name, value in metrics.items() if not name.startswith("valid_")}
    return Measured(
        run_id=record.run_id,
        test=_finite(record.cost) | _finite(record.result["facts"]) | test,
        valid=valid,
        environment=record.environment,
        device=str(record.provenance.get("device", "unknown")),
        source="own" if record.own else "shipped",
        diverged=_diverged(record.result["facts"]),
        data_digest=record.data_digest,
    )


def _diverged(facts: Mapping[str, Any]) -> bool:
    """JSON has no word for a number that is not finite, so such a loss is kept as null."""
    return "last_loss" in facts and "last_loss" not in _finite(facts)


def _finite(numbers: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in numbers.items()
        if isinstance(value, (int, float)) and math.isfinite(value)
    }


def sources(runs: Iterable[Measured]) -> str:
    """How many records are the user's own and how many shipped."""
    found = [run.source for run in runs]
    return ", ".join(f"{found.count(name)} {name} records" for name in sorted({*found}))


def machines(runs: Iterable[Measured]) -> list[str]:
    """Devices, each with its environment, or how many where there are several: networks and other
    methods import different libraries."""
    environments: dict[str, list[str]] = {}
    for device, digest in sorted({(run.device, run.environment) for run in runs}):
        environments.setdefault(device, []).append(digest)
    return [
        f"device {device}, "
        + (f"environment {found[0]}" if len(found) == 1 else f"{len(found)} environments")
        for device, found in environments.items()
    ]


def not_finite(diverged: int, runs: int) -> list[str]:
    """What to say where the loss of so many of so many runs was not finite; nothing for none."""
    if not diverged:
        return []
    return [
        f"The loss of {diverged} of {runs} runs was not finite; "
        f"their best epoch before that counts."
    ]
