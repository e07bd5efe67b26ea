"""Writing files: whole or not at all, and one line where that cannot be done."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bench.errors import BenchError, CannotWrite, UsageError
from bench.render.sheet import Sheet, markdown
from bench.render.tex import DOCUMENT, document, latex

FIGURES = "figures"
"""The folder of figures, beside that of tables."""

AGAIN = "then give the same command again: every finished run is kept"
RESULTS = f"make room or set BENCH_RESULTS_DIR, {AGAIN}"
CACHE = f"make room or set BENCH_CACHE_DIR, {AGAIN}"
ANOTHER_FILE = "make room or name another file"
"""What the user can do where results, intermediate files or a file of that name are not written."""

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
        CannotWrite: the folder cannot be written to.
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
        CannotWrite: the folder cannot be written to.
    """
    with unwritable(folder, CannotWrite, "name another folder with BENCH_RESULTS_DIR"):
        folder.mkdir(parents=True, exist_ok=True)
        return [write_file(folder / name, content) for name, content in contents.items()]


def write_named(path: Path, content: str | bytes) -> Path:
    """Write a file that the user named; the same path.

    Raises:
        UsageError: it cannot be written; the message says why.
    """
    with unwritable(path, UsageError):
        return write_file(path, content)


def write_durable(
    path: Path, content: bytes | Callable[[IO[bytes]], None], step: str = RESULTS
) -> None:
    """Create or replace a file so that after any crash it is there whole or not at all.

    Args:
        path: the file, whose folder is made where it is missing.
        content: of the file, or a function that writes it.
        step: what the user can do where it cannot be written.

    Raises:
        CannotWrite: the folder cannot be made or written, or the disk is full.
    """
    with unwritable(path.parent, CannotWrite, step):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path, durable=True) as temporary, temporary.open("wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)


def probe(folder: Path, step: str = RESULTS) -> None:
    """Find out before hours of work whether the folder takes files.

    Raises:
        CannotWrite: it does not; the message says why.
    """
    name = folder / f".probe-{os.getpid()}"
    write_durable(name, b"\0" * 65536, step)
    name.unlink(missing_ok=True)


@contextmanager
def unwritable(path: Path, kind: type[BenchError], step: str = "") -> Iterator[None]:
    """An OSError of writing a file or folder becomes one line that names it and the next step."""
    try:
        yield
    except OSError as error:
        why = "; ".join(filter(None, (error.strerror or str(error), step)))
        raise kind(f"cannot write to {path}: {why}") from error


def write_file(path: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all, text as UTF-8.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    with whole(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@contextmanager
def whole(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside a file, and rename it to the file at the end.

    A link stays a link, and a device or a pipe is written to as it is.

    Args:
        durable: fsync the file before the rename and its folder after it.
            After a kill the next writer of the file replaces what was begun.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{'tmp' if durable else os.getpid()}")
    try:
        yield temporary
        if durable:
            _sync(temporary)
        temporary.replace(target)
        if durable:
            _sync(target.parent)
    except BaseException:
        with suppress(OSError):  # on a full disk what was begun takes room
            temporary.unlink()
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
