"""What a query selects: rows and columns of one table, or the runs of several and of no table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from baselines.registry import Method, find_method, find_methods
from bench.declared.published import Prints, read_prints
from bench.declared.tables import (
    AS_PRINTED,
    STATED,
    Column,
    Metric,
    Part,
    Row,
    TableSpec,
    find_metric,
    metric_named,
    read_table,
)
from bench.errors import UsageError
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import Job
from bench.plan.plan import Place, Planner, each_once, plan_cells, usual_net, usual_planner
from bench.plan.query import (
    KINDS,
    Conditions,
    MethodName,
    Query,
    column_key,
    conditions_of,
    find_columns,
    find_rows,
    own_rows,
    row_key,
)
from iunet.architectures import nets_for
from iunet.declare.contract import closest_first
from iunet.declare.protocol import default_protocol
from iunet.declare.recipe import Recipe


def place_of(row: Row, column: Column) -> Place:
    """The planned cell of this row and column."""
    return Place(row.dataset, column.net, column.method, column.point)


@dataclass(frozen=True)
class TablePlan:
    """A table as selected: what is shown, under which conditions, and the runs of each cell.

    Args:
        prints: the printed numbers it is compared with.
        metric: what cells show, or AS_PRINTED.
        cells: the runs that each cell needs.
    """

    spec: TableSpec
    prints: Prints
    conditions: Conditions
    metric: Metric
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    cells: Mapping[Place, tuple[Job, ...]]

    @property
    def jobs(self) -> list[Job]:
        """Every run, once."""
        return each_once(chain.from_iterable(self.cells.values()))

    @cached_property
    def metrics(self) -> dict[Column, Metric]:
        """What each column shows; as printed, an appended one what its part was printed in."""
        if self.metric.name != AS_PRINTED:
            return dict.fromkeys(self.columns, self.metric)
        printed: dict[Part, str] = {}
        for column in self.spec.columns:
            if column.printed_metric:
                printed.setdefault(column.part, column.printed_metric)
        otherwise = self.spec.metrics[0]
        return {
            column: metric_named(column.printed_metric or printed.get(column.part, otherwise))
            for column in self.columns
        }

    @property
    def example(self) -> str:
        """A cell as a user names it."""
        row = self.rows[0]
        column = next(column for column in self.columns if column.part == row.part)
        return f"{self.spec.key} {row_key(self.spec, row)} {column_key(self.spec, column)}"

    def of(self, row: Row, column: Column) -> tuple[Job, ...]:
        """The runs of one cell."""
        return self.cells.get(place_of(row, column), ())

    def fact(self, row: Row, column: Column) -> str:
        """What the records of a row call the metric of a column."""
        metric = self.metrics[column]
        return metric.fact or self.spec.fact(metric.name, row)

    def select(self, row: Row) -> str:
        """The validation score that chooses a grid point in this row."""
        return self.conditions.protocol.half(KINDS[row.part]).select


def plan_table(query: Query, planner: Planner | None = None) -> TablePlan:
    """Look up what a query selects of a table, and plan its runs; see plan_cells for `planner`.

    Raises:
        UsageError, UnknownKey, ProtocolError: an unknown table, row, column, metric, method,
            protocol, budget or seed; the message lists the known.
    """
    spec = read_table(query.name)
    if spec.kind != "scores":
        raise UsageError(f"{spec.key} counts data, it has no runs")
    rows, columns = rows_and_columns(spec, query)
    conditions = conditions_of(query, spec.usual_protocol, spec.budget)
    allowed = spec.every_metric
    own_alone = STATED in allowed and not set(rows) & set(spec.rows)  # they are printed nowhere
    usual = STATED if own_alone else spec.metric
    metric = metric_named(find_metric(query.metric, allowed) if query.metric else usual)
    places = [place_of(row, c) for row in rows for c in columns if c.part == row.part]
    cells = plan_cells(places, conditions, planner=planner)
    return TablePlan(spec, read_prints(spec.prints), conditions, metric, rows, columns, cells)


def plan_selection(query: Query) -> list[Job]:
    """The runs of the query's tables, or of every method on every dataset that the budget is for.

    A table is planned under its own protocol and budget unless others are named.

    Args:
        query: which tables, protocols, budget, datasets, methods and seeds.

    Raises:
        UsageError, UnknownKey, ProtocolError: a name that is not known or not in the tables, or a
            table without runs.
    """
    planner = usual_planner()
    return each_once(
        job
        for conditions, places in selected_places(query)
        for jobs in plan_cells(places, conditions, planner=planner).values()
        for job in jobs
    )


def selected_places(query: Query) -> list[tuple[Conditions, list[Place]]]:
    """The cells that `plan_selection` plans, and the conditions of each group of them."""
    usual = find_budget(query.budget or default_budget())
    tables = query.tables
    groups = _of_tables(tables, query.budget, query.datasets) if tables else _everything(usual)
    there = [place for places in groups.values() for place in places]
    _check_names(query, there, ", ".join(tables) or f"budget {usual.key}")
    return [
        (conditions_of(replace(query, protocol=key, budget=budget)), _chosen(places, query))
        for (own, budget), places in groups.items()
        for key in query.protocols or (own,)
    ]


def rows_and_columns(spec: TableSpec, query: Query) -> tuple[tuple[Row, ...], tuple[Column, ...]]:
    """The rows and columns selected, without those of a part that the other lacks.

    Raises:
        UsageError, UnknownKey: a name that the table does not have, or no method has.
    """
    rows = [row for name in query.datasets for row in find_rows(spec, name)] or spec.rows
    named = [column for name in query.methods for column in find_columns(spec, name)]
    columns = (*(named or spec.columns), *appended_columns(spec, query.appended))
    parts = {row.part for row in rows} & {column.part for column in columns}
    if not parts:
        names, titles = ", ".join(query.methods), ", ".join(row.title for row in rows)
        raise UsageError(f"{spec.key} has no column {names} in the rows {titles}")
    return (
        tuple(dict.fromkeys(row for row in rows if row.part in parts)),
        tuple(dict.fromkeys(column for column in columns if column.part in parts)),
    )


def appended_columns(spec: TableSpec, keys: Sequence[str]) -> tuple[Column, ...]:
    """For every key a column in each part it runs in, unless the table has it there.

    It runs on the usual net unless one is named, with as much of the grid fixed as for the part's
    other columns, in the block of its net.

    Raises:
        UsageError, UnknownKey: no such method or net, or it runs in no part; the message lists the
            known.
    """
    there = {(column.part, column.net, column.method) for column in spec.columns}
    return tuple(
        column
        for key in dict.fromkeys(keys)
        for column in _appended(spec, key)
        if (column.part, column.net, column.method) not in there
    )


def _of_tables(
    tables: Sequence[str], budget: str, datasets: Sequence[str]
) -> dict[tuple[str, str], list[Place]]:
    """Every cell of the tables, by their own protocol and by budget; the user's own tables are rows
    where `datasets` names them."""
    found: dict[tuple[str, str], list[Place]] = {}
    for spec in map(read_table, tables):
        if spec.kind != "scores":
            raise UsageError(f"{spec.key} counts data, it has no runs; `bench {spec.key}` shows it")
        own = spec.usual_protocol, budget or spec.budget or default_budget()
        rows = (*spec.rows, *(row for row in own_rows(spec) if row.dataset in datasets))
        pairs = ((row, c) for row in rows for c in spec.columns if c.part == row.part)
        found.setdefault(own, []).extend(place_of(row, column) for row, column in pairs)
    return found


def _everything(budget: Budget) -> dict[tuple[str, str], list[Place]]:
    """Every method on every dataset of a budget, on its usual net."""
    from bench.datasets.catalogue import all_datasets, vision_datasets

    entries = all_datasets()
    places = [
        Place(key, "", method)
        for key, entry in entries.items()
        for method, own in find_methods().items()
        if budget.is_for(entry) and (key not in vision_datasets() or isinstance(own, Recipe))
    ]
    return {(default_protocol(), budget.key): places}


def _chosen(places: Sequence[Place], query: Query) -> list[Place]:
    """Those that a query selects: datasets in the order named, each point of a grid together."""
    names = list(map(MethodName.parse, query.methods))
    found = []
    for dataset in query.datasets or dict.fromkeys(place.dataset for place in places):
        mine = [
            place
            for place in dict.fromkeys(places)
            if place.dataset == dataset and (not names or _named(place, names))
        ]
        points = list(dict.fromkeys(place.at for place in mine))
        found += sorted(mine, key=lambda place: points.index(place.at))
    return found


def _named(place: Place, names: Sequence[MethodName]) -> bool:
    return any(name.fits(place.net, place.method, place.at) for name in names)


def _check_names(query: Query, there: Sequence[Place], where: str) -> None:
    """Refuse datasets and methods that none of these cells is of."""
    from bench.datasets.catalogue import find_dataset

    datasets = dict.fromkeys(place.dataset for place in there)
    for key in query.datasets:
        if key not in datasets:
            source = find_dataset(key).source
            known = closest_first(key, datasets)
            raise UsageError(f"dataset {key!r} ({source}) is not in {where}, which has: {known}")
    for text in query.methods:
        name = MethodName.parse(text)
        if not any(_named(place, [name]) for place in there):
            find_method(name.method)
            known = closest_first(name.method, (place.method for place in there))
            raise UsageError(f"method {text!r} is not a column here; known: {known}")


def _appended(spec: TableSpec, key: str) -> Iterator[Column]:
    name = MethodName.parse(key)
    method = find_method(str(replace(name, net="")))
    parts = [
        part
        for part in dict.fromkeys(row.part for row in spec.rows)
        if (isinstance(method, Recipe) and name.net in ("", *nets_for(KINDS[part])))
        or (part == "tabular" and not name.net)
    ]
    if not parts:
        nets = [net for row in spec.rows for net in nets_for(KINDS[row.part])]
        known = closest_first(name.net, nets)
        raise UsageError(f"{key!r} does not run on the data of {spec.key}; nets for it: {known}")
    for part in parts:
        yield _column(spec, part, method, name.net)


def _column(spec: TableSpec, part: Part, method: Method, named: str) -> Column:
    net = named or usual_net(method, KINDS[part])
    others = [column for column in spec.columns if column.part == part]
    title = _title(method.key) + (f" ({_title(named)})" if named else "")
    taken = title in (column.title for column in others)
    return Column(
        title=f"{title} ({method.key})" if taken else title,
        method=method.key,
        net=net,
        part=part,
        block=next((column.block for column in others if column.net == net), ""),
        at=next((column.at for column in others if column.at), {}),
    )


def _title(key: str) -> str:
    return key.upper().replace("-", "_")
