"""The options that select runs, and the requests they stand for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.plan.budget import Budget
    from bench.plan.plan import Request
    from iunet.declare.point import Point

Tables = Annotated[list[str] | None, typer.Argument(metavar="TABLE", help="Runs of these tables.")]
Datasets = Annotated[
    list[str] | None,
    typer.Option("-d", "--dataset", metavar="KEY,...", help="Only these datasets."),
]
Methods = Annotated[
    list[str] | None,
    typer.Option("-m", "--method", metavar="KEY,...", help="Only these methods, or net:method."),
]
Seeds = Annotated[
    list[str] | None,
    typer.Option("-s", "--seed", metavar="N,...", help="Only these of the protocol's seeds."),
]
Protocols = Annotated[
    list[str] | None,
    typer.Option(
        "--protocol", metavar="KEY,...", help="Settings: `bench list protocols`, or FILE.toml."
    ),
]
BudgetKey = Annotated[
    str | None,
    typer.Option("--budget", metavar="KEY", help="How much is done: `bench list budgets`."),
]
Workers = Annotated[
    int | None,
    typer.Option("-j", "--workers", min=1, metavar="N", help="Threads; all cores if not given."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ignore the shipped records.")]


def requests_for(
    tables: Sequence[str] | None = None,
    datasets: Sequence[str] | None = None,
    methods: Sequence[str] | None = None,
    seeds: Sequence[str] | None = None,
    protocols: Sequence[str] | None = None,
    budget: str | None = None,
) -> list[Request]:
    """What is asked for; everything the budget is for where nothing is selected.

    A table is planned under its own protocol and budget unless others are named.

    Raises:
        UsageError: a name that is not known or not in the tables, or a table without runs.
    """
    from bench.plan.budget import default_budget, find_budget
    from bench.plan.plan import Request

    usual = find_budget(budget or default_budget())
    parts = _of_tables(tables, budget) if tables else _everything(usual)
    rows, wanted = words(datasets), words(methods)
    _known_rows(rows, parts.values(), ", ".join(words(tables)) or f"budget {usual.key}")
    _known_methods(wanted, parts.values())
    return [
        Request(
            datasets=(dataset,),
            columns=pairs,
            protocol=protocol,
            budget=spend,
            seeds=seed_numbers(seeds) or None,
            at=at,
        )
        for (own, spend), columns in parts.items()
        for protocol in words(protocols) or (own,)
        for dataset, at, pairs in _asked(columns, rows, wanted)
    ]


def words(values: Iterable[str] | None) -> tuple[str, ...]:
    """The names in repeated and comma-separated values of an option."""
    parts = [part.strip() for value in values or () for part in value.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def protocol_names(values: Iterable[str] | None) -> tuple[str, ...]:
    """The names that runs of these protocols are recorded under; that of FILE.toml is FILE.

    Raises:
        ProtocolError: a file that cannot be read, or holds unknown or wrong settings.
    """
    from iunet.declare.protocol import find_protocol

    return tuple(
        find_protocol(name).key if name.endswith(".toml") else name for name in words(values)
    )


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


def worker_count(asked: int | None) -> int:
    """Threads to use: as asked, else as many as this process may use."""
    if asked is not None:
        return asked
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Wanted:
    """One column of a dataset; `at`: what is fixed of its grid."""

    net: str
    method: str
    at: Point = ()

    def fits(self, names: Sequence[str]) -> bool:
        """Whether it is one of these, or none is given: iunet, resnet:iunet, iunet@ratio=16."""
        from bench.plan.names import MethodName

        parsed = [MethodName.parse(name) for name in names]
        return not names or any(name.fits(self.net, self.method, self.at) for name in parsed)


Columns = dict[str, list[Wanted]]
"""Every column by dataset."""

Parts = dict[tuple[str, str], Columns]
"""What is run, by the protocol where the user names none and by budget."""


def _of_tables(tables: Sequence[str], budget: str | None) -> Parts:
    """What the tables run."""
    from bench.declared.spec import read_table
    from bench.plan.budget import default_budget

    parts: Parts = {}
    for spec in map(read_table, words(tables)):
        if spec.kind != "scores":
            raise UsageError(f"{spec.key} counts data, it has no runs; `bench {spec.key}` shows it")
        spend = budget or spec.budget or default_budget()
        columns = parts.setdefault((spec.usual_protocol, spend), {})
        for row, column in spec.pairs():
            own = columns.setdefault(row.dataset, [])
            wanted = Wanted(column.net, column.method, column.point)
            if wanted not in own:
                own.append(wanted)
    return parts


def _everything(budget: Budget) -> Parts:
    from baselines.registry import find_methods
    from bench.datasets.catalogue import CATALOGUE, VISION, Dataset
    from iunet.declare.protocol import default_protocol
    from iunet.declare.recipe import Recipe

    methods = find_methods()
    columns = [Wanted("", method) for method in methods]
    networks = [Wanted("", key) for key, method in methods.items() if isinstance(method, Recipe)]
    entries: dict[str, Dataset] = {**CATALOGUE, **VISION}
    found = {
        key: networks if key in VISION else columns
        for key, entry in entries.items()
        if (entry.source == "embedded") == budget.embedded
    }
    return {(default_protocol(), budget.key): found}


def _asked(
    columns: Columns, rows: Sequence[str], methods: Sequence[str]
) -> Iterator[tuple[str, Point, tuple[tuple[str, str], ...]]]:
    """Dataset, what is fixed, (net, method) of the columns; selected rows in the order named."""
    for dataset in rows or columns:
        asked = [column for column in columns.get(dataset, ()) if column.fits(methods)]
        for at in dict.fromkeys(column.at for column in asked):
            yield dataset, at, tuple((c.net, c.method) for c in asked if c.at == at)


def _known_rows(rows: Sequence[str], parts: Iterable[Columns], asked: str) -> None:
    from bench.datasets.catalogue import find_entry

    known = dict.fromkeys(dataset for columns in parts for dataset in columns)
    for row in rows:
        if row not in known:
            source = find_entry(row).source
            raise UsageError(
                f"dataset {row!r} ({source}) is not in {asked}, which has: {', '.join(known)}"
            )


def _known_methods(methods: Sequence[str], parts: Iterable[Columns]) -> None:
    from baselines.registry import find_method
    from bench.plan.names import MethodName

    there = [wanted for columns in parts for own in columns.values() for wanted in own]
    known = ", ".join(dict.fromkeys(wanted.method for wanted in there))
    for name in methods:
        if not any(wanted.fits([name]) for wanted in there):
            find_method(MethodName.parse(name).method)
            raise UsageError(f"method {name!r} is not a column here; known: {known}")
