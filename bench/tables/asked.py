"""From what a user selects to a table's rows, columns, conditions and jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.declared.published import read_prints
from bench.declared.spec import Column, Row, TableSpec, read_table
from bench.errors import UsageError
from bench.judge.ask import Ask
from bench.judge.collect import Collected, collect
from bench.judge.metrics import find_metric
from bench.judge.runs import StoredRuns
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import Job
from bench.plan.names import find_columns, find_rows
from bench.plan.plan import Request, plan_jobs
from bench.plan.query import Query
from bench.store.store import Store
from bench.tables.appended import appended_columns
from iunet.declare.contract import UnknownKey
from iunet.declare.point import Point
from iunet.declare.protocol import find_protocol


@dataclass(frozen=True)
class Asked:
    """A table as selected: what is shown, under which conditions, and the runs it needs.

    `planned`: by what is fixed of the grid.
    """

    spec: TableSpec
    ask: Ask
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    planned: Mapping[Point, Sequence[Job]]

    @property
    def jobs(self) -> list[Job]:
        """Every run, once."""
        return list({job.run_id: job for jobs in self.planned.values() for job in jobs}.values())


def prepare(query: Query) -> Asked:
    """Look everything up and plan.

    Raises:
        UsageError: an unknown table, row, column, metric, method, protocol, budget or seed; the
            message lists the known.
    """
    spec = read_table(query.name)
    if spec.kind != "scores":
        raise UsageError(f"{spec.key} counts data, it has no runs")
    rows, columns = _shown(spec, query)
    try:
        ask = _ask(spec, query)
        planned = _planned(spec, rows, columns, query, ask)
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    return Asked(spec, ask, rows, columns, planned)


def collected(asked: Asked, store: Store) -> Collected:
    """The table as far as the store can fill it."""
    runs = StoredRuns(asked.planned, store)
    prints = read_prints(asked.spec.prints)
    return collect(asked.spec, asked.ask, runs, prints, asked.rows, asked.columns)


def _shown(spec: TableSpec, query: Query) -> tuple[tuple[Row, ...], tuple[Column, ...]]:
    """The rows and columns selected, those that meet none of the other left out."""
    rows = [row for name in query.datasets for row in find_rows(spec, name)] or spec.rows
    named = [column for name in query.methods for column in find_columns(spec, name)]
    columns = (*(named or spec.columns), *appended_columns(spec, query.appended))
    parts = {row.part for row in rows} & {column.part for column in columns}
    if not parts:
        asked, titles = ", ".join(query.methods), ", ".join(row.title for row in rows)
        raise UsageError(f"{spec.key} has no column {asked} in the rows {titles}")
    return (
        tuple(dict.fromkeys(row for row in rows if row.part in parts)),
        tuple(dict.fromkeys(column for column in columns if column.part in parts)),
    )


def _ask(spec: TableSpec, query: Query) -> Ask:
    name = query.protocol or spec.usual_protocol
    protocol = find_protocol(name)
    usual = spec.budget or default_budget()
    budget = find_budget(query.budget or usual)
    allowed = spec.metrics or (spec.metric,)
    metric = find_metric(query.metric, allowed) if query.metric else spec.metric
    options = ["--protocol", name] if name != spec.usual_protocol else []
    options += ["--budget", budget.key] if budget.key != usual else []
    options += ["-s", ",".join(str(seed) for seed in query.seeds)] if query.seeds else []
    return Ask(
        table=spec.key,
        protocol=protocol.key,
        budget=budget.key,
        select={"tabular": protocol.table.select, "vision": protocol.vision.select},
        full=_does_everything(budget),
        metric=metric,
        protocol_title=protocol.title,
        budget_title=budget.title,
        seeds=query.seeds,
        options=tuple(options),
    )


def _does_everything(budget: Budget) -> bool:
    """Whether the budget leaves the protocol's epochs, grids and pictures as they are."""
    return budget.epochs is None and not budget.chosen and budget.pictures is None


def _planned(
    spec: TableSpec,
    rows: Sequence[Row],
    columns: Sequence[Column],
    query: Query,
    ask: Ask,
) -> dict[Point, list[Job]]:
    requests: dict[Point, list[Request]] = {}
    for part in dict.fromkeys(row.part for row in rows):
        datasets = tuple(dict.fromkeys(row.dataset for row in rows if row.part == part))
        mine = [column for column in columns if column.part == part]
        for at in dict.fromkeys(column.point for column in mine):
            request = Request(
                datasets=datasets,
                columns=tuple((c.net, c.method) for c in mine if c.point == at),
                protocol=query.protocol or spec.usual_protocol,
                budget=ask.budget,
                seeds=query.seeds or None,
                at=at,
            )
            requests.setdefault(at, []).append(request)
    return {at: plan_jobs(alike) for at, alike in requests.items()}
