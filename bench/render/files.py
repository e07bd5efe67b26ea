"""Writing what a user reads: whole or not at all, and one line where that cannot be done."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.errors import BenchError, Incomplete, UsageError
from bench.render.sheet import Sheet, markdown
from bench.render.tex import DOCUMENT, document, latex

FIGURES = "figures"
"""The folder of figures, beside that of tables."""

Value = str | int | float | None
Long = Mapping[str, Value]
"""One line of a table in long form, for CSV and --json."""


def csv_text(rows: Sequence[Long]) -> str:
    """The lines as CSV; empty where there is no value."""
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def write_sheet(sheet: Sheet, csv: str, folder: Path) -> list[Path]:
    """Write a sheet in every format, and the document that has all tables and figures in it.

    Args:
        sheet: the table as text.
        csv: the text of its CSV file.
        folder: of the tables.

    Returns:
        The files written.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    texts = {".md": markdown(sheet), ".tex": latex(sheet), ".csv": csv}
    written = write_results(folder, {sheet.name + ending: text for ending, text in texts.items()})
    return [*written, *write_document(folder)]


def write_document(folder: Path) -> list[Path]:
    """Write the document of the tables in a folder and of the figures in FIGURES beside it."""
    return write_results(folder, {DOCUMENT: document(folder, folder.parent / FIGURES)})


def write_results(folder: Path, contents: Mapping[str, str | bytes]) -> list[Path]:
    """Write files, by name, into a folder of the results, which is made where it is missing.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    with unwritable(folder, Incomplete, "; name another folder with BENCH_RESULTS_DIR"):
        folder.mkdir(parents=True, exist_ok=True)
        return [write_file(folder / name, content) for name, content in contents.items()]


def write_named(path: Path, content: str | bytes) -> None:
    """Write a file that the user named.

    Raises:
        UsageError: it cannot be written; the message says why.
    """
    with unwritable(path, UsageError):
        write_file(path, content)


@contextmanager
def unwritable(path: Path, kind: type[BenchError], step: str = "") -> Iterator[None]:
    """An OSError of writing a file or folder becomes one line that names it and the next step."""
    try:
        yield
    except OSError as error:
        raise kind(f"{path}: cannot be written: {error.strerror or error}{step}") from error


def write_file(path: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all, text as UTF-8.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    with whole(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name to write under, beside a file, that takes the place of the file at the end.

    A link stays a link, and a device or a pipe is written to as it is.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):  # on a full disk what was begun takes room
            temporary.unlink()
        raise
