"""A figure's caption: title, conditions, what is missing and how to make it; and its files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from bench.datasets.catalogue import find_dataset
from bench.declared.tables import short_title
from bench.figures.collect import (
    SHARES,
    WHITE,
    CollectedFigure,
    figure_rows,
    points_of,
)
from bench.judge.cell import COLLAPSED, machines, not_finite, sources
from bench.judge.collect import MANY
from bench.judge.tally import counts_text, tally_of
from bench.judge.verdict import TOLERANCE, WIDEST, Outcome
from bench.plan.plan import kind_of
from bench.render.files import FIGURES, csv_text, write_document, write_results
from bench.render.sheet import (
    PART,
    Block,
    Note,
    Sheet,
    SheetCell,
    SheetRow,
    markdown_templates,
)
from bench.render.tex import latex_templates
from bench.render.text import counted
from iunet.declare.resolve import chosen_point

COUNTED = {Outcome.AGREES: "agree", Outcome.DIFFERS: "differ", Outcome.SAYS_NOTHING: "say nothing"}
"""The outcomes that are counted, and how many cells of each are called."""

MOST_NAMED = 4
"""Up to so many lines that lack runs are named; beyond, they are counted."""


def sheet_of(figure: CollectedFigure) -> Sheet:
    """The figure's text: how it is to be read and what it lacks among the notes."""
    spec, conditions = figure.plan.spec, figure.plan.conditions
    beside = not conditions.budget.embedded
    remarks = [_reading(figure), *_collapsed(figure), *_diverged(figure), *_refused(figure)]
    remarks += [*_left_out(figure), *spec.notes]
    remarks += spec.printed_notes if beside else ()
    caption = [f"Beside {spec.printed}"] if spec.printed and beside else []
    caption += [*conditions.captions, *_kappas(figure), *_datasets(figure), *_counts(figure)]
    caption += _origins(figure)
    return Sheet(
        name="-".join([spec.key, *conditions.unusual]) + ("" if figure.plan.whole else PART),
        title=spec.title,
        caption=tuple(caption),
        blocks=tuple(_counted(figure)),
        notes=(*_missing(figure), *(Note(text, brief=True) for text in remarks)),
        compared=False,
    )


def write_figure(figure: CollectedFigure, results: Path) -> list[Path]:
    """Draw a figure into figures/ of the results folder, and add it to the tables' document.

    Returns:
        The files written.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    from bench.figures.draw import pictures

    sheet = sheet_of(figure)
    contents: dict[str, str | bytes] = {**pictures(figure)}
    contents |= {".md": markdown(sheet), ".tex": latex(sheet)}
    if rows := figure_rows(figure):
        contents[".csv"] = csv_text(rows)
    named = {f"{sheet.name}{ending}": content for ending, content in contents.items()}
    return [*write_results(results / FIGURES, named), *write_document(results / "tables")]


def markdown(sheet: Sheet) -> str:
    """The picture with its caption in Markdown."""
    return markdown_templates().get_template("figure.md.j2").render(sheet=sheet)


def latex(sheet: Sheet) -> str:
    """The same as LaTeX, to be input by the tables' document."""
    return latex_templates().get_template("figure.tex.j2").render(sheet=sheet)


def _reading(figure: CollectedFigure) -> str:
    """What stands for what in the picture."""
    if figure.plan.spec.kind == "costs":
        return _reading_costs(figure)
    if figure.plan.spec.kind == "agreement":
        return _reading_agreement(figure)
    shares = ", ".join(f"{100 * share:g} %" for share in SHARES)
    texts = {
        "curves": (
            f"Validation {short_title(figure.plan.spec.metric)}, mean over the seeds, bars: "
            "population std; compression ratio: total over kept weights. Of a line far below the "
            "others the smallest and the largest mean are written at the foot of the panel."
        ),
        "histograms": (
            "Colour: share of the first layer's weights in a bin of |w|, white where there is "
            "none; the uppermost bin holds all larger ones. Lines: the |w| below which "
            f"{shares} of them lie, spread evenly within a bin; their marks are on, below and "
            "above the line in this order. A line that ends has reached the uppermost bin."
        ),
        "weights": (
            "|w| of the first layer after training, before pruning; lighter is larger, each panel "
            f"by itself from 0, black, to its {WHITE:g}th percentile, white. Pictures: the units "
            "with the largest weights, each with its weights on the red, green and blue of every "
            "pixel; tables: a row a unit, a column an input."
        ),
    }
    return texts[figure.plan.spec.kind]


def _reading_costs(figure: CollectedFigure) -> str:
    """What a point is, and why it has no bar."""
    text = (
        f"The score is the test {short_title(figure.plan.spec.metric)}, averaged over the seeds "
        "and then over the datasets for which every method has its runs. The cost is the sum over "
        "the same datasets of the thread seconds of every seed, grid point and search (bench cost)."
    )
    stds = sorted(point.std for point in points_of(figure))
    if stds:
        text += (
            f" Over the datasets the scores have a population std of {stds[0]:.0f} to "
            f"{stds[-1]:.0f} points, a spread between datasets, not methods, so no bar is drawn; "
            "bench claims tests the differences."
        )
    return text


def _reading_agreement(figure: CollectedFigure) -> str:
    """What a point, its whisker and its bands are, and whose verdicts are shown."""
    return (
        "A point is a cell: our mean over the seeds by the printed score; whisker: population std "
        "over the seeds. Line: both are equal; the inner band reaches "
        f"{TOLERANCE:g} point from it, within which no cell differs, the outer one {WIDEST:g} "
        "points, beyond which none agrees. Cells that differ are named where there is room. "
        f"The verdicts are those of bench {figure.plan.spec.table}."
    )


def _counts(figure: CollectedFigure) -> list[str]:
    """How many cells agree, differ and say nothing, where cells are judged."""
    cells = figure.compared()
    return [f"cells: {counts_text(tally_of([[one.entry] for one in cells]))}"] if cells else []


def _counted(figure: CollectedFigure) -> Iterator[Block]:
    """The same by panel and method."""
    for group in figure.groups():
        outcomes: dict[str, list[Outcome | None]] = defaultdict(list)
        for one in figure.compared(group):
            outcomes[one.entry.column.title].append(one.entry.outcome)
        if outcomes:
            yield Block(
                header=tuple(COUNTED.values()),
                lines=tuple(_count_row(title, found) for title, found in outcomes.items()),
                totals=(_count_row("all", list(chain(*outcomes.values()))),),
                corner=short_title(group),
                across="Verdict",
            )


def _count_row(title: str, outcomes: Sequence[Outcome | None]) -> SheetRow:
    return SheetRow(title, tuple(SheetCell(str(outcomes.count(each))) for each in COUNTED))


def _datasets(figure: CollectedFigure) -> list[str]:
    """Over how many the means of costs are taken."""
    if figure.plan.spec.kind != "costs":
        return []
    counts = [point.n for point in points_of(figure)] or [0]
    return [f"datasets with every method: {counts[0]}"]


def _kappas(figure: CollectedFigure) -> list[str]:
    """The kappas that the protocol chose for the datasets of pictures with a line at them."""
    drawn = {
        line.dataset
        for line in figure.plan.lines
        if line.series.kappas == "chosen" and any("kappa" in dict(job.point) for job in line.jobs)
    }
    chosen = [
        f"{chosen_point(figure.plan.conditions.protocol.vision, key)['kappa']:g} "
        f"for {find_dataset(key).title}"
        for key in figure.plan.datasets
        if kind_of(key) == "pictures" and key in drawn
    ]
    return [f"chosen κ {', '.join(chosen)}"] if chosen else []


def _origins(figure: CollectedFigure) -> list[str]:
    """How many runs are drawn, of which seeds, from where, and what they were made on."""
    runs = figure.runs
    if not runs:
        return ["no runs"]
    seeds = dict.fromkeys(str(job.seed) for job in figure.plan.jobs if job.run_id in runs)
    of = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}"
    drawn = f"{counted(len(runs), 'run')} drawn, {of} ({sources(runs.values())})"
    return [drawn, *machines(runs.values())]


def _missing(figure: CollectedFigure) -> Iterator[Note]:
    """What each dataset lacks; those that lack the same, for the same reason, share a note."""
    alike: dict[object, list[str]] = defaultdict(list)
    for dataset in figure.plan.datasets:
        lacking = tuple(
            (found.line.name, found.reason) for found in figure.of(dataset) if found.missing
        )
        if lacking:
            alike[lacking].append(dataset)
    for number, datasets in enumerate(alike.values(), start=1):
        command = figure.plan.conditions.command(datasets if len(datasets) < MANY else ())
        yield Note(_missing_text(figure, datasets), str(number), command)


def _missing_text(figure: CollectedFigure, datasets: Sequence[str]) -> str:
    every = figure.of(*datasets)
    lines = [line for line in every if line.missing]
    titles = list(dict.fromkeys(found.line.title for found in lines))
    who = ", ".join(titles[:MOST_NAMED])
    who += f" and {len(titles) - MOST_NAMED} more" if len(titles) > MOST_NAMED else ""
    who = "everything" if len(lines) == len(every) else who
    names = ", ".join(find_dataset(dataset).title for dataset in datasets)
    missing = {job.run_id for found in lines for job in found.missing}
    planned = {job.run_id for found in every for job in found.line.jobs}
    reason = next((found.reason for found in lines if found.reason), "")
    tried = f"; one of them has no result: {reason}" if reason else ""
    return f"{names}: {who}: {len(missing)} of {len(planned)} runs missing{tried}."


def _collapsed(figure: CollectedFigure) -> list[str]:
    """What rings mean, and how many points have one; nothing where none has."""
    points = [(mark.collapsed, mark.n) for found in figure.lines for mark in found.marks]
    points += [(one.cell.one_class, one.cell.n) for one in figure.compared()]
    every = sum(collapsed == n for collapsed, n in points)
    some = sum(0 < collapsed < n for collapsed, n in points)
    if not every + some:
        return []
    share = f"at least {100 * COLLAPSED:g} % of the validation rows"
    share = "every test row" if figure.compared() else share
    return [
        f"Rings: collapsed runs, which give one class to {share}; the ring is solid where "
        f"all runs of a point are collapsed ({every}), broken where some are ({some})."
    ]


def _refused(figure: CollectedFigure) -> list[str]:
    """Cells that have their runs and are not compared, by reason; and data without a print."""
    if figure.plan.spec.table and figure.plan.table is None:
        return [f"No score was printed for the data of budget {figure.plan.conditions.budget.key}."]
    refused = Counter(
        found.reason
        for found in figure.lines
        if found.content is None and not found.missing and found.reason
    )
    return [f"{counted(count, 'cell')} not compared: {why}." for why, count in refused.items()]


def _diverged(figure: CollectedFigure) -> list[str]:
    """Of curves of scores, whose runs may have ended early, and at which points."""
    if figure.plan.spec.kind != "curves":
        return []
    runs = figure.runs.values()
    return not_finite(sum(run.diverged for run in runs), len(runs))


def _left_out(figure: CollectedFigure) -> list[str]:
    """Datasets that are selected and not drawn; the notes on costs say what they lack."""
    by_dataset = figure.plan.spec.kind not in ("costs", "agreement")
    drawn = figure.datasets() if by_dataset else figure.plan.datasets
    titles = [find_dataset(key).title for key in figure.plan.datasets if key not in drawn]
    return [f"Not drawn, since nothing of it is there: {', '.join(titles)}."] if titles else []
