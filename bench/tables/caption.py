"""The conditions a table was made under, as phrases of its caption."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from bench.declared.spec import Row
from bench.judge.cell import Cell
from bench.judge.collect import Collected
from bench.judge.metrics import AS_PRINTED, metric_named, metric_title
from bench.judge.runs import Measured
from bench.judge.tally import Tally, tally_of
from bench.judge.verdict import RULE
from iunet.declare.point import Point

NO_POINT = "-"
SHORT = {"ratio": "r"}
"""How a grid's names are written."""


def caption_of(table: Collected) -> tuple[str, ...]:
    """Protocol, budget, metric, runs, device, environment, source, then the verdicts' tally."""
    return (*conditions(table), *tally(table))


def conditions(table: Collected) -> tuple[str, ...]:
    """What the numbers were made under."""
    ask, spec = table.ask, table.spec
    shown = (f"Beside {spec.printed}",) if spec.printed else ()
    summed = metric_named(ask.metric).cost
    return (
        *shown,
        f"protocol {ask.protocol} ({ask.protocol_title})",
        f"budget {ask.budget} ({ask.budget_title})",
        _metrics(table) + ("" if summed else ", mean ± population std over the seeds"),
        *_origins(table),
    )


def tally(table: Collected) -> tuple[str, ...]:
    """How many cells agree, differ, say nothing, cannot be compared, or are empty."""
    found = tally_of([table])
    if not found.compared + found.not_comparable:
        return (f"cells: {found.empty} of {len(table.entries())} empty",) if found.empty else ()
    return (f"cells: {counts_text(found)}", *([RULE] if found.compared else []))


def counts_text(tally: Tally) -> str:
    """`3 agree, 1 differs, 2 say nothing, 4 not comparable`; kinds without a cell are left out."""
    said = [
        (tally.agree, "agrees", "agree"),
        (tally.differ, "differs", "differ"),
        (tally.say_nothing, "says nothing", "say nothing"),
        (tally.not_comparable, "not comparable", "not comparable"),
        (tally.empty, "empty", "empty"),
    ]
    shown = [f"{count} {one if count == 1 else many}" for count, one, many in said if count]
    return ", ".join(shown) or "nothing was printed"


def grid_sentences(table: Collected) -> list[str]:
    """For columns with a grid the point of each row, and how it was chosen."""
    found: dict[tuple[str, str], dict[Point, list[Row]]] = {}
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.own.point:
            searched = entry.own.grid > 1
            how = _searched(table.ask.select[entry.row.part]) if searched else ", not searched"
            points = found.setdefault((entry.column.title, how), {})
            points.setdefault(entry.own.point, []).append(entry.row)
    names = _row_names(table)
    alike: dict[str, list[str]] = {}
    for (title, how), points in found.items():
        alike.setdefault(f"{how}: {_chosen(points, names)}.", []).append(title)
    return [f"{', '.join(titles)}{said}" for said, titles in alike.items()]


def search_sentences(table: Collected) -> list[str]:
    """For columns whose settings are searched, how many configurations were tried and failed."""
    searches: dict[str, list[tuple[int, int]]] = {}
    each_seed: set[str] = set()
    for entry in table.entries():
        if isinstance(entry.own, Cell) and "trials" in entry.own.runs[0].test:
            found = {
                run.test.get("search_seed"): (run.test["trials"], run.test["failed_trials"])
                for run in entry.own.runs
            }
            title = entry.column.title
            searches.setdefault(title, []).extend((int(n), int(bad)) for n, bad in found.values())
            each_seed |= {title} if len(found) > 1 else set()
    alike: dict[str, list[str]] = {}
    for title, tried in searches.items():
        counts = " or ".join(str(n) for n in sorted({n for n, _ in tried}))
        failed = sum(bad for _, bad in tried)
        whose = "dataset and seed" if title in each_seed else "dataset, which serves all seeds"
        said = f": one search of {counts} configurations for each {whose}"
        said += f"; {failed} of {sum(n for n, _ in tried)} trials failed" if failed else ""
        alike.setdefault(f"{said}.", []).append(title)
    return [f"{', '.join(titles)}{said}" for said, titles in alike.items()]


def _searched(select: str) -> str:
    return f", chosen by mean validation {metric_title(select)}"


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
    """A grid point as text: kappa = 0.125, r = 8."""
    return ", ".join(f"{SHORT.get(name, name)} = {value:g}" for name, value in point) or NO_POINT


def _metrics(table: Collected) -> str:
    """What is shown, in which unit; part by part where each part has its own."""
    if table.ask.metric != AS_PRINTED:
        metric = metric_named(table.ask.metric)
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
        f"{len(runs)} runs shown, {each} a cell ({sources(runs.values())})",
        *machines({(run.device, run.environment) for run in runs.values()}),
    )


def sources(runs: Iterable[Measured]) -> str:
    """How many records are the user's own and how many shipped."""
    found = [run.source for run in runs]
    return ", ".join(f"{found.count(name)} {name} records" for name in sorted({*found}))


def machines(used: Set[tuple[str, str]]) -> list[str]:
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
