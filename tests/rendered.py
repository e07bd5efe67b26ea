"""Tables written into files as their command writes them, for tests."""

from bench.render.files import csv_text, write_sheet
from bench.tables.sheet import collected_rows, sheet_of


def render(table, folder):
    """Write a collected table as Markdown, LaTeX and CSV, and the document that compiles."""
    return write_sheet(sheet_of(table), csv_text(collected_rows(table)), folder)
