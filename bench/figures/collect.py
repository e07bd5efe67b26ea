"""From plan and store to what is drawn: numbers line by line, what they lack, and their CSV."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.declared.tables import THREAD_SECONDS, metric_named
from bench.errors import DataError
from bench.figures.plan import FigurePlan, Line, by_value
from bench.judge.cell import (
    COLLAPSED,
    Cell,
    EmptyCell,
    Measured,
    StoredRuns,
    cell_of,
    mean_and_std,
)
from bench.judge.collect import collect as judged
from bench.judge.verdict import TableEntry
from bench.plan.job import Job
from bench.plan.plan import kind_of
from bench.render.files import Long
from bench.store.store import Store

Array = NDArray[Any]

SHARES = (0.5, 0.99, 0.999)
"""Of the weights that lie below the lines of a histogram."""

WHITE = 99.9
"""Percentile of a panel's |weights| from which on they are white."""


@dataclass(frozen=True)
class Mark:
    """One point of a curve.

    Args:
        ratio: compression ratio, total over kept weights.
        mean, std: over the seeds, percent; the std of the population (ddof 0).
        n: number of seeds.
        kept: weights kept, mean over the seeds; None where the runs do not say.
        collapsed: number of runs that give nearly every validation row one class.
    """

    ratio: float
    mean: float
    std: float
    n: int
    kept: float | None
    collapsed: int = 0


@dataclass(frozen=True)
class Histogram:
    """How many |weights| fall into each bin: counts [E + 1, bins] by epoch, edges [bins + 1]."""

    counts: Array
    edges: Array


@dataclass(frozen=True)
class ScoreAndCost:
    """A test score, a fraction, and the thread seconds of everything behind it."""

    score: float
    seconds: float


@dataclass(frozen=True)
class Compared:
    """A cell beside the printed number that it is compared with, in points, and its entry."""

    entry: TableEntry
    cell: Cell
    printed: float


Content = tuple[Mark, ...] | Histogram | Array | ScoreAndCost | Compared
"""What is drawn of a line: the marks of a curve in rising order, only of ratios of which every seed
was run; a histogram; the |weights| of units, [U, D], 0 to 255; what a point is averaged from; or a
cell that is compared with the printed number."""


@dataclass(frozen=True)
class CollectedLine:
    """A line with what there is of it.

    Args:
        content: None where nothing can be drawn.
        missing: runs that are not there or lack what is drawn.
        reason: why one of them has no result although it was tried, or why the cell that they
            make is not compared; empty where there is nothing to say.
        runs: those drawn.
    """

    line: Line
    content: Content | None = None
    missing: tuple[Job, ...] = ()
    reason: str = ""
    runs: tuple[Measured, ...] = ()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of a curve; none where there is no curve."""
        return self.content if isinstance(self.content, tuple) else ()


@dataclass(frozen=True)
class CollectedFigure:
    """A figure as far as the store can fill it, line by line in the order of the plan."""

    plan: FigurePlan
    lines: tuple[CollectedLine, ...]

    @property
    def runs(self) -> dict[str, Measured]:
        """Every run that is drawn, by its id."""
        return {run.run_id: run for line in self.lines for run in line.runs}

    def missing(self) -> list[CollectedLine]:
        """Lines that lack a run."""
        return [line for line in self.lines if line.missing]

    def groups(self) -> list[str]:
        """The groups of its lines, each once."""
        return list(dict.fromkeys(found.line.group for found in self.lines))

    def compared(self, group: str | None = None) -> list[Compared]:
        """The compared cells of a figure of these, or of one group of them."""
        found = (line.content for line in self.lines if group in (None, line.line.group))
        return [content for content in found if isinstance(content, Compared)]

    def datasets(self) -> tuple[str, ...]:
        """Datasets of which there is something to draw; all where there is nothing at all."""
        there = {found.line.dataset for found in self.lines if found.content is not None}
        return tuple(key for key in self.plan.datasets if key in there) or self.plan.datasets

    def of(self, *datasets: str, group: str | None = None) -> list[CollectedLine]:
        """The lines of these datasets, or of one group of them."""
        return [
            found
            for found in self.lines
            if found.line.dataset in datasets and group in (None, found.line.group)
        ]


@dataclass(frozen=True)
class Point:
    """One series, averaged over the datasets that have every series.

    Args:
        line: its first.
        n: number of datasets.
        score, std: mean and population std over the datasets, percent.
        seconds: thread seconds on all of them together.
    """

    line: Line
    n: int
    score: float
    std: float
    seconds: float


def collect(plan: FigurePlan, runs: StoredRuns) -> CollectedFigure:
    """The figure as far as its runs are made."""
    if plan.spec.kind == "curves":
        return CollectedFigure(plan, tuple(_curve(plan, line, runs) for line in plan.lines))
    if plan.spec.kind == "costs":
        return CollectedFigure(plan, _complete([_costs(plan, line, runs) for line in plan.lines]))
    if plan.spec.kind == "agreement":
        entries = judged(plan.table, runs).entries() if plan.table else []
        pairs = zip(plan.lines, entries, strict=True)
        return CollectedFigure(plan, tuple(_compared(line, entry, runs) for line, entry in pairs))
    return CollectedFigure(plan, tuple(_arrays(plan, line, runs) for line in plan.lines))


def undrawn(plan: FigurePlan, store: Store) -> list[Job]:
    """Jobs that have no record, or one that lacks the array this figure draws."""
    if not plan.spec.arrays:
        return store.missing(plan.jobs)
    return [job for job in plan.jobs if _array(plan, job, store) is None]


def points_of(figure: CollectedFigure) -> list[Point]:
    """A point a series, in declared order; nothing where no dataset has all of them."""
    series: dict[str, list[tuple[Line, ScoreAndCost]]] = defaultdict(list)
    for found in figure.lines:
        if isinstance(found.content, ScoreAndCost):
            series[found.line.title].append((found.line, found.content))
    points = []
    for lines in series.values():
        mean, std = mean_and_std([100 * content.score for _, content in lines])
        seconds = math.fsum(content.seconds for _, content in lines)
        points.append(Point(lines[0][0], len(lines), mean, std, seconds))
    return points


def figure_rows(figure: CollectedFigure) -> list[Long]:
    """Every point of every line: scores in percent by ratio, by cost or by the printed ones, or the
    lines of histograms by epoch.

    Nothing for weights, which are pictures and no numbers to read.
    """
    metric = figure.plan.spec.metric
    rows = [_point_row(point, metric) for point in points_of(figure)]
    rows += [{**one.entry.long, "one_class_runs": one.cell.one_class} for one in figure.compared()]
    for found in figure.lines:
        line = found.line
        names = {"dataset": line.dataset, "group": line.group, "series": line.title}
        names["method"] = line.series.method
        rows += [{**names, **_mark_row(mark, metric)} for mark in found.marks]
        if isinstance(found.content, Histogram):
            rows += [{**names, **row} for row in _epoch_rows(found.content)]
    return rows


def shares_of(histogram: Histogram) -> Array:
    """What percentage of the weights each bin holds, by epoch: [E + 1, bins]."""
    counts = np.asarray(histogram.counts, dtype=np.float64)
    shares: Array = 100 * counts / counts.sum(axis=1, keepdims=True)
    return shares


def quantiles(histogram: Histogram, shares: Sequence[float] = SHARES) -> Array:
    """Values below which these shares of the weights lie, by epoch: [E + 1, shares].

    Within a bin the weights are taken to be spread evenly. NaN in the last bin, which holds all
    larger weights, however large.
    """
    edges = np.asarray(histogram.edges, dtype=np.float64)
    rows = []
    for held in shares_of(histogram):
        below = np.concatenate([[0.0], held[:-1].cumsum() / 100])
        rows.append(np.interp(shares, below, edges[:-1], right=np.nan))
    return np.stack(rows)


def _curve(plan: FigurePlan, line: Line, runs: StoredRuns) -> CollectedLine:
    """A mark for every ratio whose runs are all there."""
    metric = plan.spec.metric
    marks, missing, drawn = list[Mark](), list[Job](), list[Measured]()
    for ratio, jobs in by_value(line.jobs, "ratio").items():
        found = [runs.measured(job.run_id) for job in jobs]
        scored = [run for run in found if run is not None and metric in run.valid]
        if len(scored) == len(jobs):
            marks.append(_mark(ratio, scored, metric))
            drawn += scored
        else:
            ids = {run.run_id for run in scored}
            missing += [job for job in jobs if job.run_id not in ids]
    reason = _reason(missing, runs)
    return CollectedLine(line, tuple(marks) or None, tuple(missing), reason, tuple(drawn))


def _mark(ratio: float, runs: Sequence[Measured], metric: str) -> Mark:
    mean, std = mean_and_std([run.valid[metric] for run in runs])
    kept = [run.test["kept_weights"] for run in runs if "kept_weights" in run.test]
    mean_kept = mean_and_std(kept)[0] if len(kept) == len(runs) else None
    collapsed = sum(run.valid.get("top_class_share", 0.0) >= COLLAPSED for run in runs)
    return Mark(ratio, 100 * mean, 100 * std, len(runs), mean_kept, collapsed)


def _costs(plan: FigurePlan, line: Line, runs: StoredRuns) -> CollectedLine:
    """Score and cost of the cell that a table has of these runs."""
    score, cost = (_cell(plan, line, runs, name) for name in (plan.spec.metric, THREAD_SECONDS))
    if isinstance(score, Cell) and isinstance(cost, Cell):
        return CollectedLine(line, ScoreAndCost(score.mean, cost.mean), runs=cost.runs)
    empty = score if isinstance(score, EmptyCell) else cost
    assert isinstance(empty, EmptyCell)
    missing = tuple(job for job in line.jobs if runs.measured(job.run_id) is None)
    reason = empty.obstacle if missing else empty.reason
    return CollectedLine(line, missing=missing or line.jobs, reason=reason)


def _cell(plan: FigurePlan, line: Line, runs: StoredRuns, metric: str) -> Cell | EmptyCell:
    shown = metric_named(metric)
    select = plan.conditions.protocol.half(kind_of(line.dataset)).select
    return cell_of(runs, line.jobs, shown.fact or metric, select, summed=shown.cost)


def _complete(lines: Sequence[CollectedLine]) -> tuple[CollectedLine, ...]:
    """Datasets that lack a series lose the others, too: means are over the same datasets."""
    lacking = {found.line.dataset for found in lines if found.content is None}
    return tuple(
        replace(found, content=None, runs=()) if found.line.dataset in lacking else found
        for found in lines
    )


def _arrays(plan: FigurePlan, line: Line, runs: StoredRuns) -> CollectedLine:
    """An array of the one run of this line."""
    (job,) = line.jobs
    run = runs.measured(job.run_id)
    content = _array(plan, job, runs.store) if run else None
    if run is not None and content is not None:
        return CollectedLine(line, content, runs=(run,))
    reason = _reason([job], runs) or _without_array(job, runs.store)
    return CollectedLine(line, missing=(job,), reason=reason)


def _array(plan: FigurePlan, job: Job, store: Store) -> Histogram | Array | None:
    try:
        stored = store.drawings(job.run_id) or {}
    except DataError:  # see `_without_array`
        return None
    if any(name not in stored for name in plan.spec.arrays):
        return None
    first, *others = (stored[name] for name in plan.spec.arrays)
    return Histogram(first, *others) if others else first


def _compared(line: Line, entry: TableEntry, runs: StoredRuns) -> CollectedLine:
    """A cell that is compared with the printed number, or what it lacks."""
    if isinstance(entry.own, EmptyCell):
        missing = tuple(job for job in line.jobs if runs.measured(job.run_id) is None)
        reason = entry.own.obstacle if missing else entry.reason
        return CollectedLine(line, missing=missing, reason=reason)
    if entry.target is None or entry.difference is None:
        return CollectedLine(line, reason=entry.reason)
    content = Compared(entry, entry.own, entry.target.mean)
    return CollectedLine(line, content, runs=entry.own.runs)


def _reason(missing: Sequence[Job], runs: StoredRuns) -> str:
    """Why the first of these jobs that was tried has no result; empty where none was."""
    return next((why for job in missing if (why := runs.obstacle(job.run_id))), "")


def _without_array(job: Job, store: Store) -> str:
    """Why a run that is the user's own cannot be drawn; shipped ones are simply run again."""
    if job.run_id not in store.own_ids():
        return ""
    try:
        record = store.get(job.run_id)
        store.drawings(job.run_id)
    except DataError as error:
        return str(error)
    where = record.where if record else job.run_id
    return f"{where} kept nothing to draw; delete it and give the command again"


def _point_row(point: Point, metric: str) -> Long:
    return {
        "series": point.line.title,
        "method": point.line.series.method,
        "datasets": point.n,
        "thread_seconds": round(point.seconds, 6),
        "metric": metric,
        "mean": round(point.score, 6),
        "std": round(point.std, 6),
    }


def _mark_row(mark: Mark, metric: str) -> Long:
    return {
        "ratio": mark.ratio,
        "kept_weights": mark.kept,
        "metric": f"valid_{metric}",
        "mean": round(mark.mean, 6),
        "std": round(mark.std, 6),
        "n": mark.n,
    }


def _epoch_rows(histogram: Histogram) -> list[Long]:
    """By epoch the |w| below which each share of the weights lies; empty beyond the last bin."""
    names = [f"below_{100 * share:g}_percent" for share in SHARES]
    return [
        {"epoch": epoch}
        | {name: None if math.isnan(x) else x for name, x in zip(names, values, strict=True)}
        for epoch, values in enumerate(quantiles(histogram).tolist())
    ]
