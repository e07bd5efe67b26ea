"""One command a table, which makes and shows it; `tables` lists them, `why` explains a cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated

import typer

from bench.cli.selection import (
    AsJson,
    Datasets,
    Fresh,
    Methods,
    Seeds,
    Workers,
    seed_numbers,
    words,
)
from bench.declared.spec import table_title
from bench.folders import table_names

Protocol = Annotated[
    str, typer.Option(metavar="KEY", help="Settings: `bench list protocols`, or FILE.toml.")
]
Budget = Annotated[str, typer.Option(metavar="KEY", help="How much is done: `bench list budgets`.")]
Metric = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="What cells show; a name the table lacks lists those it has."
    ),
]
Appended = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="KEY,...", help="Add methods, or net:method, as columns."),
]
NoRun = Annotated[bool, typer.Option("--no-run", help="Only show what is there.")]
DryRun = Annotated[bool, typer.Option("-n", "--dry-run", help="Say what would run, and stop.")]
Yes = Annotated[bool, typer.Option("--yes", help="Start even if it takes hours.")]


def register(app: typer.Typer) -> None:
    """Add a command for every table, and `tables` and `why`."""
    for name in table_names():
        app.command(name, help=f"{table_title(name)}.")(_command(name))
    app.command("tables")(list_tables)
    app.command("why")(why)


def _command(name: str) -> Callable[..., None]:
    def command(
        protocol: Protocol = "",
        budget: Budget = "",
        metric: Metric = "",
        datasets: Datasets = None,
        methods: Methods = None,
        seeds: Seeds = None,
        appended: Appended = None,
        workers: Workers = None,
        no_run: NoRun = False,
        dry: DryRun = False,
        yes: Yes = False,
        fresh: Fresh = False,
        as_json: AsJson = False,
    ) -> None:
        from bench.cli.making import How, make_table
        from bench.plan.query import Query

        selection = Query(
            name=name,
            protocol=protocol,
            budget=budget,
            metric=metric,
            datasets=words(datasets),
            methods=words(methods),
            seeds=seed_numbers(seeds),
            appended=words(appended),
        )
        how = How(workers, no_run, dry, yes, fresh, as_json)
        make_table(selection, how)

    return command


def list_tables(
    protocol: Protocol = "", budget: Budget = "", fresh: Fresh = False, as_json: AsJson = False
) -> None:
    """List the tables and how much of each is there."""
    from bench.plan.query import Query
    from bench.store.store import open_store
    from bench.tables.listing import table_states

    store = open_store(fresh=fresh)
    selections = [Query(name, protocol=protocol, budget=budget) for name in table_names()]
    states = table_states(selections, store)
    if as_json:
        typer.echo(json.dumps(states, indent=1))
        return
    table, there = (max(len(str(state[name])) for state in states) for name in ("table", "there"))
    for state in states:
        typer.echo(f"{state['table']:<{table}}  {state['there']:<{there}}  {state['title']}")


def why(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Such as table5.")],
    row: Annotated[str, typer.Argument(metavar="ROW", help="A dataset's key, or a title.")],
    column: Annotated[
        str, typer.Argument(metavar="COLUMN", help="A method's key, net:method, or a title.")
    ],
    protocol: Protocol = "",
    budget: Budget = "",
    metric: Metric = "",
    seeds: Seeds = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Explain one cell.

    Its runs, settings, printed value, verdict with its rule, and the command that makes it.
    """
    from bench.plan.query import Query
    from bench.store.store import open_store
    from bench.tables.explained import explained
    from bench.tables.why import why_lines

    selection = Query(table, protocol, budget, metric, seeds=seed_numbers(seeds))
    explanation = explained(selection, row, column, open_store(fresh=fresh))
    if as_json:
        typer.echo(json.dumps(explanation, indent=1, allow_nan=False))
        return
    for line in why_lines(explanation):
        typer.echo(line)
