"""One cell explained: its runs, settings, printed number, verdict and the command that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.declared.tables import (
    RUN_SECONDS,
    Column,
    Row,
    TableSpec,
    metric_named,
    metric_title,
    read_table,
    three_digits,
)
from bench.errors import DataError, UsageError
from bench.judge.cell import NO_POINT, Cell, EmptyCell, StoredRuns, point_text, search_seconds
from bench.judge.collect import JudgedTable, collect
from bench.judge.verdict import RULE, TableEntry
from bench.plan.job import Job
from bench.plan.query import MethodName, Query, column_key, find_columns, find_rows, row_key
from bench.plan.selection import TablePlan, appended_columns, plan_table
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.sheet import printed_digits

CHOSEN = "chosen_"
"""Begins the names of facts that tell what a search chose."""


def explained(query: Query, row: str, column: str, store: Store) -> dict[str, Any]:
    """Everything behind one cell, also of a method that the table lacks; see `why_lines`.

    Where the names fit several cells it is the first, and the others are named.

    Raises:
        UsageError: no such table, row or column; the message lists the known.
    """
    spec = read_table(query.name)
    first, *others = _places(spec, row, column)
    plan = _alone(query, first)
    jobs = plan.of(first.row, first.column)
    records = {job.run_id: _record(store, job.run_id) for job in jobs}
    made = {run_id: record for run_id, record in records.items() if record is not None}
    columns = ((), (first.column_key,)) if first.appended else ((first.column_key,),)
    command = plan.conditions.command([first.row_key], *columns)
    options = " ".join(plan.conditions.options)
    also = [f"bench why {spec.key} {place.names} {options}".strip() for place in others]
    return {
        "cell": f"{spec.key} {first.names}",
        **explain(collect(plan, StoredRuns(store)), jobs, made, command),
        "also": also,
    }


@dataclass(frozen=True)
class _Place:
    """A cell that a user's names fit."""

    row: Row
    column: Column
    row_key: str
    column_key: str
    appended: bool

    @property
    def names(self) -> str:
        """What to type for it."""
        return f"{self.row_key} {self.column_key}"


def _places(spec: TableSpec, row: str, column: str) -> list[_Place]:
    rows = find_rows(spec, row)
    parts = {found.part for found in rows}
    columns, appended = _columns(spec, column)
    found = [
        _Place(r, c, row_key(spec, r), column_key(spec, c), appended)
        for r in rows
        for c in columns
        if c.part == r.part
    ]
    if not found:
        known = ", ".join(column_key(spec, c) for c in spec.columns if c.part in parts)
        raise UsageError(f"{spec.key} has no column {column!r} in row {row!r}; known: {known}")
    return found


def _columns(spec: TableSpec, name: str) -> tuple[tuple[Column, ...], bool]:
    """The columns of this name, and whether they are none of the table's own."""
    from baselines.registry import find_methods

    try:
        return find_columns(spec, name), False
    except UsageError:
        if MethodName.parse(name).method not in find_methods():
            raise
        return appended_columns(spec, (name,)), True


def _alone(query: Query, place: _Place) -> TablePlan:
    """The cell as a table of its own."""
    one, key = replace(query, datasets=(place.row_key,)), (place.column_key,)
    plan = plan_table(replace(one, appended=key) if place.appended else replace(one, methods=key))
    return replace(plan, rows=(place.row,), columns=(place.column,))


def _record(store: Store, run_id: str) -> Record | None:
    """The record unless it is refused, which the cell then gives as its reason."""
    try:
        return store.get(run_id)
    except DataError:
        return None


def explain(
    table: JudgedTable, jobs: Sequence[Job], records: Mapping[str, Record], command: str
) -> dict[str, Any]:
    """Everything behind the only cell of a table, JSON types only.

    Args:
        table: collected for one row and one column.
        jobs: the runs of the cell, the whole grid.
        records: those that exist, by run id.
        command: makes just this cell.
    """
    entry = table.entries()[0]
    select = table.plan.select(entry.row)
    return {
        "protocol": table.plan.conditions.protocol.key,
        "budget": table.plan.conditions.budget.key,
        "metric": entry.metric.name,
        "fact": entry.fact,
        "own": _own(entry),
        "printed": _printed(entry),
        "corrected": _corrected(entry),
        "verdict": _verdict(entry),
        "select": select,
        "chosen": _chosen(records),
        "runs": [_run(job, records.get(job.run_id), entry, select) for job in jobs],
        "settings": shown_settings(entry, jobs),
        "command": command,
    }


def why_lines(why: Mapping[str, Any]) -> Iterator[str]:
    """The explanation as lines of text."""
    yield why["cell"]
    yield f"  protocol {why['protocol']}, budget {why['budget']}, {_measure(why)}"
    yield from (f"  {line}" for line in _number_lines(why))
    yield from (f"  {line}" for line in _point_lines(why))
    chosen = [f"{name} = {value}" for name, value in why["chosen"].items()]
    yield from ([f"  chosen   {', '.join(chosen)}"] if chosen else [])
    yield "  runs" if why["runs"] else "  no runs"
    word = "took" if why["fact"] == RUN_SECONDS.name else "test"
    yield from (f"    {line}" for line in _run_lines(why["runs"], word))
    yield "  settings" if why["settings"] else "  no settings"
    yield from (f"    {name} = {value}" for name, value in why["settings"].items())
    if why["runs"]:
        yield f"  again    {why['command']}"
    yield from (f"  also     {command}" for command in why["also"])


def _measure(why: Mapping[str, Any]) -> str:
    title = metric_title(why["metric"])
    return title if why["fact"] == why["metric"] else f"{title}, recorded as {why['fact']}"


def _number_lines(why: Mapping[str, Any]) -> Iterator[str]:
    own, printed, verdict = why["own"], why["printed"], why["verdict"]
    if "mean" in own:
        spread = f" ± {own['std']}" if own["std"] else ""
        yield f"ours     {own['mean']}{spread}  n = {own['n']}"
    else:
        yield f"ours     empty: {own['reason']}"
    if own.get("collapsed"):
        yield f"collapse one class takes {own['top_class']} % of the predictions"
    if own.get("diverged"):
        yield f"loss     not finite in {own['diverged']} of {own['n']} runs; the best before counts"
    if printed:
        yield f"printed  {_spread(printed)}  in {metric_title(printed['metric'] or 'unknown')}"
    if why["corrected"]:
        yield f"right    {_spread(why['corrected'])}: {why['corrected']['reason']}"
    if verdict:
        yield f"verdict  {verdict['outcome']}: {verdict['reason']}"
        yield f"rule     {RULE}"


def _spread(number: Mapping[str, str]) -> str:
    return number["mean"] + (f" ± {number['std']}" if number["std"] else "  no std printed")


def _point_lines(why: Mapping[str, Any]) -> Iterator[str]:
    own, score = why["own"], metric_title(why["select"])
    if own.get("point", NO_POINT) == NO_POINT:
        if own.get("configurations", 1) > 1:
            yield f"search   {own['configurations']} configurations, {own['search']} s"
    elif own["grid"] > 1:
        yield f"grid     {own['point']} of {own['grid']} points, by mean validation {score}"
    else:
        yield f"grid     {own['point']}, not searched"


def _chosen(records: Mapping[str, Record]) -> dict[str, Any]:
    """The configuration that the search of the first run chose; empty where nothing is searched."""
    for record in records.values():
        facts: Mapping[str, Any] = record.result["facts"]
        return {
            name.removeprefix(CHOSEN): f"{value:.4g}" if isinstance(value, float) else value
            for name, value in facts.items()
            if name.startswith(CHOSEN)
        }
    return {}


def _own(entry: TableEntry) -> dict[str, Any]:
    if isinstance(entry.own, EmptyCell):
        return {"reason": entry.own.reason}
    return {
        "mean": entry.metric.digits(entry.own.mean),
        "std": entry.metric.spread_digits(entry.own.std),
        "n": entry.own.n,
        "grid": entry.own.grid,
        "configurations": entry.own.configurations,
        "search": three_digits(search_seconds(entry.own.runs)),
        "point": point_text(entry.own.point),
        "environments": list(entry.own.environments),
        "collapsed": entry.own.collapsed,
        "diverged": entry.own.diverged if entry.fact in entry.own.runs[0].valid else 0,
        "top_class": None if entry.own.top_class is None else f"{100 * entry.own.top_class:.1f}",
    }


def _printed(entry: TableEntry) -> dict[str, Any] | None:
    if entry.printed is None:
        return None
    mean, std = printed_digits(entry.printed)
    return {"mean": mean, "std": std, "metric": entry.column.printed_metric}


def _corrected(entry: TableEntry) -> dict[str, str] | None:
    if entry.correction is None:
        return None
    mean, std = printed_digits(entry.correction.printed)
    return {"mean": mean, "std": std, "reason": entry.correction.reason}


def _verdict(entry: TableEntry) -> dict[str, str] | None:
    if entry.verdict is None:
        return None
    return {"outcome": entry.verdict.outcome.value, "reason": entry.verdict.reason}


def _run(job: Job, record: Record | None, entry: TableEntry, select: str) -> dict[str, Any]:
    chosen = isinstance(entry.own, Cell) and job.run_id in {run.run_id for run in entry.own.runs}
    base = {"seed": job.seed, "point": point_text(job.point), "run": job.run_id, "chosen": chosen}
    if record is None:
        return {**base, "made": False}
    metrics = record.result["metrics"]
    return {
        **base,
        "made": True,
        "valid": _number(metrics.get(f"valid_{select}"), select),
        "score": _number(metrics.get(entry.fact, record.fact(entry.fact)), entry.metric.name),
        "device": str(record.provenance.get("device", "unknown")),
        "environment": record.environment,
        "source": "own" if record.own else "shipped",
        "file": str(record.path),
    }


def _number(value: object, metric: str) -> str:
    return metric_named(metric).digits(float(value)) if isinstance(value, int | float) else "none"


def _run_lines(runs: Sequence[Mapping[str, Any]], word: str) -> Iterator[str]:
    width = max([12, *(len(run["point"]) for run in runs)])
    for run in runs:
        mark = "*" if run["chosen"] else " "
        start = f"{mark} seed {run['seed']:<4} {run['point']:<{width}} {run['run']}"
        if not run["made"]:
            yield f"{start}  not made"
            continue
        yield (
            f"{start}  valid {run['valid']:>7}  {word} {run['score']:>7}  {run['device']}, "
            f"environment {run['environment']}, {run['source']}"
        )


def shown_settings(entry: TableEntry, jobs: Sequence[Job]) -> dict[str, Any]:
    """The settings of the chosen point, else of the first one, by dotted name."""
    shown = {run.run_id for run in entry.own.runs} if isinstance(entry.own, Cell) else None
    job = next((job for job in jobs if shown is None or job.run_id in shown), None)
    if job is None:
        return {}
    return dict(_flat({"data": job.data, **job.settings}, ""))


def _flat(value: object, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
        value = {part["name"]: _parameter(part) for part in value}
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else str(key))
    elif value is not None:
        yield name, value


def _parameter(declared: Mapping[str, Any]) -> str:
    """A parameter of a search space: its values or its range, and when it is searched."""
    low, high = declared["low"], declared["high"]
    said = ", ".join(map(str, declared["values"])) or f"{low:g} to {high:g}"
    said += " (integer)" if declared["integer"] else ""
    said += " (log)" if declared["log"] else ""
    needs = [f"{other} = {' or '.join(map(str, them))}" for other, them in declared["when"]]
    return f"{said}, where {' and '.join(needs)}" if needs else said
