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

    Raises:
        UsageError: a name that is not known or not in the tables.
    """
    from bench.plan.budget import default_budget, find_budget
    from bench.plan.plan import Request
    from iunet.declare.protocol import default_protocol

    spend = find_budget(budget or default_budget())
    columns = _of_tables(tables) if tables else _everything(spend)
    rows, wanted = words(datasets), words(methods)
    _known_rows(rows, columns, ", ".join(words(tables)) or f"budget {spend.key}")
    _known_methods(wanted, columns)
    return [
        Request(
            datasets=(dataset,),
            columns=tuple(pair for pair in pairs if not wanted or pair[1] in wanted),
            protocol=protocol,
            budget=spend.key,
            seeds=_numbers(seeds),
        )
        for protocol in words(protocols) or (default_protocol(),)
        for dataset, pairs in _asked(columns, rows)
    ]


def words(values: Iterable[str] | None) -> tuple[str, ...]:
    """The names in repeated and comma-separated values of an option."""
    parts = [part.strip() for value in values or () for part in value.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def worker_count(asked: int | None) -> int:
    """Threads to use: as asked, else as many as this process may use."""
    if asked is not None:
        return asked
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


Columns = dict[str, list[tuple[str, str]]]
"""(net, method) of every column by dataset."""


def _of_tables(tables: Sequence[str]) -> Columns:
    from bench.show.spec import read_table

    columns: Columns = {}
    for name in words(tables):
        for row, column in read_table(name).pairs():
            own = columns.setdefault(row.dataset, [])
            if (column.net, column.method) not in own:
                own.append((column.net, column.method))
    return columns


def _everything(budget: Budget) -> Columns:
    from baselines.registry import find_methods
    from bench.datasets.catalogue import CATALOGUE

    columns = [("", method) for method in find_methods()]
    return {key: columns for key, entry in CATALOGUE.items() if entry.source == budget.source}


def _asked(columns: Columns, rows: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The selected rows in the order they were named; all where none was."""
    return [(dataset, columns[dataset]) for dataset in rows or columns]


def _known_rows(rows: Sequence[str], columns: Columns, asked: str) -> None:
    from bench.datasets.catalogue import find_dataset

    for row in rows:
        if row not in columns:
            source = find_dataset(row).source
            raise UsageError(
                f"dataset {row!r} ({source}) is not in {asked}, which has: {', '.join(columns)}"
            )


def _known_methods(methods: Sequence[str], columns: Columns) -> None:
    from baselines.registry import find_method

    known = dict.fromkeys(method for pairs in columns.values() for _, method in pairs)
    for method in methods:
        if method not in known:
            key = find_method(method).key
            raise UsageError(f"method {key!r} is not a column here; known: {', '.join(known)}")


def _numbers(seeds: Sequence[str] | None) -> tuple[int, ...] | None:
    found = words(seeds)
    if not found:
        return None
    for seed in found:
        if not seed.lstrip("-").isdigit():
            raise UsageError(f"-s {seed}: a seed is a whole number")
    return tuple(int(seed) for seed in found)
