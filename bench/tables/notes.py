"""What a reader has to know of a table: its caption of two lines, and the notes: the rule, runs and
machines, and those on cells, such as what is missing, collapse, divergence and misprints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.declared.tables import AS_PRINTED, Column, Row, metric_named
from bench.judge.cell import Cell, machines, not_finite, point_text, sources
from bench.judge.collect import JudgedTable
from bench.judge.tally import counts_text
from bench.judge.verdict import SCORES, Outcome, TableEntry
from bench.plan.budget import default_budget
from bench.render.sheet import Notes
from bench.render.text import counted
from iunet.declare.point import Point

Labels = Mapping[tuple[Row, Column], tuple[str, ...]]
"""Labels of the notes on cells, by row and column."""

Remark = tuple[Sequence[TableEntry], str, str]
"""Cells, what is said of them, and the command that helps."""

PRINTED_ONE_CLASS = (
    "The printed number is the score of one class for every test row, to the printed digit."
)


def caption_of(table: JudgedTable) -> tuple[str, ...]:
    """Beside what, the protocol, a budget that is not the usual one, the metric, of how many seeds
    a cell is the mean, then the verdicts' tally."""
    plan, tally = table.plan, table.tally
    printed = plan.spec.printed and set(plan.rows) & set(plan.spec.rows)  # not of own data alone
    phrases = [f"Beside {plan.spec.printed}"] if printed else []
    protocol, budget = plan.conditions.captions
    usual = plan.conditions.budget.key == default_budget()
    phrases += [protocol] if usual else [protocol, f"budget {plan.conditions.budget.key}"]
    phrases += [_metrics(table), *_spread(table)]
    if tally.compared or tally.not_comparable:
        phrases.append(f"cells: {counts_text(tally)}")
    elif tally.empty:
        phrases.append(f"cells: {tally.empty} of {len(table.entries())} empty")
    return tuple(phrases)


def run_sentences(table: JudgedTable) -> list[str]:
    """How many runs are shown, where their records are from, on what they were made, and what the
    budget means."""
    runs = {run.run_id: run for cell in table.cells() for run in cell.runs}
    if not runs:
        return []
    each = ends_text(cell.n for cell in table.cells())
    shown = f"{counted(len(runs), 'run')} shown, {each} a cell ({sources(runs.values())})"
    used = machines(runs.values())
    return [f"{'; '.join([shown, *used, table.plan.conditions.captions[1]])}."]


def column_sentences(table: JudgedTable) -> list[str]:
    """What holds for whole columns: grids, searches, environments, why they are not compared."""
    refusals = _titles_by_text(
        (entry.column.title, entry.verdict.reason)
        for entry in table.entries()
        if entry.verdict and entry.verdict.outcome is Outcome.NOT_COMPARABLE
    )
    return [
        *(
            f"{titles}{text}"
            for said in (_grids(table), _searches(table))
            for text, titles in _titles_by_text(said).items()
        ),
        *_environments(table),
        *(
            f"Not comparable with the printed numbers: {titles} ({reason})."
            for reason, titles in refusals.items()
        ),
    ]


def labels_of(table: JudgedTable, notes: Notes) -> tuple[Labels, Labels]:
    """Add a note for everything that single cells are marked with.

    Returns:
        The labels beside our number, or where it is missing; those beside the printed one.
    """
    own: dict[tuple[Row, Column], tuple[str, ...]] = defaultdict(tuple)
    printed: dict[tuple[Row, Column], tuple[str, ...]] = defaultdict(tuple)
    one_class = [entry for entry in table.entries() if entry.prints_one_class]
    for labels, remarks in (
        (own, ((gap.entries, gap.text, gap.command) for gap in table.gaps)),
        (printed, _misprints(table)),
        (own, _flags(table)),
        (printed, [(one_class, PRINTED_ONE_CLASS, "")] if one_class else []),
    ):
        for entries, text, command in remarks:
            label = notes.label(text, command)
            for entry in entries:
                labels[entry.row, entry.column] += (label,)
    return own, printed


def _titles_by_text(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By each text the titles it is said of, each once, with commas between."""
    titles: dict[str, dict[str, None]] = defaultdict(dict)
    for title, text in said:
        titles[text][title] = None
    return {text: ", ".join(alike) for text, alike in titles.items()}


def ends_text(counts: Iterable[int]) -> str:
    """The smallest and the largest, once where they are the same."""
    found = sorted(counts)
    return "-".join(str(count) for count in dict.fromkeys((found[0], found[-1])))


def _metrics(table: JudgedTable) -> str:
    """What is shown, in which unit; part by part where each part has its own."""
    metric = table.plan.metric
    if metric.name != AS_PRINTED:
        return f"{metric.title}, {metric.unit}"
    shown = list(dict.fromkeys((entry.row.part, entry.metric.title) for entry in table.entries()))
    if len(shown) > len({part for part, _ in shown}):
        return f"{metric.title}, percent"
    each = [title if len(shown) == 1 else f"{title} in {part} rows" for part, title in shown]
    return f"{', '.join(each)}, percent"


def _spread(table: JudgedTable) -> list[str]:
    """Of how many seeds a cell is the mean; a cost is a sum."""
    if table.plan.metric.cost:
        return []
    seeds = ends_text(cell.n for cell in table.cells()) if table.cells() else ""
    if seeds == "1":
        return ["one seed"]
    return [f"mean ± population std of {seeds} seeds" if seeds else "no runs of ours"]


def _grids(table: JudgedTable) -> Iterator[tuple[str, str]]:
    """For columns with a grid the point of each row, and how it was chosen.

    Rows are called by their title, by their dataset where several are of one.
    """
    datasets = [row.dataset for row in table.plan.spec.rows]
    found: dict[tuple[str, str], dict[Point, dict[str, None]]] = {}
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.own.point:
            select = metric_named(table.plan.select(entry.row)).title
            searched = entry.own.grid > 1
            how = f", chosen by mean validation {select}" if searched else ", not searched"
            several = datasets.count(entry.row.dataset) > 1
            name = entry.row.dataset if several else entry.row.title
            points = found.setdefault((entry.column.title, how), {})
            points.setdefault(entry.own.point, {})[name] = None
    for (title, how), points in found.items():
        each = (f"{point_text(point)} for {', '.join(points[point])}" for point in sorted(points))
        yield title, f"{how}: {'; '.join(each)}."


def _searches(table: JudgedTable) -> Iterator[tuple[str, str]]:
    """For columns whose settings are searched, how many configurations were tried and failed."""
    searches: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    each_seed: set[str] = set()
    for entry in table.entries():
        if isinstance(entry.own, Cell) and "trials" in entry.own.runs[0].test:
            found = {run.test.get("search_seed"): run.test for run in entry.own.runs}
            searches[entry.column.title] += found.values()
            each_seed |= {entry.column.title} if len(found) > 1 else set()
    for title, tests in searches.items():
        trials = [int(test["trials"]) for test in tests]
        counts = " or ".join(str(n) for n in sorted({*trials}))
        whose = "dataset and seed" if title in each_seed else "dataset, which serves all seeds"
        failed = sum(int(test["failed_trials"]) for test in tests)
        failures = f"; {failed} of {sum(trials)} trials failed" if failed else ""
        yield title, f": one search of {counts} configurations for each {whose}{failures}."


def _environments(table: JudgedTable) -> list[str]:
    """Which columns were made in which environment, where there are several."""
    columns = _titles_by_text(
        (entry.column.title, digest)
        for entry in table.entries()
        if isinstance(entry.own, Cell)
        for digest in entry.own.environments
    )
    each = [f"{digest} ({titles})" for digest, titles in sorted(columns.items())]
    return [f"Environments: {', '.join(each)}."] if len(each) > 1 else []


def _misprints(table: JudgedTable) -> Iterator[Remark]:
    """One remark a reason, which names the cells it is given for."""
    groups: dict[str, list[TableEntry]] = defaultdict(list)
    for entry in table.entries():
        if entry.correction is not None:
            groups[entry.correction.reason].append(entry)
    for reason, entries in groups.items():
        rows = ", ".join(dict.fromkeys(entry.row.title for entry in entries))
        columns = ", ".join(dict.fromkeys(entry.column.title for entry in entries))
        text = (
            f"Misprinted, {columns} of {rows}: {reason}. Ours is compared with the corrected one."
        )
        yield entries, text, ""


def _flags(table: JudgedTable) -> Iterator[Remark]:
    """What to say of filled cells; one sentence for all collapsed ones, so that a table full of
    them stays readable.

    Only scores depend on the loss after the cut and are worth nothing where one class is predicted.
    """
    shares = sorted(cell.top_class or 0.0 for cell in table.cells() if cell.collapsed)
    ends = dict.fromkeys(f"{100 * share:.1f}" for share in (*shares[:1], *shares[-1:]))
    collapse = f"Collapsed: one class takes {' to '.join(ends)} % of the predictions."
    for entry in table.entries():
        if isinstance(entry.own, Cell):
            texts = [collapse] if entry.own.collapsed else []
            texts += _flaws(entry.own) if entry.metric.name in SCORES else []
            if len(entry.own.environments) > 1:
                mixed = ", ".join(entry.own.environments)
                texts.append(f"Mixes runs of different environments: {mixed}.")
            yield from (([entry], text, "") for text in texts)


def _flaws(cell: Cell) -> list[str]:
    """What makes a score doubtful."""
    many = "Every run predicts" if cell.one_class == cell.n else "Most runs predict"
    blind = [f"{many} one class for every test row."] if 2 * cell.one_class > cell.n else []
    return [*blind, *not_finite(cell.diverged, cell.n)]
