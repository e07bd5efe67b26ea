"""A figure's caption: title, conditions, what is missing and how to make it; and its files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.datasets.catalogue import find_dataset
from bench.declared.tables import short_title
from bench.figures.collect import SHARES, WHITE, CollectedFigure, figure_rows, points_of
from bench.judge.cell import machines, not_finite, sources
from bench.judge.collect import MANY
from bench.plan.plan import kind_of
from bench.render.files import FIGURES, csv_text, write_document, write_results
from bench.render.sheet import PART, Note, Sheet, markdown_templates
from bench.render.tex import latex_templates
from bench.render.text import counted
from iunet.declare.resolve import chosen_point

MOST_NAMED = 4
"""Up to so many lines that lack runs are named; beyond, they are counted."""


def sheet_of(figure: CollectedFigure) -> Sheet:
    """The figure's text: how it is to be read and what it lacks among the notes."""
    spec, conditions = figure.plan.spec, figure.plan.conditions
    beside = not conditions.budget.embedded
    remarks = [_reading(figure), *_diverged(figure), *_left_out(figure), *spec.notes]
    remarks += spec.printed_notes if beside else ()
    caption = [f"Beside {spec.printed}"] if spec.printed and beside else []
    caption += [*conditions.captions, *_kappas(figure), *_datasets(figure), *_origins(figure)]
    return Sheet(
        name="-".join([spec.key, *conditions.unusual]) + ("" if figure.plan.whole else PART),
        title=spec.title,
        caption=tuple(caption),
        blocks=(),
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
            f"{shares} of them lie, spread evenly within a bin; a line that ends has reached "
            "the uppermost bin."
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
    used = {(run.device, run.environment) for run in runs.values()}
    drawn = f"{counted(len(runs), 'run')} drawn, {of} ({sources(runs.values())})"
    return [drawn, *machines(used)]


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


def _diverged(figure: CollectedFigure) -> list[str]:
    """Of curves of scores, whose runs may have ended early, and at which points."""
    if figure.plan.spec.kind != "curves":
        return []
    runs = figure.runs.values()
    return not_finite(sum(run.diverged for run in runs), len(runs))


def _left_out(figure: CollectedFigure) -> list[str]:
    """Datasets that are selected and not drawn; the notes on costs say what they lack."""
    drawn = figure.datasets() if figure.plan.spec.kind != "costs" else figure.plan.datasets
    titles = [find_dataset(key).title for key in figure.plan.datasets if key not in drawn]
    return [f"Not drawn, since nothing of it is there: {', '.join(titles)}."] if titles else []
