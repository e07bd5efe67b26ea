"""How a command is declared, run and answered.

A verb is a function whose parameters name what it needs: query, mode, store, and options of its
own; it returns an Answer. `@verb(...)` lists its options in the order of its help: by name those
that several verbs have, which are declared here once, and its own as Option.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import typer

from bench.errors import BenchError, UsageError, exclude
from bench.folders import table_names
from bench.plan.query import Query
from bench.render.files import write_named
from bench.render.outline import Outline, as_markdown
from bench.render.text import say


@dataclass(frozen=True)
class Mode:
    """How a command works and in which form it answers; nothing of it moves a number.

    Args:
        workers: threads.
        on: where runs are made: see bench.run.engine.
        rows: of a table those with a number of ours, or all.
        no_run: show what is there, make nothing.
        strict: what is missing is an error also where nothing is to be made.
        dry: say what would be done, do nothing.
        yes: start even if it takes hours.
        json: print for programs.
        markdown, csv: files to write instead of printing.
    """

    workers: int = 1
    on: str = "local"
    rows: str = "made"
    no_run: bool = False
    strict: bool = False
    dry: bool = False
    yes: bool = False
    json: bool = False
    markdown: Path | None = None
    csv: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What a verb found; every form is made when it is used.

    Args:
        lines: what the terminal shows where there is no page.
        json: what --json prints; the files are added to an object of an answer with a page.
        csv: what --csv writes.
        page: what the terminal shows and --markdown writes.
        files: those that were written; they are named below the page.
        below: lines below that.
        closing: a last paragraph.
        summary: is said of a file that was written.
        notes: lines on stderr after what is shown, not with --json.
        error: what is missing or went wrong, raised after everything is shown.
        status: the exit status without an error.
    """

    lines: Callable[[], Iterable[str]] = tuple
    json: Callable[[], Any] | None = None
    csv: Callable[[], str] | None = None
    page: Callable[[], Outline] | None = None
    files: Sequence[Path] = ()
    below: tuple[str, ...] = ()
    closing: str = ""
    summary: Callable[[], str] | None = None
    notes: tuple[str, ...] = ()
    error: BenchError | None = None
    status: int = 0


def present(answer: Answer, mode: Mode) -> int:
    """Write or print an answer in the form asked for; the exit status.

    Raises:
        UsageError: a file that cannot be written.
        BenchError: that of the answer.
    """
    try:
        _show(answer, mode)
    except BrokenPipeError:  # a regression is one, however much of it is read
        if not answer.status:
            raise
    if answer.error is not None:
        raise answer.error
    return answer.status


def _show(answer: Answer, mode: Mode) -> None:
    written = []
    if mode.markdown and answer.page:
        written.append(write_named(mode.markdown, as_markdown(answer.page())))
    if mode.csv and answer.csv:
        written.append(write_named(mode.csv, answer.csv()))
    if mode.json and answer.json:
        content = answer.json()
        if answer.files:
            content |= {"files": [str(path) for path in answer.files]}
        say(*json_text(content).split("\n"))
    elif written:
        for path in written:
            say(f"{path}: {answer.summary()}" if answer.summary else f"written to {path}")
    elif answer.page:
        from bench.render.terminal import console_for_tables, print_page

        console, page = console_for_tables(), answer.page()
        print_page(console, page, answer.files, below=answer.below, closing=answer.closing)
    else:
        for line in answer.lines():
            say(line)
    for line in () if mode.json else answer.notes:
        say(line, err=True)


def json_text(content: Any) -> str:
    """Content for programs."""
    return json.dumps(content, indent=1, allow_nan=False)


FILE = Path | None
"""The kind of an option that names a file to write."""

Completions = Callable[[], Iterable[str]]
"""The names that a user can give."""


@dataclass(frozen=True)
class Option:
    """An option, or an argument where it has no flags.

    Args:
        flags: such as "-d --dataset".
        metavar, help: as --help shows them.
        kind: its type, as typer parses it.
        default: where a user does not give it; `...` where it has to be given.
        field: attribute of Query or Mode, or parameter of the verb, that takes the value; the long
            flag's name if not given.
        least: the smallest number.
        usual: what --help shows as the default where `default` is no text for people.
        known: what a shell completes it with.
        read: from what typer parsed to what the verb gets.
    """

    flags: str
    metavar: str | None
    help: str
    kind: Any
    default: Any = None
    field: str = ""
    least: int | None = None
    usual: str = ""
    known: Completions | None = None
    read: Callable[[Any], Any] = lambda value: value

    @property
    def name(self) -> str:
        """Where its value goes."""
        return self.field or self.flags.split()[-1].strip("-").replace("-", "_")

    @property
    def parameter(self) -> inspect.Parameter:
        """What typer reads."""
        make: Any = typer.Option if self.flags else typer.Argument
        info = make(
            self.default,
            *self.flags.split(),
            metavar=self.metavar,
            help=f"{self.help}  [default: {self.usual}]" if self.usual else self.help,
            min=self.least,
            autocompletion=self.known and completion(self.known),
        )
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=self.kind
        )


def switch(flags: str, help: str, field: str = "") -> Option:
    """Something that is done or not."""
    return Option(flags, None, help, bool, False, field)


def text(
    flags: str,
    metavar: str,
    help: str,
    field: str = "",
    default: Any = "",
    usual: str = "",
    known: Completions | None = None,
) -> Option:
    """One text; None stands for one that is not given where that is the default."""
    kind = str if default is not None else str | None
    return Option(flags, metavar, help, kind, default, field, usual=usual, known=known)


def names(
    flags: str,
    metavar: str,
    help: str,
    field: str = "",
    usual: str = "",
    known: Completions | None = None,
) -> Option:
    """Any number of names, repeated or separated by commas."""
    kind = list[str] | None
    return Option(flags, metavar, help, kind, None, field, read=words, usual=usual, known=known)


def file(flags: str, help: str) -> Option:
    """A file to write."""
    return Option(flags, "FILE", help, FILE)


def completion(known: Completions) -> Callable[[str], list[str]]:
    """What a shell offers for the last of names that are separated by commas."""

    def offered(incomplete: str) -> list[str]:
        before, comma, _ = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in known()]

    return offered


def words(values: Iterable[str] | None) -> tuple[str, ...]:
    """The names in repeated and comma-separated values of an option.

    Raises:
        UsageError: a value without any, which would otherwise select everything.
    """
    given = [*(values or ())]
    for value in given:
        if not value.replace(",", "").strip():
            raise UsageError(f"{value!r} names nothing; name something or leave the option out")
    parts = [part.strip() for value in given for part in value.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def seed_numbers(values: Iterable[str] | None) -> tuple[int, ...]:
    """Seeds given as `-s 1,2`.

    Raises:
        UsageError: one that is no whole number.
    """
    found = words(values)
    for seed in found:
        if not seed.removeprefix("-").isdecimal() or len(seed) > 20:
            raise UsageError(f"-s {seed[:40]}: a seed is a whole number of at most 20 digits")
    return tuple(int(seed) for seed in found)


def worker_count(wanted: int | None) -> int:
    """Threads to use: as many as wanted, else as this process may use."""
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return wanted or usable or 1


def dataset_keys() -> Iterable[str]:
    """Of tables and pictures, the user's own among them."""
    from bench.datasets.catalogue import all_datasets

    return all_datasets()


def _methods() -> Iterable[str]:
    from baselines.registry import find_methods

    return find_methods()


def _protocols() -> Iterable[str]:
    from iunet.declare.protocol import shipped_protocols

    return shipped_protocols()


def _budgets() -> Iterable[str]:
    from bench.plan.budget import budgets

    return budgets()


def _metrics() -> Iterable[str]:
    from bench.declared.tables import METRICS

    return (metric.short or metric.name.replace("_", "-") for metric in METRICS)


Rows = Literal["all", "made"]
BUDGETS = "How much is done: `bench list budgets`."
SETTINGS = "Settings: `bench list protocols`, or FILE.toml."
OF_SEEDS = "Only these of the protocol's seeds."
THREADS = "So many workers, a thread each, on the processor."
ON = "Where runs are made: local, slurm or ray; docs/cluster.md says how."
OF_METHODS = "Only these methods, or net:method."
METRIC = "What cells show; a name the table lacks lists those it has."
APPENDED = "Add methods, or net:method, as columns."
RELEASED = "released, or the table's own"
STRICT = "With --no-run: exit status 4 if anything is missing."
DECLARED = (
    names("", "TABLE", "Runs of these tables.", "tables", known=table_names),
    names("-d --dataset", "KEY,...", "Only these datasets.", "datasets", "all", dataset_keys),
    names("-m --method", "KEY,...", OF_METHODS, "methods", "all", _methods),
    Option(
        *("-s --seed", "N,...", OF_SEEDS, list[str] | None),
        field="seeds",
        read=seed_numbers,
        usual="all",
    ),
    text("--protocol", "KEY", SETTINGS, usual=RELEASED, known=_protocols),
    names("--protocol", "KEY,...", SETTINGS, "protocols", RELEASED, _protocols),
    text("--budget", "KEY", BUDGETS, usual="full, or the table's own", known=_budgets),
    names("--budget", "KEY,...", "Only these budgets.", "budgets", "all", _budgets),
    text("--metric", "NAME", METRIC, usual="the table's own", known=_metrics),
    names("--with", "KEY,...", APPENDED, "appended", known=_methods),
    Option(
        *("-j --workers", "WORKERS", THREADS, int | None),
        least=1,
        read=worker_count,
        usual="all cores",
    ),
    text("--on", "ENGINE", ON, default="local", known=lambda: ("local", "slurm", "ray")),
    Option("--rows", "all|made", "Rows that are printed.", Rows, "made"),
    switch("--no-run", "Show what is there, make nothing; exit status 0 also if cells are empty."),
    switch("--strict", STRICT),
    switch("--dry-run", "Say what would run and how long it takes, and stop.", field="dry"),
    switch("--yes", "Start even if it takes hours."),
    switch("--fresh", "Ignore the shipped records."),
    switch("--json", "Print JSON."),
    file("--markdown", "Write a Markdown page."),
    file("--csv", "Write one line a cell."),
)
OPTIONS = {option.name: option for option in DECLARED}


def with_help(name: str, help: str, field: str = "", usual: str | None = None) -> Option:
    """A declared option with another help text, for another parameter where one is named."""
    option = OPTIONS[name]
    shown = option.usual if usual is None else usual
    return replace(option, help=help, field=field or name, usual=shown)


Verb = Callable[..., Answer]
Command = Callable[..., int]


def verb(*options: str | Option) -> Callable[[Verb], Command]:
    """Makes a command of a verb; a text names declared options, separated by spaces."""
    return lambda function: command(function, *options)


def command(function: Verb, *options: str | Option) -> Command:
    """The function typer makes a command of: it parses, calls the verb, and gives its answer."""
    every = [
        option
        for named in options
        for option in ((OPTIONS[n] for n in named.split()) if isinstance(named, str) else (named,))
    ]
    parameters = inspect.signature(function).parameters
    selecting, working = ({field.name for field in fields(kind)} for kind in (Query, Mode))

    def run_command(**values: Any) -> int:
        read = {option.name: option.read(values[option.name]) for option in every}
        query = Query(**{name: read[name] for name in read.keys() & selecting})
        mode = Mode(**{name: read[name] for name in read.keys() & working})
        if mode.dry:
            stated = {"--no-run": mode.no_run, "--strict": mode.strict}
            exclude("--dry-run", stated | {"--rows": mode.rows != "made"})
        files = [str(read[option.name]) for option in every if option.kind == FILE]
        for file in files:
            if file != "None" and files.count(file) > 1:
                raise UsageError(f"two options name {file}; name a file for each")
        read |= {"query": query, "mode": mode}
        if "store" not in parameters:
            return present(function(**{name: read[name] for name in parameters}), mode)
        from bench.store.store import open_store, refusals_told

        read["store"] = store = open_store(fresh=query.fresh)
        with refusals_told(store):
            return present(function(**{name: read[name] for name in parameters}), mode)

    run_command.__name__, run_command.__doc__ = function.__name__, function.__doc__
    signature = inspect.Signature([option.parameter for option in every])
    setattr(run_command, "__signature__", signature)  # noqa: B010  typer reads it
    return run_command
