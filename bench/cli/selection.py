"""The options that select runs, and the requests they stand for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.plan.budget import Budget
    from bench.plan.plan import Request

Tables = Annotated[list[str] | None, typer.Argument(metavar="TABLE", help="Runs of these tables.")]
Datasets = Annotated[
    list[str] | None,
    typer.Option("-d", "--dataset", metavar="KEY,...", help="Only these datasets."),
]
Methods = Annotated[
    list[str] | None,
    typer.Option("-m", "--method", metavar="KEY,...", help="Only these methods."),
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

    A table is planned under its own budget unless one is named.

    Raises:
        UsageError: a name that is not known or not in the tables, or a table without runs.
    """
    from bench.plan.budget import default_budget, find_budget
    from bench.plan.plan import Request
    from iunet.declare.protocol import default_protocol

    usual = find_budget(budget or default_budget())
    parts = _of_tables(tables, budget) if tables else {usual.key: _everything(usual)}
    rows, wanted = words(datasets), words(methods)
    _known_rows(rows, parts.values(), ", ".join(words(tables)) or f"budget {usual.key}")
    _known_methods(wanted, parts.values())
    return [
        Request(
            datasets=(dataset,),
            columns=tuple(pair for pair in pairs if not wanted or pair[1] in wanted),
            protocol=protocol,
            budget=spend,
            seeds=seed_numbers(seeds) or None,
        )
        for protocol in words(protocols) or (default_protocol(),)
        for spend, columns in parts.items()
        for dataset, pairs in _asked(columns, rows)
    ]


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


def worker_count(asked: int | None) -> int:
    """Threads to use: as asked, else as many as this process may use."""
    if asked is not None:
        return asked
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


Columns = dict[str, list[tuple[str, str]]]
"""(net, method) of every column by dataset."""


def _of_tables(tables: Sequence[str], budget: str | None) -> dict[str, Columns]:
    """What the tables run, by budget."""
    from bench.plan.budget import default_budget
    from bench.tables.spec import read_table

    parts: dict[str, Columns] = {}
    for spec in map(read_table, words(tables)):
        if spec.kind != "scores":
            raise UsageError(f"{spec.key} counts data, it has no runs; `bench {spec.key}` shows it")
        columns = parts.setdefault(budget or spec.budget or default_budget(), {})
        for row, column in spec.pairs():
            own = columns.setdefault(row.dataset, [])
            if (column.net, column.method) not in own:
                own.append((column.net, column.method))
    return parts


def _everything(budget: Budget) -> Columns:
    from baselines.registry import find_methods
    from bench.datasets.catalogue import CATALOGUE

    columns = [("", method) for method in find_methods()]
    return {key: columns for key, entry in CATALOGUE.items() if entry.source == budget.source}


def _asked(columns: Columns, rows: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The selected rows in the order they were named; all where none was."""
    return [(dataset, columns[dataset]) for dataset in rows or columns if dataset in columns]


def _known_rows(rows: Sequence[str], parts: Iterable[Columns], asked: str) -> None:
    from bench.datasets.catalogue import find_dataset

    known = dict.fromkeys(dataset for columns in parts for dataset in columns)
    for row in rows:
        if row not in known:
            source = find_dataset(row).source
            raise UsageError(
                f"dataset {row!r} ({source}) is not in {asked}, which has: {', '.join(known)}"
            )


def _known_methods(methods: Sequence[str], parts: Iterable[Columns]) -> None:
    from baselines.registry import find_method

    known = dict.fromkeys(
        method for columns in parts for pairs in columns.values() for _, method in pairs
    )
    for method in methods:
        if method not in known:
            key = find_method(method).key
            raise UsageError(f"method {key!r} is not a column here; known: {', '.join(known)}")
