"""Tables and figures: making, showing and listing them, and explaining a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.cli.making import (
    INTERRUPTED,
    ended,
    make_or_tell,
    planned_line,
    unfinished,
)
from bench.cli.verb import Answer, Command, How, aligned, command, give, saying, text, verb
from bench.errors import BenchError, Incomplete
from bench.folders import table_names
from bench.plan.query import Query

if TYPE_CHECKING:
    from bench.figures.plan import FigurePlan
    from bench.judge.collect import Collected
    from bench.render.files import Long
    from bench.render.sheet import Sheet
    from bench.run.execute import Outcome


def table_command(name: str) -> Command:
    """The command of one table."""

    def answers(query: Query, how: How) -> Answer:
        return table(replace(query, name=name), how)

    selecting = "protocol budget metric datasets methods seeds appended"
    return command(answers, selecting, "workers no_run dry yes fresh json")


def figures_command(names: Sequence[str]) -> Command:
    """The command of these figures."""

    def answers(query: Query, how: How) -> Answer:
        return figures([replace(query, name=name) for name in names], how)

    drawing = saying("no_run", "Only draw what is there.")
    return command(answers, "protocol budget datasets seeds workers", drawing, "dry yes fresh json")


def table(query: Query, how: How) -> Answer:
    """Make what is missing of a table, render it into files, and show it.

    Raises:
        UsageError: something unknown was asked for.
    """
    from bench.declared.tables import read_table
    from bench.judge.cell import StoredRuns
    from bench.judge.collect import collect
    from bench.plan.selection import plan_table
    from bench.store.store import open_store

    if read_table(query.name).kind == "counts":
        return _count_table(query, how)
    plan = plan_table(query)
    store = open_store(fresh=query.fresh)
    if how.dry:
        line = planned_line(plan.jobs, store.missing(plan.jobs), how.workers)
        return Answer(lambda: f"{plan.spec.key}: {line}")
    outcome = make_or_tell(plan.spec.key, plan.jobs, store, how)
    return _score_table(collect(plan, StoredRuns(store)), outcome)


def figures(queries: Sequence[Query], how: How) -> Answer:
    """Make what is missing of each figure, draw it, and show its caption before the next is begun.

    Raises:
        UsageError: something unknown was asked for.
    """
    from bench.figures.plan import plan_figure

    errors: dict[str, BenchError] = {}
    for plan, query in [(plan_figure(query), query) for query in queries]:
        answer = _figure(plan, how, fresh=query.fresh)
        give(replace(answer, error=None), how)
        if answer.status == INTERRUPTED:
            return Answer(status=INTERRUPTED)
        if answer.error:
            errors[plan.spec.key] = answer.error
    if not errors:
        return Answer()
    kind = unfinished(*(error.exit_status for error in errors.values()))
    lacking = "runs are missing; the notes below the caption name the commands that make them"
    return Answer(error=kind(f"{', '.join(errors)}: {lacking}"))


@verb("protocol budget fresh json")
def list_tables(query: Query, how: How) -> Answer:
    """List the tables and how much of each is there."""
    from bench.store.store import open_store
    from bench.tables.sheet import table_states

    queries = [replace(query, name=name) for name in table_names()]
    states = table_states(queries, open_store(fresh=query.fresh))
    rows = [[str(state[name]) for name in ("table", "there", "title")] for state in states]
    return Answer(lambda: aligned(rows), lambda: states)


@verb(
    text("", "TABLE", "Such as table5.", field="name", default=...),
    text("", "ROW", "A dataset's key, or a title.", field="row", default=...),
    text("", "COLUMN", "A method's key, net:method, or a title.", field="column", default=...),
    "protocol budget metric seeds fresh json",
)
def why(query: Query, how: How, row: str, column: str) -> Answer:
    """Explain one cell.

    Its runs, settings, printed value, verdict with its rule, and the command that makes it.
    """
    from bench.store.store import open_store
    from bench.tables.why import explained, why_lines

    explanation = explained(query, row, column, open_store(fresh=query.fresh))
    return Answer(lambda: "\n".join(why_lines(explanation)), lambda: explanation)


def _score_table(table: Collected, outcome: Outcome | None) -> Answer:
    from bench.plan.selection import cell_name
    from bench.tables.sheet import collected_rows, sheet_of

    under, example = table.conditions, next(iter(table.entries()), None)
    words = cell_name(table.spec, example.row, example.column) if example else ""
    answer = _sheet_answer(
        sheet_of(table),
        collected_rows(table),
        hint=f"A cell explained: bench why {words} {' '.join(under.options)}".strip(),
        closing="" if table.missing() else table.spec.closing,
        conditions={
            "protocol": under.protocol.key,
            "budget": under.budget.key,
        },
    )
    empty = len(table.missing())
    lacking = (
        f"{empty} of {len(table.entries())} cells of {table.spec.key} are empty; "
        f"the notes below the table name the commands that make them"
    )
    return ended(answer, outcome, lacking, whole=not empty)


def _count_table(query: Query, how: How) -> Answer:
    from bench.tables.counts import count_table, counts_rows, counts_sheet

    if how.dry:
        return Answer(lambda: f"{query.name}: counted from the data, it has no runs")
    table = count_table(query)
    answer = _sheet_answer(
        counts_sheet(table),
        counts_rows(table),
        hint="The same under another split: --protocol",
        conditions={"protocol": table.protocol},
    )
    if not table.missing():
        return answer
    row, error = table.missing()[0]
    absent = f"{len(table.missing())} of {len(table.rows)} datasets are not at hand"
    return replace(answer, error=Incomplete(f"{absent}; the first is {row.dataset}: {error}"))


def _sheet_answer(
    sheet: Sheet,
    rows: list[Long],
    *,
    hint: str,
    conditions: Mapping[str, str],
    closing: str = "",
) -> Answer:
    """Write the table to files; the answer that shows it."""
    from bench.folders import results_folder
    from bench.render.files import csv_text, write_sheet
    from bench.render.terminal import console_for_tables, print_sheet, speech
    from bench.render.text import wrapped

    def text() -> str | None:
        console = console_for_tables()
        print_sheet(console, sheet, written, hint=hint)
        lines = wrapped(speech(console)(closing), "", console.width)
        return "\n".join(lines) if closing else None

    written = write_sheet(sheet, csv_text(rows), results_folder() / "tables")
    files = [str(path) for path in written]
    return Answer(
        text=text,
        json=lambda: {"table": sheet.name, **conditions, "cells": rows, "files": files},
    )


def _figure(plan: FigurePlan, how: How, *, fresh: bool) -> Answer:
    """One figure; a shipped record that came without the array it draws is made again."""
    from bench.figures.caption import sheet_of, write_figure
    from bench.figures.collect import collect, figure_rows, undrawn
    from bench.folders import results_folder
    from bench.render.terminal import console_for_tables, print_sheet
    from bench.store.store import open_store

    key, store = plan.spec.key, open_store(fresh=fresh)
    lacking = undrawn(plan, store)
    if how.dry:
        line = planned_line(plan.jobs, lacking, how.workers)
        return Answer(lambda: f"{key}: {line}")
    into = open_store(fresh=True) if lacking else store
    outcome = make_or_tell(key, lacking or plan.jobs, into, how)
    store.refresh()
    figure = collect(plan, store)
    written = write_figure(figure, results_folder())
    answer = Answer(
        text=lambda: print_sheet(console_for_tables(), sheet_of(figure), written, hint=""),
        json=lambda: {
            "figure": key,
            "protocol": plan.conditions.protocol.key,
            "budget": plan.conditions.budget.key,
            "points": figure_rows(figure),
            "files": [str(path) for path in written],
        },
    )
    return ended(answer, outcome, "runs are missing", whole=not figure.missing())
