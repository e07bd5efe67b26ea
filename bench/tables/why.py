"""One cell explained: its runs, settings, printed number, verdict and the command that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.declared.published import Printed
from bench.declared.tables import (
    RUN_SECONDS,
    Column,
    Metric,
    Row,
    TableSpec,
    metric_named,
    metric_title,
    read_table,
    three_digits,
)
from bench.errors import UsageError
from bench.judge.cell import (
    NO_POINT,
    Cell,
    EmptyCell,
    StoredRuns,
    measured_of,
    point_text,
    search_seconds,
)
from bench.judge.collect import collect
from bench.judge.verdict import RULE, TableEntry
from bench.plan.job import Job
from bench.plan.query import MethodName, Query, column_key, find_columns, find_rows, row_key
from bench.plan.selection import TablePlan, appended_columns, plan_table
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.sheet import printed_digits
from iunet.declare.contract import closest_first

CHOSEN = "chosen_"
"""Begins the names of facts that tell what a search chose."""


def explained(query: Query, row: str, column: str, store: Store) -> dict[str, Any]:
    """Everything behind one cell, also of a method that the table lacks, JSON types only; see
    `why_lines`.

    Where the names fit several cells it is the first, and the others are named.

    Raises:
        UsageError: no such table, row or column; the message lists the known.
    """
    spec = read_table(query.name)
    cells = _cells(spec, row, column)
    (shown_row, shown_column), *_ = cells
    (dataset, method), *others = [(row_key(spec, r), column_key(spec, c)) for r, c in cells]
    methods, appended = ((method,), ()) if shown_column in spec.columns else ((), (method,))
    plan = plan_table(replace(query, datasets=(dataset,), methods=methods, appended=appended))
    under = plan.conditions
    also = (["bench why", spec.key, *names, *under.options] for names in others)
    return {
        "cell": f"{spec.key} {dataset} {method}",
        "protocol": under.protocol.key,
        "budget": under.budget.key,
        **_behind(replace(plan, rows=(shown_row,), columns=(shown_column,)), store),
        "command": under.command([dataset], methods, appended),
        "also": [" ".join(words) for words in also],
    }


def shown_job(entry: TableEntry, jobs: Sequence[Job]) -> Job:
    """The first run of the chosen point, else of the first one, whose settings are a cell's."""
    chosen = _chosen_runs(entry)
    return next(job for job in jobs if not chosen or job.run_id in chosen)


def settings_of(job: Job) -> dict[str, Any]:
    """The settings of a run by dotted name."""
    return dict(_flat({"data": job.data, **job.settings}, ""))


def why_lines(why: Mapping[str, Any]) -> Iterator[str]:
    """The explanation as lines of text."""
    title = metric_title(why["metric"])
    recorded = "" if why["fact"] == why["metric"] else f", recorded as {why['fact']}"
    yield why["cell"]
    yield f"  protocol {why['protocol']}, budget {why['budget']}, {title}{recorded}"
    yield from (f"  {label:<8} {text}" for label, text in _labelled(why))
    other = "" if why["select"] == why["metric"] else f"; valid is {metric_title(why['select'])}"
    yield f"  runs{other}" if why["runs"] else "  no runs"
    word = "took" if why["fact"] == RUN_SECONDS.name else "test"
    yield from (f"    {line}" for line in _run_lines(why["runs"], word))
    yield from (f"    in {place}" for place in _places(why["runs"]))
    yield "  settings" if why["settings"] else "  no settings"
    yield from (f"    {name} = {value}" for name, value in why["settings"].items())
    if why["runs"]:
        yield f"  again    {why['command']}"
    yield from (f"  also     {command}" for command in why["also"])


def _cells(spec: TableSpec, row: str, column: str) -> list[tuple[Row, Column]]:
    """The cells that a user's names fit; at least one."""
    rows, columns = find_rows(spec, row), _columns(spec, column)
    cells = [(r, c) for r in rows for c in columns if c.part == r.part]
    if not cells:
        parts = {found.part for found in rows}
        there = (column_key(spec, c) for c in spec.columns if c.part in parts)
        known = closest_first(column, there)
        raise UsageError(f"{spec.key} has no column {column!r} in row {row!r}; known: {known}")
    return cells


def _columns(spec: TableSpec, name: str) -> tuple[Column, ...]:
    """The columns of this name, the table's own or those that a method's name appends."""
    from baselines.registry import find_methods

    try:
        return find_columns(spec, name)
    except UsageError:
        if MethodName.parse(name).method not in find_methods():
            raise
        return appended_columns(spec, (name,))


def _behind(plan: TablePlan, store: Store) -> dict[str, Any]:
    """What stands behind the only cell of a plan."""
    runs = StoredRuns(store)
    (entry,) = collect(plan, runs).entries()
    jobs, select = plan.of(entry.row, entry.column), plan.select(entry.row)
    records = {job.run_id: store.get(job.run_id) for job in jobs if runs.measured(job.run_id)}
    correction, verdict = entry.correction, entry.verdict
    return {
        "metric": entry.metric.name,
        "fact": entry.fact,
        "own": _own(entry),
        "printed": _printed(entry.printed, {"metric": entry.column.printed_metric}),
        "corrected": correction and _printed(correction.printed, {"reason": correction.reason}),
        "verdict": verdict and {"outcome": verdict.outcome.value, "reason": verdict.reason},
        "select": select,
        "chosen": _found_by_search(records.values()),
        "runs": [_run(job, records.get(job.run_id), entry, select) for job in jobs],
        "settings": settings_of(shown_job(entry, jobs)),
    }


def _own(entry: TableEntry) -> dict[str, Any]:
    own = entry.own
    if isinstance(own, EmptyCell):
        return {"reason": own.reason}
    return {
        "mean": entry.metric.digits(own.mean),
        "std": entry.metric.spread_digits(own.std),
        "n": own.n,
        "grid": own.grid,
        "configurations": own.configurations,
        "search": three_digits(search_seconds(own.runs)),
        "point": point_text(own.point),
        "environments": list(own.environments),
        "collapsed": own.collapsed,
        "diverged": own.diverged if entry.fact in own.runs[0].valid else 0,
        "top_class": None if own.top_class is None else f"{100 * own.top_class:.1f}",
    }


def _printed(printed: Printed | None, more: Mapping[str, str | None]) -> dict[str, Any] | None:
    mean, std = printed_digits(printed)
    return {"mean": mean, "std": std, **more} if printed else None


def _found_by_search(records: Iterable[Record | None]) -> dict[str, Any]:
    """The configuration that the search of the first run chose; empty where nothing is searched."""
    facts: Mapping[str, Any] = next((record.result["facts"] for record in records if record), {})
    return {
        name.removeprefix(CHOSEN): f"{value:.4g}" if isinstance(value, float) else value
        for name, value in facts.items()
        if name.startswith(CHOSEN)
    }


def _run(job: Job, record: Record | None, entry: TableEntry, select: str) -> dict[str, Any]:
    base = {
        "seed": job.seed,
        "point": point_text(job.point),
        "run": job.run_id,
        "chosen": job.run_id in _chosen_runs(entry),
        "made": record is not None,
    }
    if record is None:
        return base
    run = measured_of(record)
    return base | {
        "valid": _number(run.valid.get(select), metric_named(select)),
        "score": _number(run.test.get(entry.fact), entry.metric),
        "device": run.device,
        "environment": run.environment,
        "source": run.source,
        "file": str(record.path),
    }


def _chosen_runs(entry: TableEntry) -> set[str]:
    """Ids of the runs that the cell shows; none where it is empty."""
    return {run.run_id for run in entry.own.runs} if isinstance(entry.own, Cell) else set()


def _number(value: float | None, metric: Metric) -> str:
    return "none" if value is None else metric.digits(value)


def _flat(value: object, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        value = {part["name"]: _parameter(part) for part in value}
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else str(key))
    elif value is not None:
        yield name, value


def _parameter(declared: Mapping[str, Any]) -> str:
    """A parameter of a search space: its values or its range, and when it is searched."""
    text = ", ".join(map(str, declared["values"]))
    text = text or f"{declared['low']:g} to {declared['high']:g}"
    text += " (integer)" if declared["integer"] else ""
    text += " (log)" if declared["log"] else ""
    needs = [f"{other} = {' or '.join(map(str, them))}" for other, them in declared["when"]]
    return f"{text}, where {' and '.join(needs)}" if needs else text


def _labelled(why: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What there is of the cell, a label a line."""
    own, printed, right, verdict = (why[key] for key in ("own", "printed", "corrected", "verdict"))
    if "mean" in own:
        spread = f" ± {own['std']}" if own["std"] else ""
        yield "ours", f"{own['mean']}{spread}  n = {own['n']}"
    else:
        yield "ours", f"empty: {own['reason']}"
    if own.get("collapsed"):
        yield "collapse", f"one class takes {own['top_class']} % of the predictions"
    if own.get("diverged"):
        lost = f"not finite in {own['diverged']} of {own['n']} runs"
        yield "loss", f"{lost}; the best before counts"
    if printed:
        yield "printed", f"{_spread(printed)}  in {metric_title(printed['metric'] or 'unknown')}"
    if right:
        yield "right", f"{_spread(right)}: {right['reason']}"
    if verdict:
        yield "verdict", f"{verdict['outcome']}: {verdict['reason']}"
        yield "rule", RULE
    if own.get("point", NO_POINT) != NO_POINT:
        among = f" of {own['grid']} points, by mean validation {metric_title(why['select'])}"
        yield "grid", own["point"] + (among if own["grid"] > 1 else ", not searched")
    elif own.get("configurations", 1) > 1:
        yield "search", f"{own['configurations']} configurations, {own['search']} s"
    if why["chosen"]:
        yield "chosen", ", ".join(f"{name} = {value}" for name, value in why["chosen"].items())


def _spread(number: Mapping[str, str]) -> str:
    return number["mean"] + (f" ± {number['std']}" if number["std"] else "  no std printed")


def _places(runs: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """The shipped files that hold the runs, and the folders of the user's own."""
    made = [run for run in runs if run["made"]]
    files = (Path(run["file"]).parent if run["source"] == "own" else run["file"] for run in made)
    return dict.fromkeys(map(str, files))


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
