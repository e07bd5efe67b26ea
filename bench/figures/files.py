"""Figures into files: PDF, PNG, CSV, and their captions in Markdown and LaTeX."""

from __future__ import annotations

import os
from pathlib import Path

from bench.errors import Incomplete
from bench.figures.caption import sheet_of
from bench.figures.collect import Collected
from bench.figures.long import figure_rows
from bench.render.files import FIGURES, latex_templates, markdown_templates, write_document
from bench.render.sheet import Sheet
from bench.tables.long import csv_text


def write_figure(figure: Collected, results: Path) -> list[Path]:
    """Draw a figure into figures/ of the results folder, and add it to the tables' document.

    Returns:
        The files written.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    from bench.figures.draw.make import pictures

    sheet, folder = sheet_of(figure), results / FIGURES
    texts = {".md": markdown(sheet), ".tex": latex(sheet)}
    rows = figure_rows(figure)
    if rows:
        texts[".csv"] = csv_text(rows)
    contents = pictures(figure) | {ending: text.encode() for ending, text in texts.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (results / "tables").mkdir(exist_ok=True)
        written = [
            _write(folder / f"{sheet.name}{ending}", content)
            for ending, content in contents.items()
        ]
        return [*written, write_document(results / "tables")]
    except OSError as error:
        raise Incomplete(
            f"{error.filename or folder}: figures cannot be written here: {error.strerror}; "
            "name another folder with BENCH_RESULTS_DIR"
        ) from error


def markdown(sheet: Sheet) -> str:
    """The picture with its caption in Markdown."""
    return markdown_templates().get_template("figure.md.j2").render(sheet=sheet)


def latex(sheet: Sheet) -> str:
    """The same as LaTeX, to be input by the tables' document."""
    return latex_templates().get_template("figure.tex.j2").render(sheet=sheet)


def _write(path: Path, content: bytes) -> Path:
    """Whole or not at all: a reader never sees half a figure."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
    return path
