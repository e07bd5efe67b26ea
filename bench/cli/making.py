"""Making a table: run what is missing, collect, render, and say what is left."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bench.cli.selection import worker_count
from bench.errors import Incomplete, RunsFailed

if TYPE_CHECKING:
    from bench.judge.collect import Collected
    from bench.run.execute import Outcome
    from bench.show.asked import Asked, Selection
    from bench.show.long import Long
    from bench.show.sheet import Sheet
    from bench.store.store import Store

HOURS_WITHOUT_ASKING = 2.0
"""A table estimated to take longer starts only when told to."""


@dataclass(frozen=True)
class How:
    """How a table is made and shown, nothing of which moves a number."""

    workers: int | None
    run: bool
    dry: bool
    yes: bool
    fresh: bool
    json: bool


def make_table(selection: Selection, how: How) -> None:
    """Make what is missing, render, print.

    Raises:
        UsageError: something unknown was asked for.
        RunsFailed, Incomplete: after rendering what there is.
    """
    from bench.show.spec import read_table

    if read_table(selection.table).kind == "counts":
        _count_table(selection, how)
    else:
        _score_table(selection, how)


def _score_table(selection: Selection, how: How) -> None:
    from bench.show.asked import collected, prepare
    from bench.store.store import open_store

    asked = prepare(selection)
    store = open_store(fresh=how.fresh)
    if how.dry:
        typer.echo(_planned_line(asked, store, how, os.environ.get("BENCH_DEVICE") or "cpu"))
        return
    outcome = _run_missing(asked, store, how) if how.run else None
    table = collected(asked, store)
    _show_scores(table, how)
    _raise_if_not_whole(table, outcome)


def _run_missing(asked: Asked, store: Store, how: How) -> Outcome | None:
    """Run what is missing; None where nothing is or where it would take hours nobody agreed to."""
    missing = store.missing(asked.jobs)
    if not missing:
        return None
    from bench.run.device import choose_device
    from bench.run.execute import Options, run_jobs
    from bench.run.progress import reporter_for
    from bench.run.stop import stoppable

    device, workers = choose_device(), worker_count(how.workers)
    hours = _seconds(asked, store, device, workers) / 3600
    if hours > HOURS_WITHOUT_ASKING and not how.yes:
        typer.echo(f"{_planned_line(asked, store, how, device)}; add --yes to start", err=True)
        return None
    reporter = reporter_for(sys.stderr)
    with stoppable(reporter.say) as stop:
        options = Options(device=device, workers=workers)
        return run_jobs(missing, store, options, progress=reporter, stop=stop)


def _planned_line(asked: Asked, store: Store, how: How, device: str) -> str:
    from bench.run.progress import duration

    missing = len(store.missing(asked.jobs))
    line = f"{asked.spec.key}: {len(asked.jobs)} runs, {missing} missing"
    if not missing:
        return line
    workers = worker_count(how.workers)
    seconds = _seconds(asked, store, device, workers)
    return f"{line}, about {duration(seconds)} on this {device} with {workers} threads"


def _seconds(asked: Asked, store: Store, device: str, workers: int) -> float:
    from bench.run.estimate import estimate_seconds, read_pace
    from bench.store.folders import cache_folder

    return estimate_seconds(store.missing(asked.jobs), read_pace(cache_folder(), device), workers)


def _show_scores(table: Collected, how: How) -> None:
    from bench.show.long import collected_rows, csv_text
    from bench.show.render import write_sheet
    from bench.show.view import sheet_of

    sheet, rows = sheet_of(table), collected_rows(table)
    written = write_sheet(sheet, csv_text(rows), _folder())
    example = next((entry for entry in table.entries() if entry.column.built), None)
    words = f"{table.spec.key} {example.row.dataset} {example.column.method}" if example else ""
    hint = f"A cell explained: bench why {words} {' '.join(table.ask.options)}".strip()
    conditions = {"protocol": table.ask.protocol, "budget": table.ask.budget}
    _print(sheet, rows, written, how, hint=hint, conditions=conditions)


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
    from rich.console import Console

    from bench.show.terminal import print_sheet

    print_sheet(Console(), sheet, written, hint=hint)


def _raise_if_not_whole(table: Collected, outcome: Outcome | None) -> None:
    if outcome is not None and outcome.interrupted:
        typer.echo(f"stopped; go on with `{table.ask.command()}`", err=True)
        raise typer.Exit(130)
    empty = len(table.missing())
    if outcome is not None and outcome.failed:
        raise RunsFailed(
            f"{len(outcome.failed)} runs failed, first {outcome.failed[0].title}; "
            f"{empty} of {len(table.entries())} cells of {table.spec.key} are empty"
        )
    if outcome is not None and outcome.missing_data:
        dataset, error = next(iter(outcome.missing_data.items()))
        typer.echo(
            f"{len(outcome.missing_data)} datasets not at hand: {dataset}: {error}", err=True
        )
    if empty:
        raise Incomplete(
            f"{empty} of {len(table.entries())} cells of {table.spec.key} are empty; "
            f"the notes below the table name the commands that make them"
        )


def _count_table(selection: Selection, how: How) -> None:
    from bench.show.counted import counted
    from bench.show.counts import counts_rows, counts_sheet
    from bench.show.long import csv_text
    from bench.show.render import write_sheet

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
    from bench.store.folders import results_folder

    return results_folder() / "tables"
