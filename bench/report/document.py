"""The tables and figures of a report as one PDF, compiled by LaTeX."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.declared.figures import figure_names, read_figure
from bench.errors import Incomplete
from bench.figures.files import write_figure
from bench.render.files import csv_text, unwritable, write_sheet
from bench.render.tex import compile_document
from bench.report.drawn import drawable, figures_of
from bench.report.gather import Report
from bench.report.views import TableViews
from bench.store.store import Store
from bench.tables.sheet import collected_rows


def write_pdf(report: Report, store: Store, path: Path) -> None:
    """Render each table under each of its conditions, draw what can be drawn, and compile it all.

    Raises:
        Incomplete: pdflatex is not installed or fails, or the file cannot be written; after a
            failure the log is beside the file.
    """
    if not shutil.which("pdflatex"):
        raise Incomplete(f"pdflatex is not installed, so there is no {path.name}; install it")
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch)
        _write_tables(report.tables, results / "tables")
        _write_figures(report, store, results)
        try:
            compiled = compile_document(results / "tables")
        except Incomplete as error:
            log = _moved(results / "tables" / "document.log", path.with_suffix(".log"))
            raise Incomplete(f"pdflatex failed, so there is no {path.name}; see {log}") from error
        _moved(compiled, path)


def _write_tables(tables: Sequence[TableViews], folder: Path) -> None:
    for table in tables:
        for several in table.views:
            view = several[0]
            rows = collected_rows(view.table) if view.table else []
            write_sheet(view.sheet, csv_text(rows), folder)


def _write_figures(report: Report, store: Store, results: Path) -> None:
    for name in figure_names():
        for _, figure in figures_of(report.scope, read_figure(name), report.records, store):
            if drawable(figure):
                write_figure(figure, results)


def _moved(source: Path, target: Path) -> Path:
    with unwritable(target, Incomplete):
        shutil.move(source, target)
    return target
