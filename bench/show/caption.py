"""The conditions a table was made under, as phrases of its caption."""

from __future__ import annotations

from collections.abc import Set

from bench.judge.collect import Cell, Collected
from bench.judge.verdict import RULE, Outcome
from bench.show.metrics import metric_title
from iunet.declare.contract import Point


def caption_of(table: Collected) -> tuple[str, ...]:
    """Protocol, budget, metric, runs, device, environment, source, then the verdicts' tally."""
    return (*conditions(table), *tally(table))


def conditions(table: Collected) -> tuple[str, ...]:
    """What the numbers were made under."""
    ask, spec = table.ask, table.spec
    metric = metric_title(ask.metric)
    shown = (f"Beside {spec.printed}",) if spec.printed else ()
    return (
        *shown,
        f"protocol {ask.protocol} ({ask.protocol_title})",
        f"budget {ask.budget} ({ask.budget_title})",
        f"{metric}, percent, mean ± population std over the seeds",
        *_origins(table),
    )


def tally(table: Collected) -> tuple[str, ...]:
    """How many cells agree, differ, cannot be compared, or are empty."""
    outcomes = [entry.verdict.outcome for entry in table.entries() if entry.verdict]
    empty = len(table.missing())
    if not outcomes:
        return (f"cells: {empty} of {len(table.entries())} empty",) if empty else ()
    agree, differ = outcomes.count(Outcome.AGREES), outcomes.count(Outcome.DIFFERS)
    return (
        f"cells: {agree} agree with the printed number, {differ} differ, "
        f"{len(outcomes) - agree - differ} not comparable, {empty} empty",
        f"a cell agrees when {RULE}",
    )


def grid_sentences(table: Collected) -> list[str]:
    """For every column with a grid the chosen point of each row."""
    chosen: dict[str, dict[Point, list[str]]] = {}
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.own.point:
            points = chosen.setdefault(entry.column.title, {})
            points.setdefault(entry.own.point, []).append(entry.row.title)
    return [
        f"{title}, chosen by mean validation {metric_title(table.ask.select)}: "
        + "; ".join(f"{point_text(p)} for {', '.join(rows)}" for p, rows in sorted(points.items()))
        + "."
        for title, points in chosen.items()
    ]


def environment_sentences(table: Collected) -> list[str]:
    """Which columns were made in which environment, where there are several."""
    columns: dict[str, list[str]] = {}
    for entry in table.entries():
        if isinstance(entry.own, Cell):
            for digest in entry.own.environments:
                columns.setdefault(digest, []).append(entry.column.title)
    if len(columns) < 2:
        return []
    each = [f"{digest} ({', '.join(dict.fromkeys(columns[digest]))})" for digest in sorted(columns)]
    return [f"Environments: {', '.join(each)}."]


def point_text(point: Point) -> str:
    """A grid point as text: l1 = 1e-05."""
    return ", ".join(f"{name} = {value:g}" for name, value in point) or "-"


def _origins(table: Collected) -> tuple[str, ...]:
    runs = {run.run_id: run for cell in table.cells() for run in cell.runs}
    if not runs:
        return ("no runs",)
    sources = [run.source for run in runs.values()]
    origin = [f"{sources.count(name)} {name} records" for name in dict.fromkeys(sorted(sources))]
    seeds = sorted({cell.n for cell in table.cells()})
    each = "-".join(str(count) for count in dict.fromkeys((seeds[0], seeds[-1])))
    return (
        f"{len(runs)} runs shown, {each} a cell ({', '.join(origin)})",
        *_machines({(run.device, run.environment) for run in runs.values()}),
    )


def _machines(used: Set[tuple[str, str]]) -> list[str]:
    """Devices, each with its environment, or how many where there are several: networks and other
    methods import different libraries."""
    environments: dict[str, list[str]] = {}
    for device, digest in sorted(used):
        environments.setdefault(device, []).append(digest)
    return [
        f"device {device}, "
        + (f"environment {found[0]}" if len(found) == 1 else f"{len(found)} environments")
        for device, found in environments.items()
    ]
