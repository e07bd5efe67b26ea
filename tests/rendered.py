"""Tables written into files as their command writes them, and pages as text, for tests."""

import io

from rich.console import Console

from bench.render.files import csv_text, write_sheet
from bench.render.terminal import page_lines, print_page
from bench.tables.sheet import collected_rows, sheet_of


def render(table, folder):
    """Write a collected table as Markdown, LaTeX and CSV, and the document that compiles."""
    return write_sheet(sheet_of(table), csv_text(collected_rows(table)), folder)


def lines_at(page, width):
    """The lines of a page on an output of so many columns."""
    return page_lines(page, Console(width=width, file=io.StringIO()))


def as_text(page, width):
    """The page as it is printed there."""
    out = io.StringIO()
    print_page(Console(width=width, file=out), page)
    return out.getvalue().removesuffix("\n")
