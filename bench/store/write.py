"""Writing a file so that after any crash it is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from bench.errors import Incomplete

RESULTS = (
    "make room or set BENCH_RESULTS_DIR, then give the same command again: "
    "every finished run is kept"
)
CACHE = (
    "make room or set BENCH_CACHE_DIR, then give the same command again: every finished run is kept"
)
NAMED = "make room or name another file"


class CannotWrite(Incomplete):
    """The results folder takes no files: full disk, read-only, or not a folder."""


def write_whole(
    path: Path, content: bytes | Callable[[IO[bytes]], None], step: str = RESULTS
) -> None:
    """Create or replace a file through a temporary one beside it.

    Args:
        path: the file.
        content: of the file, or a function that writes it.
        step: what the user can do where it cannot be written.

    Raises:
        CannotWrite: the folder cannot be made or written, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # on a full disk what was begun takes room
            temporary.unlink()
        raise cannot_write(path.parent, error, step) from error


def probe(folder: Path, step: str = RESULTS) -> None:
    """Find out before hours of work whether the folder takes files.

    Raises:
        CannotWrite: it does not; the message says why.
    """
    name = folder / f".probe-{os.getpid()}"
    write_whole(name, b"\0" * 65536, step)
    name.unlink(missing_ok=True)


def cannot_write(folder: Path, error: OSError, step: str = RESULTS) -> CannotWrite:
    """The one line for the user."""
    return CannotWrite(f"cannot write to {folder}: {error.strerror or error}; {step}")


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
