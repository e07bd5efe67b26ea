"""The conditions a table was made under, as phrases of its caption."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bench.declared.metrics import AS_PRINTED, metric_named, metric_title
from bench.declared.spec import Row
from bench.judge.cell import Cell, point_text
from bench.judge.collect import Collected
from bench.judge.runs import machines, sources
from bench.judge.tally import counts_text, tally_of
from bench.judge.verdict import RULE
from bench.render.text import counted
from iunet.declare.point import Point


def caption_of(table: Collected) -> tuple[str, ...]:
    """Protocol, budget, metric, runs, device, environment, source, then the verdicts' tally."""
    return (*conditions(table), *tally(table))


def conditions(table: Collected) -> tuple[str, ...]:
    """What the numbers were made under."""
    spec = table.spec
    shown = (f"Beside {spec.printed}",) if spec.printed else ()
    summed = metric_named(table.metric).cost
    return (
        *shown,
        *table.conditions.captions,
        _metrics(table) + ("" if summed else ", mean ± population std over the seeds"),
        *_origins(table),
    )


def tally(table: Collected) -> tuple[str, ...]:
    """How many cells agree, differ, say nothing, cannot be compared, or are empty."""
    found = tally_of([table])
    if not found.compared + found.not_comparable:
        return (f"cells: {found.empty} of {len(table.entries())} empty",) if found.empty else ()
    return (f"cells: {counts_text(found)}", *([RULE] if found.compared else []))


def grid_sentences(table: Collected) -> list[str]:
    """For columns with a grid the point of each row, and how it was chosen."""
    found: dict[tuple[str, str], dict[Point, list[Row]]] = {}
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.own.point:
            select = metric_title(table.select(entry.row))
            searched = entry.own.grid > 1
            how = f", chosen by mean validation {select}" if searched else ", not searched"
            points = found.setdefault((entry.column.title, how), {})
            points.setdefault(entry.own.point, []).append(entry.row)
    names = _row_names(table)
    return _together(
        (title, f"{how}: {_chosen(points, names)}.") for (title, how), points in found.items()
    )


def search_sentences(table: Collected) -> list[str]:
    """For columns whose settings are searched, how many configurations were tried and failed."""
    searches: dict[str, list[tuple[int, int]]] = defaultdict(list)
    each_seed: set[str] = set()
    for entry in table.entries():
        if isinstance(entry.own, Cell) and "trials" in entry.own.runs[0].test:
            found = {
                run.test.get("search_seed"): (int(run.test["trials"]), run.test["failed_trials"])
                for run in entry.own.runs
            }
            searches[entry.column.title] += [(n, int(failed)) for n, failed in found.values()]
            each_seed |= {entry.column.title} if len(found) > 1 else set()
    said = []
    for title, tried in searches.items():
        counts = " or ".join(str(n) for n in sorted({n for n, _ in tried}))
        whose = "dataset and seed" if title in each_seed else "dataset, which serves all seeds"
        failed, trials = sum(bad for _, bad in tried), sum(n for n, _ in tried)
        failures = f"; {failed} of {trials} trials failed" if failed else ""
        said.append((title, f": one search of {counts} configurations for each {whose}{failures}."))
    return _together(said)


def _together(said: Iterable[tuple[str, str]]) -> list[str]:
    """One sentence for all columns of which the same is said."""
    titles: dict[str, list[str]] = defaultdict(list)
    for title, what in said:
        titles[what].append(title)
    return [f"{', '.join(alike)}{what}" for what, alike in titles.items()]


def _chosen(points: Mapping[Point, Sequence[Row]], names: Mapping[Row, str]) -> str:
    return "; ".join(
        f"{point_text(point)} for {', '.join(dict.fromkeys(names[row] for row in rows))}"
        for point, rows in sorted(points.items())
    )


def _row_names(table: Collected) -> dict[Row, str]:
    """Each row's title; the dataset where several rows are of one."""
    datasets = [row.dataset for row in table.spec.rows]
    return {
        row: row.dataset if datasets.count(row.dataset) > 1 else row.title for row, _ in table.rows
    }


def environment_sentences(table: Collected) -> list[str]:
    """Which columns were made in which environment, where there are several."""
    columns: dict[str, dict[str, None]] = defaultdict(dict)
    for entry in table.entries():
        if isinstance(entry.own, Cell):
            for digest in entry.own.environments:
                columns[digest][entry.column.title] = None
    if len(columns) < 2:
        return []
    each = [f"{digest} ({', '.join(titles)})" for digest, titles in sorted(columns.items())]
    return [f"Environments: {', '.join(each)}."]


def _metrics(table: Collected) -> str:
    """What is shown, in which unit; part by part where each part has its own."""
    if table.metric != AS_PRINTED:
        metric = metric_named(table.metric)
        return f"{metric.title}, {metric.unit}"
    parts: dict[str, set[str]] = {}
    for entry in table.entries():
        parts.setdefault(entry.row.part, set()).add(entry.metric)
    if any(len(metrics) > 1 for metrics in parts.values()):
        return f"{metric_title(AS_PRINTED)}, percent"
    shown = {part: metric_title(*metrics) for part, metrics in parts.items()}
    each = [title if len(shown) == 1 else f"{title} in {p} rows" for p, title in shown.items()]
    return f"{', '.join(each)}, percent"


def _origins(table: Collected) -> tuple[str, ...]:
    runs = {run.run_id: run for cell in table.cells() for run in cell.runs}
    if not runs:
        return ("no runs",)
    seeds = sorted({cell.n for cell in table.cells()})
    each = "-".join(str(count) for count in dict.fromkeys((seeds[0], seeds[-1])))
    return (
        f"{counted(len(runs), 'run')} shown, {each} a cell ({sources(runs.values())})",
        *machines({(run.device, run.environment) for run in runs.values()}),
    )
