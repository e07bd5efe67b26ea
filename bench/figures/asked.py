"""From what a user selects to a figure's lines, conditions and jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.datasets.catalogue import find_entry
from bench.declared.figures import FigureSpec, Series, read_figure
from bench.errors import UsageError
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import Job
from bench.plan.plan import Request, kind_of, plan_jobs
from bench.plan.query import Query
from iunet.declare.contract import UnknownKey
from iunet.declare.nets import Kind
from iunet.declare.point import Point
from iunet.declare.protocol import Protocol, default_protocol, find_protocol
from iunet.declare.resolve import chosen_point


@dataclass(frozen=True)
class Conditions:
    """What a figure is drawn under.

    Args:
        figure: its name.
        protocol, budget: keys; the titles are one line each, for the caption.
        kappas: the kappa that the protocol chose for each dataset of pictures that is drawn.
        select: the protocol's validation score that picks a grid point, by kind of data.
        embedded: whether the budget is for data that comes along, of which nothing was printed.
        options: what to add to a command to get the same protocol, budget and seeds again.
    """

    figure: str
    protocol: str
    protocol_title: str
    budget: str
    budget_title: str
    kappas: Mapping[str, float]
    select: Mapping[Kind, str]
    embedded: bool
    options: tuple[str, ...]

    def command(self, datasets: Sequence[str] = ()) -> str:
        """The command that draws these datasets under the same conditions."""
        words = ["bench", self.figure, *(["-d", ",".join(datasets)] if datasets else [])]
        return " ".join([*words, *self.options])


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


@dataclass(frozen=True)
class Asked:
    """A figure as selected: what is drawn, under which conditions, and the runs it needs.

    Args:
        datasets: those drawn, in the declared order.
        lines: dataset by dataset, series by series.
        whole: whether every dataset of the budget and every seed is drawn.
    """

    spec: FigureSpec
    conditions: Conditions
    datasets: tuple[str, ...]
    lines: tuple[Line, ...]
    whole: bool

    @property
    def jobs(self) -> list[Job]:
        """Every run once, in the order of the lines."""
        return list({job.run_id: job for line in self.lines for job in line.jobs}.values())


def prepare(query: Query) -> Asked:
    """Look everything up and plan.

    Raises:
        UsageError: an unknown figure, dataset, protocol, budget or seed; the message lists the
            known.
    """
    spec = read_figure(query.name)
    budget = find_budget(query.budget or default_budget())
    datasets = _datasets(spec, budget, query.datasets)
    name = query.protocol or default_protocol()
    try:
        protocol = find_protocol(name)
        seeds = _seeds(spec, protocol, query)
        planner = _Planner(name, protocol, budget, seeds)
        lines = tuple(line for key in datasets for line in planner.lines(spec, key))
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    whole = not query.seeds and datasets == _datasets(spec, budget, ())
    return Asked(spec, _conditions(protocol, budget, query, datasets), datasets, lines, whole)


def _datasets(spec: FigureSpec, budget: Budget, chosen: tuple[str, ...]) -> tuple[str, ...]:
    fitting = [
        key for key in spec.datasets if (find_entry(key).source == "embedded") == budget.embedded
    ]
    for key in chosen:
        if key not in fitting:
            raise UsageError(
                f"{spec.key} has no dataset {key!r} under budget {budget.key!r}; "
                f"known: {', '.join(fitting)}"
            )
    return tuple(key for key in fitting if not chosen or key in chosen)


def _seeds(spec: FigureSpec, protocol: Protocol, query: Query) -> tuple[int, ...]:
    """All of them for scores, which have a spread; one where an array of a run is drawn."""
    seeds = query.seeds or protocol.seeds
    return seeds[:1] if spec.arrays else seeds


@dataclass(frozen=True)
class _Planner:
    """Plans lines under one protocol and budget."""

    name: str
    protocol: Protocol
    budget: Budget
    seeds: tuple[int, ...]

    def lines(self, spec: FigureSpec, dataset: str) -> Iterator[Line]:
        """The lines of one dataset, in the order of the series."""
        for series in spec.series:
            jobs = self._jobs(spec, series, dataset)
            if series.kappas == "chosen":
                yield Line(dataset, series, series.title, tuple(jobs))
                continue
            for kappa in sorted({dict(job.point).get("kappa", 1.0) for job in jobs}, reverse=True):
                own = tuple(job for job in jobs if dict(job.point).get("kappa", 1.0) == kappa)
                yield Line(dataset, series, f"{series.title} = {kappa:g}", own)

    def _jobs(self, spec: FigureSpec, series: Series, dataset: str) -> list[Job]:
        """Its runs: along the ratios for curves, at the chosen one where arrays are drawn; those of
        a table's cell for costs."""
        half = self.protocol.table if kind_of(dataset) == "table" else self.protocol.vision
        fixed = chosen_point(half, dataset)
        free = {"kappa"} if series.kappas == "each" else set()
        free |= set() if spec.arrays else {"ratio"}
        at: Point = tuple((name, value) for name, value in fixed.items() if name not in free)
        columns = ((series.net, series.method),)
        searched = spec.kind != "costs"
        name, budget = self.name, self.budget.key
        return plan_jobs([Request((dataset,), columns, name, budget, self.seeds, at, searched)])


def _conditions(
    protocol: Protocol, budget: Budget, query: Query, datasets: Sequence[str]
) -> Conditions:
    name = query.protocol or default_protocol()
    options = ["--protocol", name] if name != default_protocol() else []
    options += ["--budget", budget.key] if budget.key != default_budget() else []
    options += ["-s", ",".join(str(seed) for seed in query.seeds)] if query.seeds else []
    pictures = [key for key in datasets if kind_of(key) == "pictures"]
    return Conditions(
        figure=query.name,
        protocol=protocol.key,
        protocol_title=protocol.title,
        budget=budget.key,
        budget_title=budget.title,
        kappas={key: chosen_point(protocol.vision, key)["kappa"] for key in pictures},
        select={"table": protocol.table.select, "pictures": protocol.vision.select},
        embedded=budget.embedded,
        options=tuple(options),
    )
