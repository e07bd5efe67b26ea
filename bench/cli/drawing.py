"""Making figures: run what is missing, collect, draw, and say what is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from bench.cli.making import How, make_or_tell, status_of, unfinished
from bench.cli.running import planned_line
from bench.cli.selection import worker_count

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures.asked import Asked
    from bench.figures.collect import Collected
    from bench.plan.query import Query
    from bench.run.execute import Outcome
    from bench.store.store import Store


def make_figures(selections: Sequence[Query], how: How) -> None:
    """Make what is missing of each figure, draw it, print its caption.

    Raises:
        UsageError: something unknown was asked for.
        RunsFailed, DataError, Incomplete: after drawing what there is of all of them.
    """
    from bench.figures.asked import prepare

    asked = [prepare(selection) for selection in selections]
    ended = {one.spec.key: _make(one, how) for one in asked}
    lacking = [key for key, (_, empty) in ended.items() if empty]
    statuses = {status for status, _ in ended.values()}
    if lacking or statuses != {0}:
        raise unfinished(*statuses)(
            f"{', '.join(lacking)}: runs are missing; the notes below the caption name the "
            "commands that make them"
        )


def _make(asked: Asked, how: How) -> tuple[int, bool]:
    """One figure: exit status of its runs, and whether it lacks any."""
    from bench.figures.collect import collect, undrawn
    from bench.store.store import open_store

    store = open_store(fresh=how.fresh)
    if how.dry:
        line = planned_line(asked.jobs, undrawn(asked, store), worker_count(how.workers))
        typer.echo(f"{asked.spec.key}: {line}")
        return 0, False
    outcome = _made(asked, store, how)
    figure = collect(asked, store)
    _show(figure, how)
    return status_of(outcome, how), bool(figure.missing())


def _made(asked: Asked, store: Store, how: How) -> Outcome | None:
    """Run what is missing; a shipped record that came without its arrays does not count as made."""
    from bench.figures.collect import undrawn
    from bench.store.store import open_store

    if how.no_run:
        return None
    lacking = undrawn(asked, store)
    into = open_store(fresh=True) if lacking else store
    outcome = make_or_tell(asked.spec.key, lacking or asked.jobs, into, how)
    store.refresh()
    return outcome


def _show(figure: Collected, how: How) -> None:
    from bench.figures.files import write_figure
    from bench.folders import results_folder

    written = write_figure(figure, results_folder())
    if how.json:
        _print_json(figure, written)
        return
    from bench.figures.caption import sheet_of
    from bench.render.terminal import console_for_tables, print_sheet

    print_sheet(console_for_tables(), sheet_of(figure), written, hint="")


def _print_json(figure: Collected, written: Sequence[Path]) -> None:
    from bench.figures.long import figure_rows

    content = {
        "figure": figure.asked.spec.key,
        "protocol": figure.asked.conditions.protocol,
        "budget": figure.asked.conditions.budget,
        "points": figure_rows(figure),
        "files": [str(path) for path in written],
    }
    typer.echo(json.dumps(content, indent=1, allow_nan=False))
