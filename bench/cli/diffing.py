"""`bench diff`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import selection as select
from bench.cli.tables import Budget, Metric, Protocol
from bench.errors import Incomplete, UsageError

if TYPE_CHECKING:
    from bench.diff.diff import TableDiff


Tables = Annotated[
    list[str] | None, typer.Argument(metavar="TABLE", help="All printed ones if not given.")
]
Against = Annotated[str, typer.Option(metavar="REF", help="What to compare with.")]
Markdown = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write a Markdown page.")
]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write one line a cell.")]


class Reference(Enum):
    """What own numbers can be compared with."""

    paper = auto()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff")(diff_command)


def diff_command(
    tables: Tables = None,
    against: Against = Reference.paper.name,
    protocol: Protocol = "",
    budget: Budget = "",
    metric: Metric = "",
    datasets: select.Datasets = None,
    methods: select.Methods = None,
    seeds: select.Seeds = None,
    fresh: select.Fresh = False,
    as_json: select.AsJson = False,
    markdown: Markdown = None,
    csv: Csv = None,
) -> None:
    """Compare own numbers with the printed ones; runs nothing.

    Each cell with its verdict, each column with its differences and the order of its rows. Numbers
    that differ are no error; the exit status is 4 where cells are missing.
    """
    from bench.diff.asked import diffs
    from bench.plan.query import Query
    from bench.store.store import open_store

    _known(against)
    selection = Query(
        protocol=protocol,
        budget=budget,
        metric=metric,
        datasets=select.words(datasets),
        methods=select.words(methods),
        seeds=select.seed_numbers(seeds),
    )
    found = diffs(select.words(tables), selection, open_store(fresh=fresh))
    _show(found, as_json=as_json, markdown=markdown, csv=csv)
    _end(found)


def _known(against: str) -> None:
    names = [reference.name for reference in Reference]
    if against not in names:
        raise UsageError(f"nothing to compare with called {against!r}; known: {', '.join(names)}")


def _show(
    found: Sequence[TableDiff], *, as_json: bool, markdown: Path | None, csv: Path | None
) -> None:
    from bench.diff import listed, page
    from bench.render.files import write_named

    written = [(markdown, page.markdown), (csv, listed.csv)]
    for path, content in written:
        if path is not None:
            write_named(path, content(found))
    if as_json:
        typer.echo(json.dumps(listed.as_json(found), indent=1, allow_nan=False))
    elif markdown is not None or csv is not None:
        for path in (markdown, csv):
            if path is not None:
                typer.echo(f"written to {path}")
    else:
        typer.echo(page.text(found, width=shutil.get_terminal_size((100, 24)).columns))


def _end(found: Sequence[TableDiff]) -> None:
    missing = [line for diff in found for line in diff.lines if line.outcome is None]
    if missing:
        tables = dict.fromkeys(diff.table.ask.table for diff in found if diff.table.missing())
        total = sum(len(diff.lines) for diff in found)
        options = " ".join(["", *found[0].table.ask.options])
        commands = "; ".join(f"bench {name}{options}" for name in tables)
        raise Incomplete(
            f"{len(missing)} of {total} cells are missing; these commands make them: {commands}"
        )
