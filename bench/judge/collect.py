"""Plan and store to cells: mean, spread and number of runs, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

from bench.judge.ask import AS_PRINTED, Ask
from bench.judge.runs import Measured, Planned, Runs
from bench.judge.select import select_point
from bench.judge.verdict import Verdict, judge, not_comparable
from bench.tables.published import Printed, Published
from bench.tables.spec import Column, Row, TableSpec
from iunet.declare.contract import Point

COLLAPSED = 0.9
"""Share of one predicted class from which a consistency says nothing."""


@dataclass(frozen=True)
class Cell:
    """What the runs of one cell measured.

    Args:
        mean, std: over the runs, fractions; the std of the population (ddof 0).
        point: the chosen point of the grid, empty where there is none.
        grid: number of points it was chosen from.
        runs: the runs of that point, one a seed.
        metric: what was measured.
        top_class: mean share of the most predicted class, where the table asks for it.
    """

    mean: float
    std: float
    point: Point
    grid: int
    runs: tuple[Measured, ...]
    metric: str
    top_class: float | None = None

    @property
    def n(self) -> int:
        """Number of runs."""
        return len(self.runs)

    @property
    def environments(self) -> tuple[str, ...]:
        """Digests of the environments the runs were made in, sorted."""
        return tuple(sorted({run.environment for run in self.runs}))

    @property
    def collapsed(self) -> bool:
        """Whether nearly every row is given one class."""
        return self.top_class is not None and self.top_class >= COLLAPSED


@dataclass(frozen=True)
class Refusal:
    """Why a cell is empty.

    Args:
        reason: in one line.
        command: makes what is missing; empty where nothing can.
        missing, planned: numbers of runs.
        obstacle: why runs have no result although they were tried; empty where none was.
    """

    reason: str
    command: str = ""
    missing: int = 0
    planned: int = 0
    obstacle: str = ""

    @property
    def untouched(self) -> bool:
        """Whether not one run was made or tried."""
        return self.missing == self.planned > 0 and not self.obstacle


@dataclass(frozen=True)
class Entry:
    """One place of a table: what we have, what was printed, and how they compare."""

    row: Row
    column: Column
    metric: str
    own: Cell | Refusal
    printed: Printed | None
    verdict: Verdict | None


@dataclass(frozen=True)
class Collected:
    """A table's entries, row by row, and the conditions they were collected under.

    Args:
        columns: those shown, appended ones last.
        rows: those shown, each with an entry for every column of its part.
        published: everything printed, shown or not.
    """

    spec: TableSpec
    ask: Ask
    columns: tuple[Column, ...]
    rows: tuple[tuple[Row, tuple[Entry, ...]], ...]
    published: Published

    def entries(self) -> list[Entry]:
        """Every entry, row by row."""
        return [entry for _, entries in self.rows for entry in entries]

    def cells(self) -> list[Cell]:
        """Every cell that is not empty."""
        return [entry.own for entry in self.entries() if isinstance(entry.own, Cell)]

    def missing(self) -> list[Entry]:
        """Entries that could be filled by running something, or whose runs failed."""
        return [e for e in self.entries() if isinstance(e.own, Refusal) and e.column.built]


def collect(
    spec: TableSpec,
    ask: Ask,
    runs: Runs,
    published: Published,
    rows: Sequence[Row],
    columns: Sequence[Column],
) -> Collected:
    """Collect these rows and columns of a table."""
    collected = []
    for row in rows:
        mine = [column for column in columns if column.part == row.part]
        collected.append((row, tuple(_entry(spec, ask, runs, published, row, c) for c in mine)))
    return Collected(spec, ask, tuple(columns), tuple(collected), published)


def metric_of(column: Column, spec: TableSpec, ask: Ask) -> str:
    """What a column shows under this ask."""
    if ask.metric == AS_PRINTED:
        return column.printed_metric or spec.metric
    return ask.metric


def _entry(
    spec: TableSpec, ask: Ask, runs: Runs, published: Published, row: Row, column: Column
) -> Entry:
    metric = metric_of(column, spec, ask)
    own = _cell(spec, ask, runs, row, column, metric)
    printed = published.get((row.printed_name, column.printed_name))
    verdict = _verdict(own, printed, column, ask) if isinstance(own, Cell) and printed else None
    return Entry(row, column, metric, own, printed, verdict)


def _verdict(cell: Cell, printed: Printed, column: Column, ask: Ask) -> Verdict:
    if not ask.full:
        return not_comparable(f"budget {ask.budget} does less than what was printed")
    if cell.metric != column.printed_metric:
        shown, printed_as = words(cell.metric), words(column.printed_metric or "something unknown")
        return not_comparable(f"shown as {shown}, printed as {printed_as}")
    return judge(100 * cell.mean, 100 * cell.std, cell.n, printed)


def _cell(
    spec: TableSpec, ask: Ask, runs: Runs, row: Row, column: Column, metric: str
) -> Cell | Refusal:
    if not column.built:
        return Refusal("not built yet; only the printed numbers are shown")
    planned = runs.planned(row.dataset, column.net, column.method)
    command = ask.command([row.dataset], [column.method])
    found = {job.run_id: runs.measured(job.run_id) for job in planned}
    absent = [run_id for run_id, run in found.items() if run is None]
    if absent or not planned:
        return _absence(runs, absent, len(planned), command)
    made = {run_id: run for run_id, run in found.items() if run is not None}
    return _of_runs(planned, made, metric, ask.select, spec.collapse, command)


def _absence(runs: Runs, absent: Sequence[str], planned: int, command: str) -> Refusal:
    obstacles = [why for run_id in absent if (why := runs.obstacle(run_id)) is not None]
    if obstacles:
        reason = f"{len(obstacles)} of {planned} runs without a result: {obstacles[0]}"
        return Refusal(reason, command, len(absent), planned, obstacles[0])
    if len(absent) == planned:
        return Refusal(f"none of {planned} runs made", command, len(absent), planned)
    return Refusal(f"{len(absent)} of {planned} runs missing", command, len(absent), planned)


def _of_runs(
    planned: Sequence[Planned],
    made: dict[str, Measured],
    metric: str,
    select: str,
    collapse: str | None,
    command: str,
) -> Cell | Refusal:
    by_point: dict[Point, list[Measured]] = {}
    for job in planned:
        by_point.setdefault(job.point, []).append(made[job.run_id])
    point = _chosen(by_point, select)
    if point is None:
        return Refusal(f"runs carry no validation score called {select}", command)
    runs = by_point[point]
    for name in (metric, *([collapse] if collapse else [])):
        if any(name not in run.test for run in runs):
            return Refusal(f"runs carry no {name}", command)
    mean, std = mean_and_std([run.test[metric] for run in runs])
    share = mean_and_std([run.test[collapse] for run in runs])[0] if collapse else None
    return Cell(mean, std, point, len(by_point), tuple(runs), metric, share)


def _chosen(by_point: dict[Point, list[Measured]], select: str) -> Point | None:
    declared = list(by_point)
    if len(declared) == 1:
        return declared[0]
    valid = {
        point: [run.valid[select] for run in runs if select in run.valid]
        for point, runs in by_point.items()
    }
    if any(len(scores) < len(by_point[point]) for point, scores in valid.items()):
        return None
    return select_point(declared, valid)


def words(metric: str) -> str:
    """A metric's name without underscores."""
    return metric.replace("_", " ")


def mean_and_std(values: Sequence[float]) -> tuple[float, float]:
    """Mean and population standard deviation (ddof 0), as the paper's tables print them."""
    mean = fsum(values) / len(values)
    return mean, sqrt(fsum((value - mean) ** 2 for value in values) / len(values))
