"""Files: written whole or not at all, read within bounds; one line where that cannot be done."""

from __future__ import annotations

import csv
import errno
import fcntl
import io
import json
import math
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from tempfile import TemporaryDirectory
from typing import IO, Any, NoReturn

from bench.errors import BenchError, CannotWrite, Incomplete, UsageError
from bench.render.sheet import Sheet, markdown
from bench.render.tex import DOCUMENT, document, latex
from bench.render.text import csv_cell

FIGURES = "figures"
"""The folder of figures, beside that of tables."""

AGAIN = "then give the same command again: every finished run is kept"
RESULTS = f"make room or set BENCH_RESULTS_DIR, {AGAIN}"
CACHE = f"make room or set BENCH_CACHE_DIR, {AGAIN}"
ANOTHER_FILE = "make room or name another file"
"""What the user can do where results, intermediate files or a file of that name are not written."""

NO_LOCKS = f"copy the folder to a disk with locks and name it with BENCH_RESULTS_DIR, {AGAIN}"
"""The same where two processes could make one run, since the file system has no locks."""

TEMPORARY = ".bench-*.tmp"
"""What files are called until they are whole."""

Value = str | int | float | None
Long = Mapping[str, Value]
"""One line of a table in long form, for CSV and --json."""

PASSES = 4
"""longtable finds its widths on the second or third, and says when it has."""


def csv_text(rows: Sequence[Long]) -> str:
    """The lines as CSV; empty where there is no value."""
    text = io.StringIO(newline="")
    if rows:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(map(csv_cell, rows[0]))
        writer.writerows([csv_cell(row.get(name)) for name in rows[0]] for row in rows)
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


def compile_document(folder: Path, pdf: Path | None = None) -> Path:
    """Compile the document that the tables of a folder were rendered into.

    Args:
        pdf: the file that is written, and returned; beside the document where None.

    Raises:
        Incomplete: pdflatex is not installed or fails; then its log is beside the file.
    """
    step, pdf = ANOTHER_FILE if pdf else RESULTS, pdf or (folder / DOCUMENT).with_suffix(".pdf")
    if not (folder / DOCUMENT).is_file():
        raise Incomplete(f"nothing was rendered into {folder}, so there is no {pdf.name}")
    if not shutil.which("pdflatex"):
        raise Incomplete(f"pdflatex is not installed, so there is no {pdf.name}; install it")
    options = ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape")
    with TemporaryDirectory() as scratch:
        compiled = Path(scratch, DOCUMENT).with_suffix(".pdf")
        command = ["pdflatex", *options, f"-output-directory={scratch}", DOCUMENT]
        for _ in range(PASSES):
            done = subprocess.run(command, cwd=folder, capture_output=True)
            if done.returncode or not compiled.is_file():
                log = pdf.with_suffix(".log")
                write_durable(log, done.stdout, step)
                raise Incomplete(f"pdflatex failed, so there is no {pdf.name}; see {log}")
            if b"Rerun LaTeX" not in done.stdout:
                break
        write_durable(pdf, compiled.read_bytes(), step)
    return pdf


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
    with unwritable(path, UsageError), _named(path) as file:
        file.write(_bytes(content))
    return path


def write_durable(
    path: Path,
    content: bytes | Callable[[IO[bytes]], None],
    step: str = RESULTS,
    *,
    named: bool = False,
    swept: bool = False,
) -> None:
    """Create or replace a file so that after any crash it is there whole or not at all.

    Args:
        path: the file, whose folder is made where it is missing.
        content: of the file, or a function that writes it.
        step: what the user can do where it cannot be written.
        named: whether the user named the very file.
        swept: whether what killed writers left in its folder is removed elsewhere, since the folder
            has too many files to be listed at each write.

    Raises:
        CannotWrite: the folder cannot be made or written, or the disk is full.
    """
    with unwritable(path if named else path.parent, CannotWrite, step):
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            _named(path, durable=True) if named else whole(path, durable=True, swept=swept)
        ) as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)


def write_file(path: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all, text as UTF-8.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    with whole(path) as file:
        file.write(_bytes(content))
    return path


def read_bounded(path: Path, most: int) -> bytes:
    """The content of a file, through a link, too; a pipe or a device is not waited for.

    Raises:
        OSError: it cannot be read, is something else than a file, or has more than `most` bytes.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        found = os.fstat(handle)
        if not S_ISREG(found.st_mode):
            raise OSError(None, "not a file")
        if found.st_size > most:
            raise OSError(None, f"more than {most:,} bytes")
        content = os.read(handle, found.st_size + 1)
    finally:
        os.close(handle)
    if len(content) != found.st_size:
        raise OSError(None, "changed while it was read")
    return content


def strict_json(content: bytes) -> Any:
    """The JSON in the content of a file.

    Raises:
        ValueError: it is no JSON, has a name twice in an object, NaN, or too many digits or levels.
    """
    try:
        return JSON.decode(content.decode())
    except RecursionError as error:
        raise ValueError("too many levels") from error


def finite(value: Any) -> Any:
    """The same content with null for every number that is not finite, which JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(name): finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return value


def probe(folder: Path, step: str = RESULTS) -> None:
    """Find out before hours of work whether the folder takes files.

    Raises:
        CannotWrite: it does not; the message says why.
    """
    with unwritable(folder, CannotWrite, step):
        folder.mkdir(parents=True, exist_ok=True)
        with temporary(folder) as (_, file):
            file.write(b"\0" * 65536)
            sync(file)


@contextmanager
def unwritable(
    path: Path, kind: type[BenchError], step: str = "", *, verb: str = "write to"
) -> Iterator[None]:
    """An OSError of writing a file or folder becomes one line that names it and the next step."""
    try:
        yield
    except OSError as error:
        why = "; ".join(filter(None, (error.strerror or str(error), step)))
        raise kind(f"cannot {verb} {path}: {why}") from error


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Try to lock a file, which is made where it is missing; the kernel unlocks it after kill -9.

    Yields:
        Whether it is ours until the block ends; False while another process has it.

    Raises:
        CannotWrite: the file cannot be made, is a link, or its file system has no locks.
    """
    step = "a link is not followed here, delete it" if path.is_symlink() else RESULTS
    with unwritable(path, CannotWrite, step):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        with unwritable(path, CannotWrite, NO_LOCKS, verb="lock"):
            mine = _lock(handle, fcntl.LOCK_EX)
        yield mine
    finally:
        os.close(handle)


@contextmanager
def whole(path: Path, *, durable: bool = False, swept: bool = False) -> Iterator[IO[bytes]]:
    """Yield a temporary file beside a path, and rename it to the path at the end.

    A link in its place is replaced, not followed, so that nothing is written elsewhere.

    Args:
        durable: fsync the file before the rename and its folder after it.
        swept: see `temporary`.
    """
    with temporary(path.parent, swept=swept) as (own, file):
        yield file
        file.flush()
        if durable:
            os.fsync(file.fileno())
        else:
            os.close(os.dup(file.fileno()))  # a network file system says here that it is full
        own.replace(path)
        if durable:
            _sync_folder(path.parent)


@contextmanager
def temporary(folder: Path, *, swept: bool = False) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file that no other writer has, and its path; removed at the end unless it was renamed.

    Its writer holds a lock on it. What killed writers left in the folder is removed first, unless
    that is `swept` elsewhere.
    """
    if not swept:
        remove_abandoned(folder.glob(TEMPORARY))
    path, handle = _new_file(folder)
    with os.fdopen(handle, "wb") as file:
        try:
            yield path, file
        finally:
            path.unlink(missing_ok=True)


def remove_abandoned(paths: Iterable[Path]) -> None:
    """Remove those temporary files that no process has locked: their writers were killed."""
    for path in paths:
        with suppress(OSError):  # gone by now, another user's, or on a file system without locks
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _lock(handle, fcntl.LOCK_SH):
                    path.unlink()
            finally:
                os.close(handle)


def sync(file: IO[bytes]) -> None:
    """Have a file's content on the disk before going on."""
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _named(path: Path, *, durable: bool = False) -> Iterator[IO[bytes]]:
    """As `whole`, for a path that the user named.

    A link stays a link. A device, a pipe, and the file that standard output or standard error goes
    to are written to as they are.
    """
    standard = [handle for handle in (1, 2) if _same_file(path, handle)]
    if standard or (path.exists() and not path.is_file()):
        with os.fdopen(os.dup(standard[0]), "wb") if standard else path.open("wb") as file:
            yield file
    else:
        with whole(Path(os.path.realpath(path)), durable=durable) as file:
            yield file


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_number(literal: str) -> NoReturn:
    raise ValueError(f"{literal} is no number")


JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


def _same_file(path: Path, handle: int) -> bool:
    with suppress(OSError):  # there is no such file, or the handle is closed
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False


def _new_file(folder: Path) -> tuple[Path, int]:
    """Path and handle of a new file with a lock, where the file system has locks."""
    while True:
        path = folder / TEMPORARY.replace("*", os.urandom(8).hex())
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        try:
            mine = _lock(handle, fcntl.LOCK_EX)
        except OSError:
            return path, handle  # without locks nobody removes it either
        if mine and os.fstat(handle).st_nlink:
            return path, handle
        os.close(handle)  # before it was locked, another process took it for abandoned


def _lock(handle: int, kind: int) -> bool:
    """Whether the lock is ours now; False while another process has one.

    Raises:
        OSError: the file system has no locks.
    """
    with suppress(BlockingIOError):
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
        return True
    return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # folders of some network file systems cannot be synced
            raise
    finally:
        os.close(handle)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
