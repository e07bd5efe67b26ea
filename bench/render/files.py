"""Tables into files: Markdown, LaTeX and CSV."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import Incomplete
from bench.folders import tables_folder
from bench.render.sheet import PART, Sheet
from bench.render.tex import tex, tex_code

if TYPE_CHECKING:
    from jinja2 import Environment

MARKS = {
    "agrees": "✓",
    "differs": "✗",
    "says nothing": "?",
    "not comparable": "∘",
    "same": "=",
}
TEX_MARKS = {
    "agrees": r"$\checkmark$",
    "differs": r"$\times$",
    "says nothing": "?",
    "not comparable": r"$\circ$",
    "same": "$=$",
}
DOCUMENT = "document.tex"
FIGURES = "figures"
"""The folder of figures, beside that of tables."""

WIDE = ((8, "footnotesize"), (10, "scriptsize"))
"""Up to so many columns in this size; tiny beyond."""


def write_sheet(sheet: Sheet, csv: str, folder: Path) -> list[Path]:
    """Write a sheet in every format; the CSV text comes ready.

    Returns:
        The files written.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    texts = {
        f"{sheet.name}.md": markdown(sheet),
        f"{sheet.name}.tex": latex(sheet),
        f"{sheet.name}.csv": csv,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [write_text(folder / name, text) for name, text in texts.items()]
        return [*written, write_document(folder)]
    except OSError as error:
        raise Incomplete(
            f"{error.filename or folder}: tables cannot be written here: {error.strerror}; "
            "name another folder with BENCH_RESULTS_DIR"
        ) from error


def markdown(sheet: Sheet) -> str:
    """The sheet in Markdown."""
    legend = legend_of(sheet, MARKS)
    return (
        markdown_templates()
        .get_template("table.md.j2")
        .render(sheet=sheet, marks=MARKS, legend=legend)
    )


def latex(sheet: Sheet) -> str:
    """The sheet as LaTeX, to be input by `document`."""
    columns = max((len(block.header) for block in sheet.blocks), default=0)
    size = next((size for widest, size in WIDE if columns <= widest), "tiny")
    legend = legend_of(sheet, TEX_MARKS)
    template = latex_templates().get_template("table.tex.j2")
    return template.render(sheet=sheet, marks=TEX_MARKS, legend=legend, size=size)


def document(names: list[str], figures: list[str]) -> str:
    """A LaTeX document that compiles with these tables and figures in it."""
    return latex_templates().get_template(f"{DOCUMENT}.j2").render(names=names, figures=figures)


def write_document(folder: Path) -> Path:
    """Write the document of the tables in a folder and of the figures in FIGURES beside it."""
    text = document(_documented(folder), _documented(folder.parent / FIGURES))
    return write_text(folder / DOCUMENT, text)


def legend_of(sheet: Sheet, marks: Mapping[str, str], *, bold: bool = True) -> str:
    """What the marks in use mean, and what is bold where that can be seen."""
    used = {cell.mark for block in sheet.blocks for line in block.lines for cell in line.cells}
    meanings = [f"{sign} {meaning}" for meaning, sign in marks.items() if meaning in used]
    best = any(cell.best for b in sheet.blocks for line in b.lines for cell in line.cells)
    said = ["bold: our best in a complete row among columns of one metric"] if best and bold else []
    legend = ", ".join([*meanings, *said])
    return f"{legend}." if legend else ""


def md(text: str) -> str:
    """Text with what Markdown would act on in a table escaped."""
    escaped = re.sub(r"([\\|*`<>\[\]]|&(?=#?\w+;))", r"\\\1", text.replace("\n", " "))
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", escaped)


def _documented(folder: Path) -> list[str]:
    """Every whole table or figure of a folder; selections of them where there is none."""
    names = sorted(path.stem for path in folder.glob("*.tex") if path.name != DOCUMENT)
    return [name for name in names if not name.endswith(PART)] or names


def markdown_templates() -> Environment:
    """The templates of tables/ for Markdown, with the filter `md`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(tables_folder() / "_templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["md"] = md
    return environment


def latex_templates() -> Environment:
    """The templates of tables/ for LaTeX, delimited by << >>, with the filters `tex` and `code`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(tables_folder() / "_templates"),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters |= {"tex": tex, "code": tex_code}
    return environment


def write_text(path: Path, text: str) -> Path:
    """Whole or not at all: a reader never sees half a table."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
    return path
