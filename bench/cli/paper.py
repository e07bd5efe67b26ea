"""`bench paper | report`: everything there is as one document."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.inventory import answer_of_each
from bench.cli.making import INTERRUPTED, with_gaps
from bench.cli.tables import figures, table
from bench.cli.verb import Answer, Mode, file, present, switch, verb, with_help
from bench.errors import BenchError, DataError, Incomplete, RunsFailed, UsageError
from bench.folders import figure_names, results_folder, table_names, tables_folder
from bench.plan.query import Query, conditions_of
from bench.render.text import counted, say

if TYPE_CHECKING:
    from bench.report.gather import Report
    from bench.store.store import Store


@verb(
    with_help("protocols", "Only these protocols, or FILE.toml.", usual="all"),
    "budgets",
    file("--out", "Where to; report/report.html of the results."),
    switch("--pdf", "Compile tables and figures to a PDF beside it, too."),
    with_help("strict", "Exit status 4 if cells are empty."),
    "fresh json",
)
def report(query: Query, mode: Mode, store: Store, out: Path | None, pdf: bool) -> Answer:
    """Write everything that the records say as one HTML page.

    Tables with their printed numbers, figures, claims, audit, bridge, differences, cost and
    settings, under every protocol and budget there are records of. Runs nothing. The exit status
    is 5 where a record is damaged; the page is written all the same.

    Example: bench report --budget quick
    """
    from bench.render.files import ANOTHER_FILE, RESULTS, write_durable
    from bench.report.gather import as_json, gather, summary
    from bench.report.page import html, write_pdf
    from bench.report.scope import scope_of

    if pdf and out and out.suffix == ".pdf":
        raise UsageError(f"--out {out}: it names the page, and --pdf writes beside it; use .html")
    with uncollected():
        found = gather(scope_of(query.protocols, query.budgets), store)
        page = html(found).encode()
    path = out or results_folder() / "report" / "report.html"
    write_durable(path, page, ANOTHER_FILE if out else RESULTS, named=bool(out))
    files = [str(path)]
    if pdf:
        write_pdf(found, store, path.with_suffix(".pdf"))
        files.append(str(path.with_suffix(".pdf")))
    answer = Answer(
        lambda: [f"{path}: {summary(found)}", *files[1:]],
        json=lambda: {"files": files, **as_json(found)},
    )
    gaps = _left_out(found)
    return with_gaps(answer, gaps, strict=mode.strict or isinstance(gaps, DataError))


@contextmanager
def uncollected() -> Iterator[None]:
    """Without a search for cycles of objects, which takes a fifth of the time where all stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # together: what is there counts as old, which no search begins with
        gc.enable()


@verb(
    "protocol budget metric datasets methods seeds workers on rows",
    with_help("no_run", "Show what is there, make and fetch nothing; exit status 0 in any case."),
    "strict dry yes fresh",
)
def paper(query: Query, mode: Mode, store: Store) -> Answer:
    """Make all printed tables and figures, and one PDF of them.

    Fetches the data that are missing, makes the runs that are missing, renders, and compiles. The
    exit status is 3 where runs failed, 4 where something is absent, which is named at the end.

    Example: bench paper --dry-run
    """
    from bench.render.files import compile_document

    conditions_of(query)  # an unknown protocol or budget is said once, before anything is fetched
    _fetch(mode)
    absent, failed = [], False
    for name in printed_names():
        if name not in (*table_names(), *figure_names()):
            absent.append(f"{name} (not built yet)")
            continue
        status = _make(replace(query, name=name), replace(mode, strict=True), store)
        if status == INTERRUPTED:
            return Answer(status=status)
        if status:
            absent.append(_lacking(name, status))
            failed = failed or status == RunsFailed.exit_status
    folder = results_folder() / "tables"
    if mode.dry:
        say(f"PDF: would be compiled in {folder}")
    else:
        try:
            say(f"written: {compile_document(folder)}")
        except Incomplete as error:
            absent.append(f"PDF ({error})")
    notes = (f"absent: {', '.join(absent)}",) if absent else ()
    lenient = mode.no_run and not mode.strict
    missing = Incomplete.exit_status if absent and not lenient else 0
    status = RunsFailed.exit_status if failed else missing
    return Answer(notes=notes, status=status)


def _fetch(mode: Mode) -> None:
    """Fetch what is missing, or say how much that is; what cannot be fetched stops nothing."""
    from bench.datasets.at_hand import list_datasets
    from bench.datasets.fetch import fetch_unless_at_hand, select_downloads
    from bench.datasets.source import Places

    places, datasets = Places.from_environment(), select_downloads([], everything=True)
    if mode.dry:
        listed = {line["key"]: line["place"] for line in list_datasets(places)}
        absent = sum(listed[key] in ("absent", "damaged") for key in datasets)
        say(f"data: {counted(absent, 'dataset')} would be fetched")
    elif not mode.no_run:
        answer = answer_of_each(datasets, partial(fetch_unless_at_hand, places=places))
        if answer.error:
            say(f"bench: {answer.error}", err=True)


def printed_names() -> tuple[str, ...]:
    """The tables whose printed numbers are known, whether they can be made or not, and figures."""
    tables = {path.parent.name for path in tables_folder().glob("*/published.csv")}
    return (*sorted(tables), *figure_names())


def _make(query: Query, mode: Mode, store: Store) -> int:
    """Make and show a table or figure; its exit status, after saying what is wrong."""
    try:
        if query.name in table_names():
            return present(table(query, mode, store), mode)
        if query.metric or query.methods:
            raise UsageError(f"{query.name} takes neither --metric nor --method")
        return present(figures([query], mode, store), mode)
    except BenchError as error:
        say(f"bench: {error}", err=True)
        return error.exit_status


def _lacking(name: str, status: int) -> str:
    """What a table or figure lacks."""
    if status == UsageError.exit_status:
        return f"{name} (does not take these options)"
    return f"{'parts' if name in figure_names() else 'cells'} of {name} (see its notes)"


def _left_out(report: Report) -> BenchError | None:
    """What the report is written without."""
    if report.refused:
        more = f"; {len(report.refused) - 1} more like it" if len(report.refused) > 1 else ""
        return DataError(f"{report.refused[0]}{more}; the report was written without")
    views = [view for table in report.tables for view in table.by_condition]
    tables = [view.table for view in views if view.table]
    empty = sum(len(table.missing()) for table in tables)
    if not empty:
        return None
    cells = sum(len(table.entries()) for table in tables)
    are = "is" if empty == 1 else "are"
    return Incomplete(
        f"{empty} of {cells} cells {are} empty; the report says which commands make them"
    )
