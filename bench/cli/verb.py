"""How a command is declared, asked and answered.

A verb is a function (Query, How, its own options) → Answer. `@verb(...)` lists its options in the
order of its help: by name those that several verbs have, which are declared here once, and its own
as Option.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bench.errors import BenchError, UsageError
from bench.plan.query import Query
from bench.render.files import write_named

if TYPE_CHECKING:
    from bench.render.outline import Outline


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
        text: what the terminal shows; an outline is what --markdown writes, too; None where there
            is nothing or it is printed already.
        json: what --json prints.
        csv: what --csv writes.
        summary: is said of a file that was written.
        notes: lines on stderr after what is shown, not with --json.
        error: what is missing or went wrong, raised after everything is shown.
        status: the exit status without an error.
        files: those that were written; they are named below an outline.
    """

    text: Callable[[], str | Outline | None] = lambda: None
    json: Callable[[], Any] | None = None
    csv: Callable[[], str] | None = None
    summary: Callable[[], str] | None = None
    notes: tuple[str, ...] = ()
    error: BenchError | None = None
    status: int = 0
    files: tuple[Path, ...] = ()


def give(answer: Answer, how: How) -> int:
    """Write or print an answer in the form asked for; the exit status.

    Raises:
        UsageError: a file that cannot be written.
        BenchError: that of the answer.
    """
    written = []
    for path, content in ((how.markdown, lambda: _markdown(answer)), (how.csv, answer.csv)):
        if path is not None and content is not None:
            write_named(path, content())
            written.append(path)
    if how.json and answer.json is not None:
        typer.echo(json_text(answer.json()))
    elif written:
        for path in written:
            typer.echo(f"{path}: {answer.summary()}" if answer.summary else f"written to {path}")
    else:
        _show(answer)
    for line in () if how.json else answer.notes:
        typer.echo(line, err=True)
    if answer.error is not None:
        raise answer.error
    return answer.status


def json_text(content: Any) -> str:
    """Content for programs."""
    return json.dumps(content, indent=1, allow_nan=False)


def _markdown(answer: Answer) -> str:
    from bench.render.outline import Outline, as_markdown

    page = answer.text()
    return as_markdown(page) if isinstance(page, Outline) else page or ""


def _show(answer: Answer) -> None:
    content = answer.text()
    if content is None:
        return
    if isinstance(content, str):
        typer.echo(content)
        return
    from bench.render.outline import text_lines
    from bench.render.terminal import console_for_tables, file_lines, print_lines, speech

    console = console_for_tables()
    lines = text_lines(content, console.width, speech(console), bold=console.is_terminal)
    print_lines(console, [*lines, *file_lines(answer.files)])


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """A line each, columns one below the other; those at these places stand to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    signs = [">" if place in right else "<" for place in range(len(widths))]
    return "\n".join(
        "  ".join(f"{c:{s}{w}}" for c, s, w in zip(row, signs, widths, strict=True)).rstrip()
        for row in rows
    )


@dataclass(frozen=True)
class Option:
    """An option, or an argument where it has no flags.

    Args:
        flags: such as "-d --dataset".
        metavar, help: as --help shows them.
        kind: its type, as typer parses it.
        default: where a user does not give it; `...` where it has to be given.
        field: attribute of Query or How, or parameter of the verb, that takes the value; the long
            flag's name if not given.
        least: the smallest number.
        read: from what typer parsed to what the verb gets.
    """

    flags: str
    metavar: str | None
    help: str
    kind: Any
    default: Any = None
    field: str = ""
    least: int | None = None
    read: Callable[[Any], Any] = lambda value: value

    @property
    def name(self) -> str:
        """Where its value goes."""
        return self.field or self.flags.split()[-1].strip("-").replace("-", "_")

    @property
    def parameter(self) -> inspect.Parameter:
        """What typer reads."""
        info = (
            typer.Option(
                *(self.default, *self.flags.split()),
                metavar=self.metavar,
                help=self.help,
                min=self.least,
            )
            if self.flags
            else typer.Argument(self.default, metavar=self.metavar, help=self.help)
        )
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=self.kind
        )


def switch(flags: str, help: str, field: str = "") -> Option:
    """Something that is done or not."""
    return Option(flags, None, help, bool, False, field)


def text(flags: str, metavar: str, help: str, field: str = "", default: Any = "") -> Option:
    """One text; None stands for one that is not given where that is the default."""
    return Option(flags, metavar, help, str if default is not None else str | None, default, field)


def names(flags: str, metavar: str, help: str, field: str = "") -> Option:
    """Any number of names, repeated or separated by commas."""
    return Option(flags, metavar, help, list[str] | None, None, field, read=words)


def file(flags: str, help: str, field: str = "", metavar: str = "FILE") -> Option:
    """A place of files."""
    return Option(flags, metavar, help, Path | None, None, field)


def words(values: Iterable[str] | None) -> tuple[str, ...]:
    """The names in repeated and comma-separated values of an option."""
    parts = [part.strip() for value in values or () for part in value.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def seed_numbers(values: Iterable[str] | None) -> tuple[int, ...]:
    """Seeds given as `-s 1,2`.

    Raises:
        UsageError: one that is no whole number.
    """
    found = words(values)
    for seed in found:
        if not seed.removeprefix("-").isdecimal():
            raise UsageError(f"-s {seed}: a seed is a whole number")
    return tuple(int(seed) for seed in found)


def worker_count(wanted: int | None) -> int:
    """Threads to use: as many as wanted, else as this process may use."""
    if wanted is not None:
        return wanted
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


SETTINGS = "Settings: `bench list protocols`, or FILE.toml."
DECLARED = (
    names("", "TABLE", "Runs of these tables.", field="tables"),
    names("-d --dataset", "KEY,...", "Only these datasets.", field="datasets"),
    names("-m --method", "KEY,...", "Only these methods, or net:method.", field="methods"),
    replace(
        names("-s --seed", "N,...", "Only these of the protocol's seeds.", field="seeds"),
        read=seed_numbers,
    ),
    text("--protocol", "KEY", SETTINGS),
    names("--protocol", "KEY,...", SETTINGS, field="protocols"),
    text("--budget", "KEY", "How much is done: `bench list budgets`."),
    names("--budget", "KEY,...", "Only these budgets.", field="budgets"),
    text("--metric", "NAME", "What cells show; a name the table lacks lists those it has."),
    names("--with", "KEY,...", "Add methods, or net:method, as columns.", field="appended"),
    replace(
        Option("-j --workers", "N", "Threads; all cores if not given.", int | None),
        least=1,
        read=worker_count,
    ),
    switch("--no-run", "Only show what is there."),
    switch("-n --dry-run", "Say what would run, and stop.", field="dry"),
    switch("--yes", "Start even if it takes hours."),
    switch("--fresh", "Ignore the shipped records."),
    switch("--json", "Print JSON."),
    file("--markdown", "Write a Markdown page."),
    file("--csv", "Write one line a cell."),
)
OPTIONS = {option.name: option for option in DECLARED}


def saying(name: str, help: str, field: str = "") -> Option:
    """A declared option with another help text, for another parameter where one is named."""
    return replace(OPTIONS[name], help=help, field=field or name)


Verb = Callable[..., Answer]
Command = Callable[..., int]


def verb(*options: str | Option) -> Callable[[Verb], Command]:
    """Makes a command of a verb; a text names declared options, separated by spaces."""
    return lambda answers: command(answers, *options)


def command(answers: Verb, *options: str | Option) -> Command:
    """The function typer makes a command of: it parses, asks the verb, and gives its answer."""
    selecting, working = ({field.name for field in fields(kind)} for kind in (Query, How))
    whole = [
        option
        for named in options
        for option in ((OPTIONS[n] for n in named.split()) if isinstance(named, str) else (named,))
    ]

    def ran(**values: Any) -> int:
        read = {option.name: option.read(values[option.name]) for option in whole}
        query = Query(**{name: value for name, value in read.items() if name in selecting})
        how = How(**{name: value for name, value in read.items() if name in working})
        own = {n: value for n, value in read.items() if n not in selecting | working}
        return give(answers(query, how, **own), how)

    ran.__name__, ran.__doc__ = answers.__name__, answers.__doc__
    signature = inspect.Signature([option.parameter for option in whole])
    setattr(ran, "__signature__", signature)  # noqa: B010  typer reads it
    return ran
