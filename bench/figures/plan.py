"""From a query to a figure's lines, its conditions and its runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bench.datasets.catalogue import find_dataset
from bench.declared.figures import FigureSpec, Series, read_figure
from bench.errors import DataError, UsageError
from bench.folders import figure_names
from bench.plan.budget import Budget, budgets
from bench.plan.job import Job
from bench.plan.plan import Place, Planner, each_once, kind_of, plan_cells
from bench.plan.query import Conditions, Query, conditions_of
from bench.plan.selection import TablePlan, plan_table
from bench.store.arrays import Arrays
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.contract import closest_first
from iunet.declare.protocol import shipped_protocols
from iunet.declare.resolve import chosen_point


@dataclass(frozen=True)
class Line:
    """A series, or one kappa of it, on one dataset: what a legend names, and its runs."""

    dataset: str
    series: Series
    title: str
    jobs: tuple[Job, ...]

    @property
    def group(self) -> str:
        """The group of its series."""
        return self.series.group

    @property
    def name(self) -> tuple[str, str]:
        """Its group and title, which together no other line of its dataset has."""
        return self.group, self.title


@dataclass(frozen=True)
class FigurePlan:
    """A figure as selected: what is drawn, under which conditions, and the runs it needs.

    Args:
        datasets: those drawn, in the declared order.
        lines: dataset by dataset, series by series.
        whole: whether every dataset of the budget and every seed is drawn.
        table: whose cells are drawn, one a line; None for other figures, and without a dataset.
    """

    spec: FigureSpec
    conditions: Conditions
    datasets: tuple[str, ...]
    lines: tuple[Line, ...]
    whole: bool
    table: TablePlan | None = None

    @property
    def jobs(self) -> list[Job]:
        """Every run once, in the order of the lines."""
        return each_once(job for line in self.lines for job in line.jobs)


def plan_figure(query: Query, planner: Planner | None = None) -> FigurePlan:
    """Look up what a query selects of a figure, and plan its runs; see plan_cells for `planner`.

    Raises:
        UsageError, UnknownKey, ProtocolError: an unknown figure, dataset, protocol, budget or seed;
            the message lists the known.
    """
    spec, conditions = read_figure(query.name), conditions_of(query)
    datasets = _datasets(spec, conditions.budget, query.datasets)
    whole = not query.seeds and datasets == _datasets(spec, conditions.budget, ())
    if spec.table:
        shown = replace(query, name=spec.table, datasets=datasets)
        table = plan_table(shown, planner) if datasets else None
        return FigurePlan(spec, conditions, datasets, tuple(_judged(spec, table)), whole, table)
    cells = {
        (key, series): _cell(spec, series, key, conditions)
        for key in datasets
        for series in spec.series
    }
    searched = spec.kind != "costs"
    under = _drawn_seeds(spec, conditions)
    jobs = plan_cells(cells.values(), under, searched=searched, planner=planner)
    lines = tuple(
        line for (key, series), cell in cells.items() for line in _lines(key, series, jobs[cell])
    )
    return FigurePlan(spec, conditions, datasets, lines, whole)


def by_value(jobs: Iterable[Job], name: str) -> dict[float, list[Job]]:
    """Jobs by their value of this part of the grid, 1 where they have none; rising."""
    found: dict[float, list[Job]] = defaultdict(list)
    for job in jobs:
        found[dict(job.point).get(name, 1.0)].append(job)
    return dict(sorted(found.items()))


def drawings_of(records: Iterable[Record], store: Store) -> Callable[[str], Arrays]:
    """From a run id to those arrays of the run that a figure draws, as far as they are stored."""
    drawn = drawn_arrays(records)

    def drawings(run_id: str) -> Arrays:
        arrays: Arrays | None = None
        with suppress(DataError):  # `drawings` remembers it; the record is shipped without
            arrays = store.drawings(run_id) if run_id in drawn else None
        return {name: array for name, array in (arrays or {}).items() if name in drawn[run_id]}

    return drawings


def drawn_arrays(records: Iterable[Record]) -> dict[str, frozenset[str]]:
    """Names of arrays by run id, of every run that a figure draws an array of.

    Planned under the protocols and budgets of these records; a protocol of the user's own, which is
    a file and no key, is not.
    """
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    names = [name for name in figure_names() if read_figure(name).arrays]
    for protocol, budget in dict.fromkeys((record.protocol, record.budget) for record in records):
        if protocol in shipped_protocols() and budget in budgets():
            for figure in (plan_figure(Query(name, protocol, budget)) for name in names):
                for job in figure.jobs:
                    found[job.run_id] |= set(figure.spec.arrays)
    return found


def _datasets(spec: FigureSpec, budget: Budget, chosen: Sequence[str]) -> tuple[str, ...]:
    """The figure's datasets that the budget is for; only the chosen ones where some are."""
    known = [key for key in spec.datasets if budget.is_for(find_dataset(key))]
    for key in chosen:
        if key not in known:
            raise UsageError(
                f"{spec.key} has no dataset {key!r} under budget {budget.key!r}; "
                f"known: {closest_first(key, known)}"
            )
    return tuple(key for key in known if not chosen or key in chosen)


def _drawn_seeds(spec: FigureSpec, conditions: Conditions) -> Conditions:
    """All seeds for scores, which have a spread; one where an array of a run is drawn."""
    seeds = conditions.seeds or conditions.protocol.seeds
    return replace(conditions, seeds=seeds[:1]) if spec.arrays else conditions


def _judged(spec: FigureSpec, table: TablePlan | None) -> Iterator[Line]:
    """A line for each cell of a table, row by row."""
    if table is None:
        return
    series = dict(zip(table.spec.columns, spec.series, strict=True))
    for row in table.rows:
        for column in (column for column in table.columns if column.part == row.part):
            yield Line(row.dataset, series[column], column.title, table.of(row, column))


def _cell(spec: FigureSpec, series: Series, dataset: str, conditions: Conditions) -> Place:
    """The grid of a series: along the ratios for curves, at the chosen one where arrays are drawn,
    that of a table's cell for costs."""
    chosen = chosen_point(conditions.protocol.half(kind_of(dataset)), dataset)
    free = {"kappa"} if series.kappas == "each" else set()
    free |= set() if spec.arrays else {"ratio"}
    fixed = tuple((name, value) for name, value in chosen.items() if name not in free)
    return Place(dataset, series.net, series.method, fixed)


def _lines(dataset: str, series: Series, jobs: Sequence[Job]) -> Iterator[Line]:
    """One line of a series, or one for each kappa, the largest first."""
    if series.kappas == "chosen":
        yield Line(dataset, series, series.title, tuple(jobs))
        return
    for kappa, own in reversed(by_value(jobs, "kappa").items()):
        yield Line(dataset, series, f"{series.title} = {kappa:g}", tuple(own))
