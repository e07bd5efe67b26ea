"""What a reader has to know of a table: the conditions in its caption, and the notes on cells, such
as what is missing, collapse, divergence, environments and misprints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.declared.tables import AS_PRINTED, Column, Row, metric_named
from bench.judge.cell import Cell, machines, not_finite, point_text, sources
from bench.judge.collect import JudgedTable
from bench.judge.tally import counts_text
from bench.judge.verdict import RULE, SCORES, TableEntry
from bench.render.sheet import Notes
from bench.render.text import counted
from iunet.declare.point import Point


def caption_of(table: JudgedTable) -> tuple[str, ...]:
    """Protocol, budget, metric, runs, device, environment, source, then the verdicts' tally."""
    plan = table.plan
    shown = (f"Beside {plan.spec.printed}",) if plan.spec.printed else ()
    return (
        *shown,
        *plan.conditions.captions,
        _metrics(table) + ("" if plan.metric.cost else ", mean ± population std over the seeds"),
        *_origins(table),
        *_tally(table),
    )


def _tally(table: JudgedTable) -> tuple[str, ...]:
    """How many cells agree, differ, say nothing, cannot be compared, or are empty."""
    found = table.tally
    if not found.compared + found.not_comparable:
        return (f"cells: {found.empty} of {len(table.entries())} empty",) if found.empty else ()
    return (f"cells: {counts_text(found)}", *([RULE] if found.compared else []))


def grid_sentences(table: JudgedTable) -> list[str]:
    """For columns with a grid the point of each row, and how it was chosen."""
    found: dict[tuple[str, str], dict[Point, list[Row]]] = {}
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.own.point:
            select = metric_named(table.plan.select(entry.row)).title
            searched = entry.own.grid > 1
            how = f", chosen by mean validation {select}" if searched else ", not searched"
            points = found.setdefault((entry.column.title, how), {})
            points.setdefault(entry.own.point, []).append(entry.row)
    names = _row_names(table)
    return _together(
        (title, f"{how}: {_chosen(points, names)}.") for (title, how), points in found.items()
    )


def search_sentences(table: JudgedTable) -> list[str]:
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


def _row_names(table: JudgedTable) -> dict[Row, str]:
    """Each row's title; the dataset where several rows are of one."""
    datasets = [row.dataset for row in table.plan.spec.rows]
    return {
        row: row.dataset if datasets.count(row.dataset) > 1 else row.title
        for row in table.plan.rows
    }


def environment_sentences(table: JudgedTable) -> list[str]:
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


def _metrics(table: JudgedTable) -> str:
    """What is shown, in which unit; part by part where each part has its own."""
    metric = table.plan.metric
    if metric.name != AS_PRINTED:
        return f"{metric.title}, {metric.unit}"
    parts: dict[str, dict[str, str]] = {}
    for entry in table.entries():
        parts.setdefault(entry.row.part, {})[entry.metric.name] = entry.metric.title
    if any(len(titles) > 1 for titles in parts.values()):
        return f"{metric.title}, percent"
    shown = [(part, title) for part, titles in parts.items() for title in titles.values()]
    each = [title if len(shown) == 1 else f"{title} in {part} rows" for part, title in shown]
    return f"{', '.join(each)}, percent"


def _origins(table: JudgedTable) -> tuple[str, ...]:
    runs = {run.run_id: run for cell in table.cells() for run in cell.runs}
    if not runs:
        return ("no runs",)
    seeds = sorted({cell.n for cell in table.cells()})
    each = "-".join(str(count) for count in dict.fromkeys((seeds[0], seeds[-1])))
    return (
        f"{counted(len(runs), 'run')} shown, {each} a cell ({sources(runs.values())})",
        *machines({(run.device, run.environment) for run in runs.values()}),
    )


Place = tuple[Row, Column]

PRINTED_ONE_CLASS = (
    "The printed number is the score of one class for every test row, to the printed digit."
)


@dataclass(frozen=True)
class Labels:
    """Labels of the notes on cells, by row and column.

    Args:
        own: beside our number, or where it is missing.
        printed: beside the printed one.
    """

    own: Mapping[Place, tuple[str, ...]]
    printed: Mapping[Place, tuple[str, ...]]


def labels_of(table: JudgedTable, notes: Notes) -> Labels:
    """Add a note for everything that single cells are marked with."""
    own: dict[Place, tuple[str, ...]] = {}
    for gap in table.gaps:
        label = notes.label(gap.text, gap.command)
        own |= {(entry.row, entry.column): (label,) for entry in gap.entries}
    printed = _misprints(table, notes)
    collapse = _collapse(table)
    for entry in table.entries():
        if isinstance(entry.own, Cell):
            texts = _flags(entry, entry.own, collapse)
            own[entry.row, entry.column] = tuple(notes.label(text) for text in texts)
    for entry in table.entries():
        if entry.prints_one_class:
            printed[entry.row, entry.column] += (notes.label(PRINTED_ONE_CLASS),)
    return Labels(own, printed)


def _collapse(table: JudgedTable) -> str:
    """One sentence for all collapsed cells, so that a table full of them stays readable."""
    shares = sorted(cell.top_class or 0.0 for cell in table.cells() if cell.collapsed)
    ends = dict.fromkeys(f"{100 * share:.1f}" for share in (*shares[:1], *shares[-1:]))
    return f"Collapsed: one class takes {' to '.join(ends)} % of the predictions."


def _flags(entry: TableEntry, cell: Cell, collapse: str) -> Iterator[str]:
    """What to say of a filled cell.

    Only scores depend on the loss after the cut and are worth nothing where one class is predicted.
    """
    if cell.collapsed:
        yield collapse
    if entry.metric.name in SCORES:
        if 2 * cell.one_class > cell.n:
            many = "Every run predicts" if cell.one_class == cell.n else "Most runs predict"
            yield f"{many} one class for every test row."
        yield from not_finite(cell.diverged, cell.n)
    if len(cell.environments) > 1:
        yield f"Mixes runs of different environments: {', '.join(cell.environments)}."


def _misprints(table: JudgedTable, notes: Notes) -> dict[Place, tuple[str, ...]]:
    """A note a reason, naming the cells it is given for; nothing for the other cells."""
    groups: dict[str, list[TableEntry]] = defaultdict(list)
    for entry in table.entries():
        if entry.correction is not None:
            groups[entry.correction.reason].append(entry)
    found: dict[Place, tuple[str, ...]] = defaultdict(tuple)
    for reason, entries in groups.items():
        rows = ", ".join(dict.fromkeys(entry.row.title for entry in entries))
        columns = ", ".join(dict.fromkeys(entry.column.title for entry in entries))
        label = notes.label(
            f"Misprinted, {columns} of {rows}: {reason}. Ours is compared with the corrected one."
        )
        found |= {(entry.row, entry.column): (label,) for entry in entries}
    return found
