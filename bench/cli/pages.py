"""Files a command writes where the user says."""

from __future__ import annotations

from pathlib import Path

from bench.errors import UsageError


def write_page(path: Path, text: str) -> None:
    """Write text to a file the user named.

    Raises:
        UsageError: it cannot be written; the message says why.
    """
    write_file(path, text.encode())


def write_file(path: Path, content: bytes) -> None:
    """Write bytes to a file the user named.

    Raises:
        UsageError: it cannot be written; the message says why.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
