"""Making a table: run what is missing, collect, render, and say what is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bench.cli.places import data_places
from bench.cli.running import (
    INTERRUPTED,
    Terms,
    TooLong,
    exit_status,
    make_missing,
    planned_line,
    report,
)
from bench.cli.selection import worker_count
from bench.errors import BenchError, DataError, Incomplete, RunsFailed

if TYPE_CHECKING:
    from bench.declared.spec import TableSpec
    from bench.judge.collect import Collected, Entry
    from bench.plan.job import Job
    from bench.plan.query import Query
    from bench.render.files import Long
    from bench.render.sheet import Sheet
    from bench.run.execute import Outcome
    from bench.store.store import Store


@dataclass(frozen=True)
class How:
    """How a table is made and shown, nothing of which moves a number."""

    workers: int | None
    no_run: bool
    dry: bool
    yes: bool
    fresh: bool
    json: bool


def make_or_tell(name: str, jobs: Sequence[Job], store: Store, how: How) -> Outcome | None:
    """Run what is missing of a table, figure or bridge; None where that was not asked for, or would
    take hours nobody agreed to, which is told."""
    if how.no_run:
        return None
    try:
        terms = Terms(worker_count(how.workers), yes=how.yes, quiet=how.json)
        return make_missing(jobs, store, terms)
    except TooLong as error:
        typer.echo(f"{name}: {error}", err=True)
        return None


def status_of(outcome: Outcome | None, how: How) -> int:
    """The exit status of the runs, after saying what became of them.

    Raises:
        typer.Exit: they were interrupted.
    """
    if outcome is None:
        return 0
    if not how.json:
        report(outcome)
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)
    return exit_status(outcome)


def unfinished(*statuses: int) -> type[BenchError]:
    """The error to end with where runs ended so, or something is not there."""
    kinds = (RunsFailed, DataError)
    return next((kind for kind in kinds if kind.exit_status in statuses), Incomplete)


def make_table(selection: Query, how: How) -> None:
    """Make what is missing, render, print.

    Raises:
        UsageError: something unknown was asked for.
        RunsFailed, DataError, Incomplete: after rendering what there is.
    """
    from bench.declared.spec import read_table

    if read_table(selection.name).kind == "counts":
        _count_table(selection, how)
    else:
        _score_table(selection, how)


def _score_table(selection: Query, how: How) -> None:
    from bench.store.store import open_store
    from bench.tables.asked import collected, prepare

    asked = prepare(selection)
    store = open_store(fresh=how.fresh)
    if how.dry:
        line = planned_line(asked.jobs, store.missing(asked.jobs), worker_count(how.workers))
        typer.echo(f"{asked.spec.key}: {line}")
        return
    outcome = make_or_tell(asked.spec.key, asked.jobs, store, how)
    table = collected(asked, store)
    _show_scores(table, how)
    _end(table, outcome, how)


def _show_scores(table: Collected, how: How) -> None:
    from bench.render.files import csv_text, write_sheet
    from bench.tables.long import collected_rows
    from bench.tables.view import sheet_of

    sheet, rows = sheet_of(table), collected_rows(table)
    written = write_sheet(sheet, csv_text(rows), _folder())
    example = next(iter(table.entries()), None)
    words = _place(table.spec, example) if example else ""
    hint = f"A cell explained: bench why {words} {' '.join(table.ask.options)}".strip()
    conditions = {"protocol": table.ask.protocol, "budget": table.ask.budget}
    _print(sheet, rows, written, how, hint=hint, conditions=conditions)


def _place(spec: TableSpec, entry: Entry) -> str:
    """A cell as a user names it."""
    from bench.plan.names import column_key, row_key
    from bench.tables.appended import appended_key

    own = entry.column in spec.columns
    column = column_key(spec, entry.column) if own else appended_key(entry.column)
    return f"{spec.key} {row_key(spec, entry.row)} {column}"


def _print(
    sheet: Sheet,
    rows: list[Long],
    written: list[Path],
    how: How,
    *,
    hint: str,
    conditions: dict[str, str],
) -> None:
    if how.json:
        files = [str(path) for path in written]
        content = {"table": sheet.name, **conditions, "cells": rows, "files": files}
        typer.echo(json.dumps(content, indent=1, allow_nan=False))
        return
    from bench.render.terminal import console_for_tables, print_sheet

    print_sheet(console_for_tables(), sheet, written, hint=hint)


def _end(table: Collected, outcome: Outcome | None, how: How) -> None:
    """Say what became of the runs and which cells are empty, and leave with the right status."""
    status = status_of(outcome, how)
    empty = len(table.missing())
    if status or empty:
        raise unfinished(status)(
            f"{empty} of {len(table.entries())} cells of {table.spec.key} are empty; "
            f"the notes below the table name the commands that make them"
        )
    if table.spec.closing and not how.json:
        _print_closing(table.spec.closing)


def _print_closing(sentence: str) -> None:
    from bench.render.terminal import console_for_tables, speech
    from bench.render.text import wrapped

    console = console_for_tables()
    for line in wrapped(speech(console)(sentence), "", console.width):
        typer.echo(line)


def _count_table(selection: Query, how: How) -> None:
    from bench.render.files import csv_text, write_sheet
    from bench.tables.counted import counted
    from bench.tables.counts import counts_rows, counts_sheet

    data_places()
    table = counted(selection)
    rows = counts_rows(table)
    written = write_sheet(counts_sheet(table), csv_text(rows), _folder())
    conditions = {"protocol": table.protocol}
    hint = "The same under another split: --protocol"
    _print(counts_sheet(table), rows, written, how, hint=hint, conditions=conditions)
    if table.missing():
        row, error = table.missing()[0]
        raise Incomplete(
            f"{len(table.missing())} of {len(table.rows)} datasets are not at hand; "
            f"the first is {row.dataset}: {error}"
        )


def _folder() -> Path:
    from bench.folders import results_folder

    return results_folder() / "tables"
