"""From plan and store to what is drawn: series of numbers, what they lack, and their CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.declared.tables import THREAD_SECONDS, metric_named
from bench.figures.plan import FigurePlan, Line
from bench.judge.cell import Cell, EmptyCell, Measured, StoredRuns, Wanted, cell_of, mean_and_std
from bench.plan.job import Job
from bench.plan.plan import kind_of
from bench.render.files import Long
from bench.store.store import Store

Array = NDArray[Any]

SHARES = (0.5, 0.99, 0.999)
"""Of the weights that lie below the lines of a histogram."""

WHITE = 99.9
"""Percentile of a panel's |weights| from which on they are white."""

SIDE, CHANNELS = 32, 3
"""Of a picture."""

ACROSS = 3
"""Pictures side by side in a panel."""

GAP = 2
"""Pixels between two pictures."""


@dataclass(frozen=True)
class Mark:
    """One point of a curve.

    Args:
        ratio: compression ratio, total over kept weights.
        mean, std: over the seeds, fractions; the std of the population (ddof 0).
        n: number of seeds.
        kept: weights kept, mean over the seeds; None where the runs do not say.
    """

    ratio: float
    mean: float
    std: float
    n: int
    kept: float | None


@dataclass(frozen=True)
class Curve:
    """Scores by compression ratio, in rising order; only ratios of which every seed was run."""

    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Histogram:
    """How many |weights| fall into each bin: counts [E + 1, bins] by epoch, edges [bins + 1]."""

    counts: Array
    edges: Array


@dataclass(frozen=True)
class Weights:
    """|weights| of units [U, D], 0 to 255."""

    matrix: Array


@dataclass(frozen=True)
class Spent:
    """A test score, a fraction, and the thread seconds of everything behind it."""

    score: float
    seconds: float


Content = Curve | Histogram | Weights | Spent


@dataclass(frozen=True)
class Filled:
    """A line with what there is of it.

    Args:
        content: None where nothing can be drawn.
        missing: runs that are not there or lack what is drawn.
        obstacle: why one of them has no result although it was tried; empty where none was.
        runs: those drawn.
    """

    line: Line
    content: Content | None
    missing: tuple[Job, ...]
    obstacle: str
    runs: tuple[Measured, ...]


@dataclass(frozen=True)
class FilledFigure:
    """A figure as far as the store can fill it, line by line in the order of the plan."""

    plan: FigurePlan
    lines: tuple[Filled, ...]

    def missing(self) -> list[Filled]:
        """Lines that lack a run."""
        return [filled for filled in self.lines if filled.missing]

    def datasets(self) -> tuple[str, ...]:
        """Datasets of which there is something to draw; all where there is nothing at all."""
        there = {filled.line.dataset for filled in self.lines if filled.content is not None}
        return tuple(key for key in self.plan.datasets if key in there) or self.plan.datasets

    def of(self, dataset: str, group: str | None = None) -> tuple[Filled, ...]:
        """The lines of a dataset, or of one group of it."""
        return tuple(
            filled
            for filled in self.lines
            if filled.line.dataset == dataset and group in (None, filled.line.group)
        )

    def groups(self) -> tuple[str, ...]:
        """The groups in declared order."""
        return tuple(dict.fromkeys(filled.line.group for filled in self.lines))


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


def collect(plan: FigurePlan, store: Store) -> FilledFigure:
    """The figure as far as the store can fill it."""
    runs = StoredRuns(store)
    if plan.spec.kind == "costs":
        return FilledFigure(plan, _complete([_spent(plan, line, runs) for line in plan.lines]))
    fill = _drawn if plan.spec.arrays else _scored
    return FilledFigure(plan, tuple(fill(plan, line, runs, store) for line in plan.lines))


def undrawn(plan: FigurePlan, store: Store) -> list[Job]:
    """Jobs that have no record, or one that lacks the array this figure draws."""
    missing = store.missing(plan.jobs)
    if not plan.spec.arrays:
        return missing
    lacking = {job.run_id for job in plan.jobs if _array(plan, job, store) is None}
    return [job for job in plan.jobs if job.run_id in lacking]


def points_of(figure: FilledFigure) -> list[Point]:
    """A point a series, in declared order; nothing where no dataset has all of them."""
    series: dict[str, list[tuple[Line, Spent]]] = {}
    for filled in figure.lines:
        if isinstance(filled.content, Spent):
            series.setdefault(filled.line.title, []).append((filled.line, filled.content))
    found = []
    for lines in series.values():
        mean, std = mean_and_std([100 * spent.score for _, spent in lines])
        seconds = math.fsum(spent.seconds for _, spent in lines)
        found.append(Point(lines[0][0], len(lines), mean, std, seconds))
    return found


def figure_rows(figure: FilledFigure) -> list[Long]:
    """Every point of every line: scores in percent by ratio or by cost, or the lines of histograms
    by epoch.

    Nothing for weights, which are pictures and no numbers to read.
    """
    rows: list[Long] = [_point(point, figure.plan.spec.metric) for point in points_of(figure)]
    for filled in figure.lines:
        if isinstance(filled.content, Curve):
            rows += _marks(filled, filled.content, figure.plan.spec.metric)
        elif isinstance(filled.content, Histogram):
            rows += _epochs(filled, filled.content)
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


def stretched(matrix: Array) -> Array:
    """|weights| as brightness in [0, 1], so that a few large ones do not leave the rest black."""
    values = np.asarray(matrix, dtype=np.float64)
    white = float(np.percentile(values, WHITE)) or float(values.max()) or 1.0
    return np.clip(values / white, 0, 1)


def tiled(matrix: Array) -> Array:
    """Units [U, 3072] as RGB pictures side by side, white between them: [H, W, 3] in [0, 1]."""
    pictures = stretched(matrix).reshape(len(matrix), CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1)
    down = -(-len(pictures) // ACROSS)
    step = SIDE + GAP
    sheet = np.ones((down * step - GAP, ACROSS * step - GAP, CHANNELS))
    for number, picture in enumerate(pictures):
        top, left = (number // ACROSS) * step, (number % ACROSS) * step
        sheet[top : top + SIDE, left : left + SIDE] = picture
    return sheet


def _scored(plan: FigurePlan, line: Line, runs: StoredRuns, store: Store) -> Filled:
    """A curve: a mark for every ratio whose runs are all there."""
    by_ratio: dict[float, list[Job]] = {}
    for job in line.jobs:
        by_ratio.setdefault(dict(job.point).get("ratio", 1.0), []).append(job)
    marks, shown, missing = [], list[Measured](), list[Job]()
    for ratio in sorted(by_ratio):
        found = [runs.measured(job.run_id) for job in by_ratio[ratio]]
        there = [run for run in found if run is not None and plan.spec.metric in run.valid]
        if len(there) == len(found):
            marks.append(_mark(ratio, there, plan.spec.metric))
            shown += there
        else:
            ids = {run.run_id for run in there}
            missing += [job for job in by_ratio[ratio] if job.run_id not in ids]
    curve = Curve(tuple(marks)) if marks else None
    return Filled(line, curve, tuple(missing), _obstacle(missing, runs), tuple(shown))


def _mark(ratio: float, runs: Sequence[Measured], metric: str) -> Mark:
    mean, std = mean_and_std([run.valid[metric] for run in runs])
    kept = [run.test["kept_weights"] for run in runs if "kept_weights" in run.test]
    whole = len(kept) == len(runs)
    return Mark(ratio, mean, std, len(runs), mean_and_std(kept)[0] if whole else None)


def _spent(plan: FigurePlan, line: Line, runs: StoredRuns) -> Filled:
    """Score and cost of the cell that a table has of these runs."""
    score, seconds = (_cell(plan, line, runs, name) for name in (plan.spec.metric, THREAD_SECONDS))
    missing = tuple(job for job in line.jobs if runs.measured(job.run_id) is None)
    if isinstance(score, EmptyCell) or isinstance(seconds, EmptyCell):
        empty = next(one for one in (score, seconds) if isinstance(one, EmptyCell))
        why = _obstacle(missing, runs) if missing else empty.reason
        return Filled(line, None, missing or line.jobs, why, ())
    return Filled(line, Spent(score.mean, seconds.mean), (), "", seconds.runs)


def _cell(plan: FigurePlan, line: Line, runs: StoredRuns, metric: str) -> Cell | EmptyCell:
    fact = metric_named(metric).fact or metric
    select = plan.conditions.half(kind_of(line.dataset)).select
    return cell_of(runs, line.jobs, Wanted(metric, fact, select, None, ""))


def _complete(lines: Sequence[Filled]) -> tuple[Filled, ...]:
    """Datasets that lack a series lose the others, too: means are over the same datasets."""
    lacking = {filled.line.dataset for filled in lines if filled.content is None}
    return tuple(
        replace(filled, content=None, runs=()) if filled.line.dataset in lacking else filled
        for filled in lines
    )


def _drawn(plan: FigurePlan, line: Line, runs: StoredRuns, store: Store) -> Filled:
    """An array of the one run of this line."""
    (job,) = line.jobs
    run = runs.measured(job.run_id)
    content = _array(plan, job, store) if run else None
    if run is None or content is None:
        why = _obstacle([job], runs) or _kept_without(job, store)
        return Filled(line, None, (job,), why, ())
    return Filled(line, content, (), "", (run,))


def _array(plan: FigurePlan, job: Job, store: Store) -> Content | None:
    kept = store.drawings(job.run_id) or {}
    if any(name not in kept for name in plan.spec.arrays):
        return None
    arrays = [kept[name] for name in plan.spec.arrays]
    return Weights(*arrays) if plan.spec.kind == "weights" else Histogram(*arrays)


def _obstacle(missing: Sequence[Job], runs: StoredRuns) -> str:
    found = [why for job in missing if (why := runs.obstacle(job.run_id)) is not None]
    return found[0] if found else ""


def _kept_without(job: Job, store: Store) -> str:
    """Why a run that is the user's own cannot be drawn; shipped ones are simply run again."""
    if job.run_id not in store.own_ids():
        return ""
    record = store.get(job.run_id)
    where = record.where if record else job.run_id
    return f"{where} kept nothing to draw; delete it and give the command again"


def _marks(filled: Filled, curve: Curve, metric: str) -> list[Long]:
    return [
        {
            **_line(filled),
            "ratio": mark.ratio,
            "kept_weights": mark.kept,
            "metric": f"valid_{metric}",
            "mean": round(100 * mark.mean, 6),
            "std": round(100 * mark.std, 6),
            "n": mark.n,
        }
        for mark in curve.marks
    ]


def _point(point: Point, metric: str) -> Long:
    return {
        "series": point.line.title,
        "method": point.line.series.method,
        "datasets": point.n,
        "thread_seconds": round(point.seconds, 6),
        "metric": metric,
        "mean": round(point.score, 6),
        "std": round(point.std, 6),
    }


def _epochs(filled: Filled, histogram: Histogram) -> list[Long]:
    """By epoch the |w| below which each share of the weights lies; empty beyond the last bin."""
    names = [f"below_{100 * share:g}_percent" for share in SHARES]
    rows: list[Long] = []
    for epoch, values in enumerate(quantiles(histogram).tolist()):
        known = [None if math.isnan(value) else value for value in values]
        rows.append({**_line(filled), "epoch": epoch, **dict(zip(names, known, strict=True))})
    return rows


def _line(filled: Filled) -> dict[str, str]:
    line = filled.line
    names = {"dataset": line.dataset, "group": line.group, "series": line.title}
    return names | {"method": line.series.method}
