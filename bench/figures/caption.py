"""A figure's caption: title, conditions, what is missing and how to make it; and its files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.datasets.catalogue import find_dataset
from bench.declared.tables import short_title
from bench.figures.collect import SHARES, WHITE, Filled, FilledFigure, figure_rows, points_of
from bench.figures.plan import FigurePlan
from bench.judge.cell import machines, not_finite
from bench.judge.collect import MANY
from bench.plan.budget import default_budget
from bench.plan.plan import kind_of
from bench.render.files import FIGURES, csv_text, write_document, write_results
from bench.render.sheet import PART, Note, Sheet, markdown_templates
from bench.render.tex import latex_templates
from iunet.declare.protocol import default_protocol
from iunet.declare.resolve import chosen_point

NAMED = 4
"""Up to so many lines that lack runs are named; beyond, they are counted."""


def file_name(plan: FigurePlan) -> str:
    """The stem of a figure's files: it names every condition that is not the usual one."""
    protocol, budget = plan.conditions.protocol.key, plan.conditions.budget.key
    parts = [plan.spec.key]
    parts += [protocol] if protocol != default_protocol() else []
    parts += [budget] if budget != default_budget() else []
    return "-".join(parts) + ("" if plan.whole else PART)


def sheet_of(figure: FilledFigure) -> Sheet:
    """The figure's text: how it is to be read and what it lacks among the notes."""
    missing = [_missing(figure, lines, number) for number, lines in _alike(figure)]
    spec, beside = figure.plan.spec, not figure.plan.conditions.budget.embedded
    remarks = [_reading(figure), *_diverged(figure), *_left_out(figure), *spec.notes]
    remarks += spec.printed_notes if beside else ()
    return Sheet(
        name=file_name(figure.plan),
        title=figure.plan.spec.title,
        caption=_caption(figure),
        blocks=(),
        notes=(*missing, *(Note(text, brief=True) for text in remarks)),
        compared=False,
    )


def write_figure(figure: FilledFigure, results: Path) -> list[Path]:
    """Draw a figure into figures/ of the results folder, and add it to the tables' document.

    Returns:
        The files written.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    from bench.figures.draw import pictures

    sheet = sheet_of(figure)
    texts: dict[str, str | bytes] = {".md": markdown(sheet), ".tex": latex(sheet)}
    if rows := figure_rows(figure):
        texts[".csv"] = csv_text(rows)
    contents = {f"{sheet.name}{end}": text for end, text in (pictures(figure) | texts).items()}
    written = write_results(results / FIGURES, contents)
    return [*written, *write_document(results / "tables")]


def markdown(sheet: Sheet) -> str:
    """The picture with its caption in Markdown."""
    return markdown_templates().get_template("figure.md.j2").render(sheet=sheet)


def latex(sheet: Sheet) -> str:
    """The same as LaTeX, to be input by the tables' document."""
    return latex_templates().get_template("figure.tex.j2").render(sheet=sheet)


def _caption(figure: FilledFigure) -> tuple[str, ...]:
    spec, conditions = figure.plan.spec, figure.plan.conditions
    beside = spec.printed and not conditions.budget.embedded
    return (
        *((f"Beside {spec.printed}",) if beside else ()),
        *conditions.captions,
        *_kappas(figure),
        *_datasets(figure),
        *_origins(figure),
    )


def _reading(figure: FilledFigure) -> str:
    """What stands for what in the picture."""
    if figure.plan.spec.kind == "curves":
        return (
            f"Validation {short_title(figure.plan.spec.metric)}, mean over the seeds, bars: "
            "population std; compression ratio: total over kept weights. Of a line far below the "
            "others the smallest and the largest mean are written at the foot of the panel."
        )
    if figure.plan.spec.kind == "costs":
        return _reading_costs(figure)
    if figure.plan.spec.kind == "histograms":
        shares = ", ".join(f"{100 * share:g} %" for share in SHARES)
        return (
            "Colour: share of the first layer's weights in a bin of |w|, white where there is "
            "none; the uppermost bin holds all larger ones. Lines: the |w| below which "
            f"{shares} of them lie, spread evenly within a bin; a line that ends has reached "
            "the uppermost bin."
        )
    return (
        "|w| of the first layer after training, before pruning; lighter is larger, each panel by "
        f"itself from 0, black, to its {WHITE:g}th percentile, white. Pictures: the units with "
        "the largest weights, each with its weights on the red, green and blue of every pixel; "
        "tables: a row a unit, a column an input."
    )


def _reading_costs(figure: FilledFigure) -> str:
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


def _datasets(figure: FilledFigure) -> list[str]:
    """Over how many the means of costs are taken."""
    if figure.plan.spec.kind != "costs":
        return []
    counts = [point.n for point in points_of(figure)] or [0]
    return [f"datasets with every method: {counts[0]}"]


def _kappas(figure: FilledFigure) -> list[str]:
    """The kappas that the protocol chose for the datasets of pictures with a line at them."""
    half = figure.plan.conditions.protocol.vision
    drawn = {
        line.dataset
        for line in figure.plan.lines
        if line.series.kappas == "chosen" and any("kappa" in dict(job.point) for job in line.jobs)
    }
    chosen = {
        key: chosen_point(half, key)["kappa"]
        for key in figure.plan.datasets
        if kind_of(key) == "pictures" and key in drawn
    }
    each = [f"{kappa:g} for {find_dataset(key).title}" for key, kappa in chosen.items()]
    return [f"chosen κ {', '.join(each)}"] if each else []


def _origins(figure: FilledFigure) -> list[str]:
    """How many runs are drawn, of which seeds, from where, and what they were made on."""
    runs = {run.run_id: run for filled in figure.lines for run in filled.runs}
    if not runs:
        return ["no runs"]
    jobs = [job for job in figure.plan.jobs if job.run_id in runs]
    seeds = list(dict.fromkeys(job.seed for job in jobs))
    sources = [run.source for run in runs.values()]
    origin = [f"{sources.count(name)} {name} records" for name in sorted(set(sources))]
    of = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(str(seed) for seed in seeds)}"
    used = {(run.device, run.environment) for run in runs.values()}
    return [f"{len(runs)} runs drawn, {of} ({', '.join(origin)})", *machines(used)]


def _alike(figure: FilledFigure) -> list[tuple[int, list[Filled]]]:
    """Lines that lack runs; datasets that lack the same ones, for the same reason, together."""
    datasets: dict[str, list[Filled]] = {}
    for filled in figure.missing():
        datasets.setdefault(filled.line.dataset, []).append(filled)
    groups: dict[object, list[Filled]] = {}
    for lines in datasets.values():
        lacking = tuple((line.line.group, line.line.title, line.obstacle) for line in lines)
        groups.setdefault(lacking, []).extend(lines)
    return list(enumerate(groups.values(), start=1))


def _missing(figure: FilledFigure, lines: Sequence[Filled], number: int) -> Note:
    """What some datasets lack, in one note with one command."""
    datasets = list(dict.fromkeys(filled.line.dataset for filled in lines))
    missing = {job.run_id for filled in lines for job in filled.missing}
    planned = {
        job.run_id for line in figure.plan.lines if line.dataset in datasets for job in line.jobs
    }
    titles = list(dict.fromkeys(filled.line.title for filled in lines))
    whole = len(lines) == sum(len(figure.of(dataset)) for dataset in datasets)
    who = "everything" if whole else ", ".join(titles[:NAMED])
    who += f" and {len(titles) - NAMED} more" if not whole and len(titles) > NAMED else ""
    names = ", ".join(find_dataset(dataset).title for dataset in datasets)
    text = f"{names}: {who}: {len(missing)} of {len(planned)} runs missing"
    obstacle = next((filled.obstacle for filled in lines if filled.obstacle), "")
    text += f"; one of them has no result: {obstacle}" if obstacle else ""
    command = figure.plan.conditions.command(datasets if len(datasets) < MANY else ())
    return Note(f"{text}.", str(number), command)


def _diverged(figure: FilledFigure) -> list[str]:
    """Of curves of scores, whose runs may have ended early, and at which points."""
    if figure.plan.spec.kind != "curves":
        return []
    runs = {run.run_id: run for filled in figure.lines for run in filled.runs}
    return not_finite(sum(run.diverged for run in runs.values()), len(runs))


def _left_out(figure: FilledFigure) -> list[str]:
    """Datasets that are asked for and not in the picture; the notes on costs say what they lack."""
    drawn = figure.datasets() if figure.plan.spec.kind != "costs" else figure.plan.datasets
    titles = [find_dataset(key).title for key in figure.plan.datasets if key not in drawn]
    return [f"Not drawn, since nothing of it is there: {', '.join(titles)}."] if titles else []
