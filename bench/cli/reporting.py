"""`bench report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from bench.cli import selection as select
from bench.errors import DataError, Incomplete

if TYPE_CHECKING:
    from bench.report.gather import Report
    from bench.store.store import Store

Budgets = Annotated[
    list[str] | None, typer.Option("--budget", metavar="KEY,...", help="Only these budgets.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report_command)


def report_command(
    protocols: select.Protocols = None,
    budgets: Budgets = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to; report/report.html of the results."),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Compile tables and figures to a PDF beside it, too.")
    ] = False,
    fresh: select.Fresh = False,
    as_json: select.AsJson = False,
) -> None:
    """Write everything that the records say as one HTML page.

    Tables with their printed numbers, figures, claims, audit, bridge, differences, cost and
    settings, under every protocol and budget there are records of. Runs nothing. The exit status
    is 4 where cells are empty, 5 where a record is damaged; the page is written all the same.
    """
    from bench.report.gather import gather
    from bench.report.scope import scope_of
    from bench.store.store import open_store

    scope = scope_of(select.words(protocols), select.words(budgets))
    store = open_store(fresh=fresh)
    report = gather(scope, store)
    path = _write(report, out)
    files = [path, *([_write_pdf(report, store, path)] if pdf else [])]
    _show(report, files, as_json)
    _end(report)


def _write(report: Report, out: Path | None) -> Path:
    from bench.folders import results_folder
    from bench.report.page import html
    from bench.store.write import NAMED, RESULTS, write_whole

    path = out or results_folder() / "report" / "report.html"
    content = html(report).encode()

    def filler(file: IO[bytes]) -> None:
        file.write(content)

    write_whole(path, filler, NAMED if out else RESULTS)
    return path


def _write_pdf(report: Report, store: Store, path: Path) -> Path:
    from bench.report.document import write_pdf

    target = path.with_suffix(".pdf")
    write_pdf(report, store, target)
    return target


def _show(report: Report, files: list[Path], as_json: bool) -> None:
    from bench.report.listed import as_json as listed
    from bench.report.listed import summary

    if as_json:
        content = {"files": [str(path) for path in files], **listed(report)}
        typer.echo(json.dumps(content, indent=1, allow_nan=False))
        return
    typer.echo(f"{files[0]}: {summary(report)}")
    for path in files[1:]:
        typer.echo(path)


def _end(report: Report) -> None:
    """Leave with the status that says what is missing."""
    if report.refused:
        more = f"; {len(report.refused) - 1} more like it" if len(report.refused) > 1 else ""
        raise DataError(f"{report.refused[0]}{more}; the report was written without")
    tables = [one.table for one in report.tallies if one.table is not None]
    empty = sum(len(table.missing()) for table in tables)
    if empty:
        cells = sum(len(table.entries()) for table in tables)
        raise Incomplete(
            f"{empty} of {cells} cells are empty; the report says which commands make them"
        )
