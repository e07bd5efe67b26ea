"""One cell explained: its runs, settings, printed number, verdict and the command that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.judge.collect import Cell, Collected, Entry, Refusal
from bench.judge.verdict import RULE
from bench.plan.job import Job
from bench.show.caption import point_text
from bench.show.metrics import metric_title
from bench.show.view import points, printed_digits
from bench.store.records import Record


def explain(
    table: Collected, jobs: Sequence[Job], records: Mapping[str, Record], command: str
) -> dict[str, Any]:
    """Everything behind the only cell of a table, JSON types only.

    Args:
        table: collected for one row and one column.
        jobs: the runs of the cell, the whole grid.
        records: those that exist, by run id.
        command: makes just this cell.
    """
    entry = table.entries()[0]
    return {
        "cell": f"{table.spec.key} {entry.row.dataset} {entry.column.method}",
        "protocol": table.ask.protocol,
        "budget": table.ask.budget,
        "metric": entry.metric,
        "own": _own(entry),
        "printed": _printed(entry),
        "verdict": _verdict(entry),
        "select": table.ask.select,
        "runs": [_run(job, records.get(job.run_id), entry, table.ask.select) for job in jobs],
        "settings": _settings(entry, jobs),
        "command": command,
    }


def why_lines(why: Mapping[str, Any]) -> Iterator[str]:
    """The explanation as lines of text."""
    yield why["cell"]
    yield f"  protocol {why['protocol']}, budget {why['budget']}, {metric_title(why['metric'])}"
    own, printed, verdict = why["own"], why["printed"], why["verdict"]
    if "mean" in own:
        yield f"  ours     {own['mean']} ± {own['std']}  n = {own['n']}"
    else:
        yield f"  ours     empty: {own['reason']}"
    if printed:
        spread = f" ± {printed['std']}" if printed["std"] else "  no std printed"
        measure = metric_title(printed["metric"] or "unknown")
        yield f"  printed  {printed['mean']}{spread}  in {measure}"
    if verdict:
        yield f"  verdict  {verdict['outcome']}: {verdict['reason']}"
        yield f"  rule     {RULE}"
    if own.get("grid", 1) > 1:
        score = metric_title(why["select"])
        yield f"  grid     {own['point']} of {own['grid']} points, by mean validation {score}"
    yield "  runs" if why["runs"] else "  no runs"
    yield from (f"    {line}" for line in _run_lines(why["runs"]))
    yield "  settings" if why["settings"] else "  no settings"
    yield from (f"    {name} = {value}" for name, value in why["settings"].items())
    if why["runs"]:
        yield f"  again    {why['command']}"


def _own(entry: Entry) -> dict[str, Any]:
    if isinstance(entry.own, Refusal):
        return {"reason": entry.own.reason}
    return {
        "mean": points(entry.own.mean),
        "std": points(entry.own.std),
        "n": entry.own.n,
        "grid": entry.own.grid,
        "point": point_text(entry.own.point),
        "environments": list(entry.own.environments),
        "collapsed": entry.own.collapsed,
    }


def _printed(entry: Entry) -> dict[str, Any] | None:
    if entry.printed is None:
        return None
    mean, std = printed_digits(entry.printed)
    return {"mean": mean, "std": std, "metric": entry.column.printed_metric}


def _verdict(entry: Entry) -> dict[str, str] | None:
    if entry.verdict is None:
        return None
    return {"outcome": entry.verdict.outcome.value, "reason": entry.verdict.reason}


def _run(job: Job, record: Record | None, entry: Entry, select: str) -> dict[str, Any]:
    chosen = isinstance(entry.own, Cell) and job.point == entry.own.point
    base = {"seed": job.seed, "point": point_text(job.point), "run": job.run_id, "chosen": chosen}
    if record is None:
        return {**base, "made": False}
    metrics = record.result["metrics"]
    return {
        **base,
        "made": True,
        "valid": _percent(metrics.get(f"valid_{select}")),
        "score": _percent(metrics.get(entry.metric, record.fact(entry.metric))),
        "device": str(record.provenance.get("device", "unknown")),
        "environment": record.environment,
        "source": "own" if record.own else "shipped",
        "file": str(record.path),
    }


def _percent(value: object) -> str:
    return points(float(value)) if isinstance(value, int | float) else "none"


def _run_lines(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for run in runs:
        mark = "*" if run["chosen"] else " "
        start = f"{mark} seed {run['seed']:<4} {run['point']:<12} {run['run']}"
        if not run["made"]:
            yield f"{start}  not made"
            continue
        yield (
            f"{start}  valid {run['valid']:>7}  test {run['score']:>7}  {run['device']}, "
            f"environment {run['environment']}, {run['source']}"
        )


def _settings(entry: Entry, jobs: Sequence[Job]) -> dict[str, Any]:
    """The settings of the chosen point, else of the first one, by dotted name."""
    wanted = entry.own.point if isinstance(entry.own, Cell) else None
    job = next((job for job in jobs if wanted is None or job.point == wanted), None)
    if job is None:
        return {}
    return dict(_flat({"data": job.data, **job.settings}, ""))


def _flat(value: object, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else str(key))
    elif value is not None:
        yield name, value
