"""What a verb answers, and the one place that gives an answer in the form asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from bench.errors import BenchError
from bench.render.files import write_named


@dataclass(frozen=True)
class How:
    """How a verb works and in which form it answers; nothing of it moves a number.

    Args:
        workers: threads.
        no_run: show what is there, make nothing.
        dry: say what would be done, do nothing.
        yes: start even if it takes hours.
        json: print for programs.
        markdown, csv: files to write instead of printing.
    """

    workers: int = 1
    no_run: bool = False
    dry: bool = False
    yes: bool = False
    json: bool = False
    markdown: Path | None = None
    csv: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What a verb found; every form is made when it is asked for.

    Args:
        text: what the terminal shows; None where there is nothing or it is printed already.
        json: what --json prints.
        markdown, csv: what the files hold.
        summary: is said of a file that was written.
        notes: lines on stderr after what is shown, not with --json.
        error: what is missing or went wrong, raised after everything is shown.
        status: the exit status without an error.
    """

    text: Callable[[], str | None] = lambda: None
    json: Callable[[], Any] | None = None
    markdown: Callable[[], str] | None = None
    csv: Callable[[], str] | None = None
    summary: Callable[[], str] | None = None
    notes: tuple[str, ...] = ()
    error: BenchError | None = None
    status: int = 0


def give(answer: Answer, how: How) -> int:
    """Write or print an answer in the form asked for; the exit status.

    Raises:
        UsageError: a file that cannot be written.
        BenchError: that of the answer.
    """
    written = []
    for path, content in ((how.markdown, answer.markdown), (how.csv, answer.csv)):
        if path is not None and content is not None:
            write_named(path, content())
            written.append(path)
    if how.json and answer.json is not None:
        typer.echo(json.dumps(answer.json(), indent=1, allow_nan=False))
    elif written:
        for path in written:
            typer.echo(f"{path}: {answer.summary()}" if answer.summary else f"written to {path}")
    elif (text := answer.text()) is not None:
        typer.echo(text)
    for line in () if how.json else answer.notes:
        typer.echo(line, err=True)
    if answer.error is not None:
        raise answer.error
    return answer.status


def terminal_width() -> int:
    """Columns of the terminal, 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """A line each, columns one below the other; those at these places stand to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    signs = [">" if place in right else "<" for place in range(len(widths))]
    return "\n".join(
        "  ".join(f"{c:{s}{w}}" for c, s, w in zip(row, signs, widths, strict=True)).rstrip()
        for row in rows
    )
