"""The options of all commands, each declared once, and the factory that makes a command of a verb.

A verb is a function (Query, How, its own options) → Answer; `@verb(...)` names its options in the
order its help shows them.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import typer

from bench.cli.answer import Answer, How, give
from bench.errors import UsageError
from bench.plan.query import Query


@dataclass(frozen=True)
class Option:
    """An option, or an argument where it has no flags.

    Args:
        name: the field of Query or How that it fills, else the parameter of its verb.
        kind: its type, as typer parses it.
        default: where a user does not give it.
        flags: such as ("-d", "--dataset").
        metavar, help: as --help shows them.
        least: the smallest number.
        read: from what typer parsed to what the verb gets.
    """

    name: str
    kind: Any
    default: Any
    flags: tuple[str, ...]
    metavar: str | None
    help: str
    least: int | None = None
    read: Callable[[Any], Any] = lambda value: value

    def saying(self, help: str, name: str = "") -> Option:
        """The same with another help text, and for another parameter where one is named."""
        return replace(self, help=help, name=name or self.name)

    @property
    def parameter(self) -> inspect.Parameter:
        """What typer reads."""
        if self.flags:
            info = typer.Option(
                self.default, *self.flags, metavar=self.metavar, help=self.help, min=self.least
            )
        else:
            info = typer.Argument(self.default, metavar=self.metavar, help=self.help)
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=self.kind
        )


def switch(name: str, *flags: str, help: str) -> Option:
    """Something that is done or not."""
    return Option(name, bool, False, flags, None, help)


def text(name: str, *flags: str, metavar: str, help: str, default: Any = "") -> Option:
    """One text; `default=...` makes it required, None stands for one that is not given."""
    return Option(name, str | None if default is None else str, default, flags, metavar, help)


def names(name: str, *flags: str, metavar: str, help: str) -> Option:
    """Any number of names, repeated or separated by commas."""
    return Option(name, list[str] | None, None, flags, metavar, help, read=words)


def file(name: str, flag: str, *, help: str, metavar: str = "FILE", default: Any = None) -> Option:
    """A place of files."""
    return Option(name, Path | None, default, (flag,), metavar, help)


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


def protocol_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names that runs of these protocols are recorded under; that of FILE.toml is FILE.

    Raises:
        ProtocolError: a file that cannot be read, or holds unknown or wrong settings.
    """
    from iunet.declare.protocol import find_protocol

    return tuple(find_protocol(name).key if name.endswith(".toml") else name for name in names)


def worker_count(wanted: int | None) -> int:
    """Threads to use: as many as wanted, else as this process may use."""
    if wanted is not None:
        return wanted
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


SETTINGS = "Settings: `bench list protocols`, or FILE.toml."
TABLES = names("tables", metavar="TABLE", help="Runs of these tables.")
DATASETS = names("datasets", "-d", "--dataset", metavar="KEY,...", help="Only these datasets.")
METHODS = names(
    *("methods", "-m", "--method"), metavar="KEY,...", help="Only these methods, or net:method."
)
SEEDS = replace(
    names("seeds", "-s", "--seed", metavar="N,...", help="Only these of the protocol's seeds."),
    read=seed_numbers,
)
PROTOCOL = text("protocol", "--protocol", metavar="KEY", help=SETTINGS)
PROTOCOLS = names("protocols", "--protocol", metavar="KEY,...", help=SETTINGS)
BUDGET = text("budget", "--budget", metavar="KEY", help="How much is done: `bench list budgets`.")
BUDGETS = names("budgets", "--budget", metavar="KEY,...", help="Only these budgets.")
METRIC = text(
    *("metric", "--metric"),
    metavar="NAME",
    help="What cells show; a name the table lacks lists those it has.",
)
APPENDED = names(
    "appended", "--with", metavar="KEY,...", help="Add methods, or net:method, as columns."
)
FRESH = switch("fresh", "--fresh", help="Ignore the shipped records.")
WORKERS = Option(
    *("workers", int | None, None, ("-j", "--workers"), "N", "Threads; all cores if not given."),
    least=1,
    read=worker_count,
)
NO_RUN = switch("no_run", "--no-run", help="Only show what is there.")
DRY = switch("dry", "-n", "--dry-run", help="Say what would run, and stop.")
YES = switch("yes", "--yes", help="Start even if it takes hours.")
JSON = switch("json", "--json", help="Print JSON.")
MARKDOWN = file("markdown", "--markdown", help="Write a Markdown page.")
CSV = file("csv", "--csv", help="Write one line a cell.")
SELECTED = (DATASETS, METHODS, SEEDS)
MAKING = (WORKERS, NO_RUN, DRY, YES, FRESH, JSON)


Verb = Callable[..., Answer]
Command = Callable[..., int]


def verb(*options: Option) -> Callable[[Verb], Command]:
    """Makes a verb with these options a command."""
    return lambda answers: command(answers, *options)


def command(answers: Verb, *options: Option) -> Command:
    """The function typer makes a command of: it parses, asks the verb, and gives its answer."""
    selecting, working = ({field.name for field in fields(kind)} for kind in (Query, How))

    def ran(**values: Any) -> int:
        read = {option.name: option.read(values[option.name]) for option in options}
        query = Query(**{name: value for name, value in read.items() if name in selecting})
        how = How(**{name: value for name, value in read.items() if name in working})
        own = {n: value for n, value in read.items() if n not in selecting | working}
        return give(answers(query, how, **own), how)

    ran.__doc__ = answers.__doc__
    ran.__signature__ = inspect.Signature([option.parameter for option in options])  # type: ignore[attr-defined]
    return ran
