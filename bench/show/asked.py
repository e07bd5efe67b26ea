"""From what a user selects to a table's rows, columns, conditions and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.errors import UsageError
from bench.judge.ask import Ask, find_metric
from bench.judge.collect import Collected, collect
from bench.judge.stored import StoredRuns
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import NO_NET, Job
from bench.plan.plan import TABLE_NET, Request, plan_jobs
from bench.store.store import Store
from bench.tables.published import read_published
from bench.tables.spec import Column, Row, TableSpec, find_column, find_row, read_table
from iunet.declare.contract import Learner, UnknownKey
from iunet.declare.protocol import default_protocol, find_protocol


@dataclass(frozen=True)
class Selection:
    """What a user selects; empty means what the table says.

    Args:
        table: its name.
        protocol, budget, metric: names.
        datasets, methods: only these rows and columns.
        seeds: only these of the protocol's.
        appended: methods to add as columns.
    """

    table: str
    protocol: str = ""
    budget: str = ""
    metric: str = ""
    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    appended: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A table as selected: what is shown, under which conditions, and the runs it needs."""

    spec: TableSpec
    ask: Ask
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    jobs: tuple[Job, ...]


def prepare(selection: Selection) -> Asked:
    """Look everything up and plan.

    Raises:
        UsageError: an unknown table, row, column, metric, method, protocol, budget or seed; the
            message lists the known.
    """
    spec = read_table(selection.table)
    if spec.kind != "scores":
        raise UsageError(f"{spec.key} counts data, it has no runs")
    rows = tuple(dict.fromkeys(find_row(spec, key) for key in selection.datasets))
    columns = tuple(dict.fromkeys(find_column(spec, key) for key in selection.methods))
    shown = (columns or spec.ready_columns()) + appended_columns(spec, selection.appended)
    try:
        ask = _ask(spec, selection)
        jobs = _jobs(rows or spec.ready_rows(), shown, selection, ask)
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    return Asked(spec, ask, rows or spec.ready_rows(), shown, tuple(jobs))


def collected(asked: Asked, store: Store) -> Collected:
    """The table as far as the store can fill it."""
    runs = StoredRuns(asked.jobs, store)
    published = read_published(asked.spec.key)
    return collect(asked.spec, asked.ask, runs, published, asked.rows, asked.columns)


def appended_columns(spec: TableSpec, keys: Sequence[str]) -> tuple[Column, ...]:
    """A column for every method key that the table does not have yet.

    Raises:
        UsageError: no such method; the message lists the known.
    """
    if not keys:
        return ()
    from baselines.registry import find_method

    there = {column.method for column in spec.ready_columns()}
    columns = []
    for key in dict.fromkeys(keys):
        if key in there:
            continue
        try:
            net = NO_NET if isinstance(find_method(key), Learner) else TABLE_NET
        except UnknownKey as error:
            raise UsageError(str(error)) from error
        columns.append(Column(title=key.upper().replace("-", "_"), method=key, net=net))
    return tuple(columns)


def _ask(spec: TableSpec, selection: Selection) -> Ask:
    name = selection.protocol or default_protocol()
    protocol = find_protocol(name)
    usual = spec.budget or default_budget()
    budget = find_budget(selection.budget or usual)
    allowed = spec.metrics or (spec.metric,)
    metric = find_metric(selection.metric, allowed) if selection.metric else spec.metric
    options = ["--protocol", name] if name != default_protocol() else []
    options += ["--budget", budget.key] if budget.key != usual else []
    options += ["-s", ",".join(str(seed) for seed in selection.seeds)] if selection.seeds else []
    return Ask(
        table=spec.key,
        protocol=protocol.key,
        budget=budget.key,
        select=protocol.table.select,
        full=_does_everything(budget),
        metric=metric,
        protocol_title=protocol.title,
        budget_title=budget.title,
        seeds=selection.seeds,
        options=tuple(options),
    )


def _does_everything(budget: Budget) -> bool:
    """Whether the budget leaves the protocol's epochs and grids as they are."""
    return budget.epochs is None and not budget.chosen


def _jobs(
    rows: Sequence[Row], columns: Sequence[Column], selection: Selection, ask: Ask
) -> list[Job]:
    requests = []
    for part in dict.fromkeys(row.part for row in rows):
        datasets = tuple(dict.fromkeys(row.dataset for row in rows if row.part == part))
        mine = tuple((c.net, c.method) for c in columns if c.part == part and c.built)
        protocol = selection.protocol or default_protocol()
        seeds = selection.seeds or None
        requests.append(Request(datasets, mine, protocol, ask.budget, seeds))
    return plan_jobs(requests)
