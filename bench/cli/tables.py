"""Tables and figures: making, showing and listing them, and explaining a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from bench.cli.making import (
    INTERRUPTED,
    ended,
    make_or_tell,
    planned_line,
    runs_json,
    unfinished,
    with_gaps,
)
from bench.cli.verb import Answer, Command, Mode, command, present, text, verb, with_help
from bench.errors import BenchError, Incomplete, UsageError, exclude
from bench.folders import results_folder, table_names
from bench.plan.budget import budgets
from bench.plan.query import Query
from bench.render.outline import Outline
from bench.render.text import aligned, say

if TYPE_CHECKING:
    from bench.figures.plan import FigurePlan
    from bench.judge.collect import JudgedTable
    from bench.plan.job import Job
    from bench.plan.selection import TablePlan
    from bench.render.files import Long
    from bench.render.sheet import Sheet
    from bench.store.store import Store


Plan = TypeVar("Plan", "TablePlan", "FigurePlan")
UNDRAWN = "runs are missing; the notes below the caption name the commands that make them"


def table_command(name: str, title: str) -> Command:
    """The command of one table; one of counts has no runs to select."""
    from bench.declared.tables import read_table

    def answers(query: Query, mode: Mode, store: Store) -> Answer:
        if read_table(name).kind == "counts":
            needs_runs = {"--budget": query.budget, "--metric": query.metric, "-s": query.seeds}
            exclude(f"`bench {name}`", needs_runs | {"--with": query.appended})
        return table(replace(query, name=name), mode, store)

    answers.__doc__ = f"{title}.\n\nExample: bench {name} --no-run"
    selecting = "protocol budget metric datasets methods seeds appended"
    return command(answers, selecting, "workers on rows no_run strict dry yes fresh json")


def figures_command(command_name: str, names: Sequence[str], title: str) -> Command:
    """The command of these figures."""

    def answers(query: Query, mode: Mode, store: Store) -> Answer:
        return figures([replace(query, name=name) for name in names], mode, store)

    answers.__doc__ = f"{title}.\n\nExample: bench {command_name} --dry-run"
    drawing = with_help("no_run", "Draw what is there, make nothing; exit status 0 in any case.")
    return command(
        answers, "protocol budget datasets seeds workers on", drawing, "strict dry yes fresh json"
    )


def table(query: Query, mode: Mode, store: Store) -> Answer:
    """Make what is missing of a table, render it into files, and show it.

    Raises:
        UsageError: something unknown was asked for.
    """
    from bench.declared.tables import read_table
    from bench.judge.cell import StoredRuns
    from bench.judge.collect import collect
    from bench.plan.selection import plan_table

    if read_table(query.name).kind == "counts":
        return _count_table(query, mode)
    plan = plan_table(query)
    if mode.dry:
        return _planned(plan.spec.key, plan.jobs, store.missing(plan.jobs), mode)
    plan, notes = _with_records(plan_table, query, plan, store, mode)
    outcome = make_or_tell(plan.spec.key, plan.jobs, store, mode)
    found = collect(plan, StoredRuns(store))
    empty = len(found.missing())
    lacking = (
        f"{empty} of {len(found.entries())} cells of {plan.spec.key} are empty; "
        "the notes below the table name the commands that make them"
    )
    answer = replace(_score_table(found, mode), notes=notes)
    return ended(answer, outcome, mode, lacking if empty else "")


def _planned(key: str, jobs: Sequence[Job], missing: Sequence[Job], mode: Mode) -> Answer:
    """What would be made of a table or figure."""
    line = planned_line(jobs, missing, mode.workers)
    return Answer(lambda: [f"{key}: {line}"], lambda: runs_json(jobs, missing))


def _with_records(
    plan_of: Callable[[Query], Plan], query: Query, usual: Plan, store: Store, mode: Mode
) -> tuple[Plan, tuple[str, ...]]:
    """The plan that is shown: where no budget is named and only others than the usual have runs, it
    is that of the most runs unless runs are to be made; and a line that says so."""
    name, key = usual.conditions.name, usual.conditions.budget.key
    if query.budget or mode.dry or len(store.missing(usual.jobs)) < len(usual.jobs):
        return usual, ()
    others = []
    for budget in budgets():
        with suppress(UsageError):  # not for these datasets
            other = plan_of(replace(query, budget=budget))
            others.append((len(other.jobs) - len(store.missing(other.jobs)), other))
    there, most = max(others, key=itemgetter(0))
    found = f"{name}: no run under budget {key} is there, but {there} of {len(most.jobs)}"
    found += f" under budget {most.conditions.budget.key}, which "
    if there and mode.no_run:
        return most, (f"{found}are shown; --budget {key} shows the usual one",)
    if there and not mode.json:
        say(f"{found}--no-run shows", err=True)
    return usual, ()


def figures(queries: Sequence[Query], mode: Mode, store: Store) -> Answer:
    """Make what is missing of each figure, draw it, and show its caption before the next is begun.

    Raises:
        UsageError: something unknown was asked for.
    """
    from bench.figures.plan import plan_figure

    errors: dict[str, BenchError] = {}
    for query, usual in [(query, plan_figure(query)) for query in queries]:
        plan, notes = _with_records(plan_figure, query, usual, store, mode)
        answer = _figure(plan, mode, store)
        present(replace(answer, notes=(*notes, *answer.notes), error=None), mode)
        if answer.status == INTERRUPTED:
            return Answer(status=INTERRUPTED)
        if answer.error:
            errors[plan.spec.key] = answer.error
    if not errors:
        return Answer()
    kind = unfinished(*(error.exit_status for error in errors.values()))
    return Answer(error=kind(f"{', '.join(errors)}: {UNDRAWN}"))


@verb("protocol budget", with_help("strict", "Exit status 4 if runs are missing."), "fresh json")
def list_tables(query: Query, mode: Mode, store: Store) -> Answer:
    """List the tables and how much of each is there.

    Example: bench tables --budget quick
    """
    from bench.tables.sheet import table_states

    states = list(table_states([replace(query, name=name) for name in table_names()], store))
    rows = [[str(state[name]) for name in ("table", "there", "title")] for state in states]
    missing = sum(int(state.get("runs", 0)) - int(state.get("made", 0)) for state in states)
    error = Incomplete(f"{missing} runs are missing; `bench plan TABLE` says which")
    return Answer(
        lambda: aligned(rows), lambda: states, error=error if mode.strict and missing else None
    )


@verb(
    text("", "TABLE", "Such as table5.", field="name", default=..., known=table_names),
    text("", "ROW", "A dataset's key, or a title.", field="row", default=...),
    text("", "COLUMN", "A method's key, net:method, or a title.", field="column", default=...),
    "protocol budget metric seeds fresh json",
)
def why(query: Query, store: Store, row: str, column: str) -> Answer:
    """Explain one cell.

    Its runs, settings, printed value, verdict with its rule, and the command that makes it.

    Example: bench why table5 vehicle iunet
    """
    from bench.tables.why import explained, why_lines

    explanation = explained(query, row, column, store)
    return Answer(lambda: why_lines(explanation), lambda: explanation)


def _score_table(table: JudgedTable, mode: Mode) -> Answer:
    from bench.tables.sheet import collected_rows, sheet_of

    plan, under = table.plan, table.plan.conditions
    answer = _sheet_answer(
        replace(sheet_of(table), every_row=mode.rows == "all"),
        collected_rows(table),
        {"protocol": under.protocol.key, "budget": under.budget.key},
        hint=f"A cell explained: bench why {plan.example} {' '.join(under.options)}".strip(),
    )
    return answer if table.missing() else replace(answer, closing=plan.spec.closing)


def _count_table(query: Query, mode: Mode) -> Answer:
    from bench.datasets.load import load_counts
    from bench.tables.counts import count_table, counts_sheet

    if mode.dry:
        return Answer(lambda: [f"{query.name}: counted from the data, it has no runs"], list)
    table = count_table(query, load_counts)
    hint = "The same under another split: --protocol"
    conditions = {"protocol": table.conditions.protocol.key}
    sheet = replace(counts_sheet(table), every_row=mode.rows == "all")
    answer = _sheet_answer(sheet, table.cells(), conditions, hint)
    if not table.missing():
        return answer
    row, error = table.missing()[0]
    absent = f"{len(table.missing())} of {len(table.rows)} datasets are not at hand"
    gaps = Incomplete(f"{absent}; the first is {row.dataset}: {error}")
    return with_gaps(answer, gaps, strict=mode.strict or not mode.no_run)


def _sheet_answer(sheet: Sheet, rows: list[Long], conditions: dict[str, str], hint: str) -> Answer:
    """Write the table to files; the answer that shows it."""
    from bench.render.files import csv_text, write_sheet

    return Answer(
        page=lambda: Outline("", (sheet,)),
        json=lambda: {"table": sheet.name, **conditions, "cells": rows},
        files=write_sheet(sheet, csv_text(rows), results_folder() / "tables"),
        below=(hint,),
    )


def _figure(plan: FigurePlan, mode: Mode, store: Store) -> Answer:
    """One figure; a shipped record that came without the array it draws is made again."""
    from bench.figures.caption import sheet_of, write_figure
    from bench.figures.collect import collect, figure_rows, undrawn
    from bench.judge.cell import StoredRuns
    from bench.store.store import open_store

    key, lacking = plan.spec.key, undrawn(plan, store)
    if mode.dry:
        return _planned(key, plan.jobs, lacking, mode)
    into = open_store(fresh=True) if lacking else store
    outcome = make_or_tell(key, lacking or plan.jobs, into, mode)
    store.refresh()
    figure = collect(plan, StoredRuns(store))
    answer = Answer(
        page=lambda: Outline("", (sheet_of(figure),)),
        json=lambda: {
            "figure": key,
            "protocol": plan.conditions.protocol.key,
            "budget": plan.conditions.budget.key,
            "points": figure_rows(figure),
        },
        files=write_figure(figure, results_folder()),
        below=("",),
    )
    return ended(answer, outcome, mode, f"{key}: {UNDRAWN}" if figure.missing() else "")
