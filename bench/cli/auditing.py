"""`bench audit`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from bench.cli import selection as select
from bench.render.files import write_named


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit_command)


def audit_command(
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="TABLE", help="Only findings on these tables.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show every cell and number behind it.")
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write a Markdown page.")
    ] = None,
    as_json: select.AsJson = False,
) -> None:
    """Say what the printed numbers show about themselves.

    Recomputes wins, repeats, the scores a test part can give, one-class scores, spreads and counts
    from the printed tables alone. Findings are no errors: the exit status is 0.
    """
    from bench.audit import page
    from bench.audit.audit import audit_folder
    from bench.folders import tables_folder

    audit = audit_folder(tables_folder(), select.words(tables))
    if markdown is not None:
        write_named(markdown, page.markdown(audit))
    if as_json:
        typer.echo(json.dumps(page.as_json(audit), indent=1, allow_nan=False))
    elif markdown is not None:
        typer.echo(f"{markdown}: {page.summary(audit)}")
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        typer.echo(page.text(audit, verbose=verbose, width=width))
