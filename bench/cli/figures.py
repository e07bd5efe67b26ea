"""One command a figure, which makes what is missing and draws it; `figures` does all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from bench.cli.selection import (
    AsJson,
    Datasets,
    Fresh,
    Seeds,
    Workers,
    seed_numbers,
    words,
)
from bench.cli.tables import Budget, DryRun, Protocol, Yes
from bench.declared.figures import figure_names, figure_title

NoRun = Annotated[bool, typer.Option("--no-run", help="Only draw what is there.")]


def register(app: typer.Typer) -> None:
    """Add a command for every figure, and `figures`."""
    for name in figure_names():
        app.command(name, help=f"{figure_title(name)}.")(_command((name,)))
    app.command("figures", help="All figures.")(_command(figure_names()))


def _command(names: Sequence[str]) -> Callable[..., None]:
    def command(
        protocol: Protocol = "",
        budget: Budget = "",
        datasets: Datasets = None,
        seeds: Seeds = None,
        workers: Workers = None,
        no_run: NoRun = False,
        dry: DryRun = False,
        yes: Yes = False,
        fresh: Fresh = False,
        as_json: AsJson = False,
    ) -> None:
        from bench.cli.drawing import make_figures
        from bench.cli.making import How
        from bench.plan.query import Query

        selections = [
            Query(name, protocol, budget, datasets=words(datasets), seeds=seed_numbers(seeds))
            for name in names
        ]
        how = How(workers, no_run, dry, yes, fresh, as_json)
        make_figures(selections, how)

    return command
