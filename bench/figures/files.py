"""Figures into files: PDF, PNG, CSV, and their captions in Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path

from bench.figures.caption import sheet_of
from bench.figures.collect import FilledFigure
from bench.figures.numbers import figure_rows
from bench.render.files import FIGURES, csv_text, write_document, write_results
from bench.render.sheet import Sheet, markdown_templates
from bench.render.tex import latex_templates


def write_figure(figure: FilledFigure, results: Path) -> list[Path]:
    """Draw a figure into figures/ of the results folder, and add it to the tables' document.

    Returns:
        The files written.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    from bench.figures.draw import pictures

    sheet, folder = sheet_of(figure), results / FIGURES
    texts: dict[str, str | bytes] = {".md": markdown(sheet), ".tex": latex(sheet)}
    rows = figure_rows(figure)
    if rows:
        texts[".csv"] = csv_text(rows)
    contents = pictures(figure) | texts
    written = write_results(
        folder, {f"{sheet.name}{ending}": content for ending, content in contents.items()}
    )
    return [*written, *write_document(results / "tables")]


def markdown(sheet: Sheet) -> str:
    """The picture with its caption in Markdown."""
    return markdown_templates().get_template("figure.md.j2").render(sheet=sheet)


def latex(sheet: Sheet) -> str:
    """The same as LaTeX, to be input by the tables' document."""
    return latex_templates().get_template("figure.tex.j2").render(sheet=sheet)
