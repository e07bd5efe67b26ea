"""`bench verdict`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bench.cli import selection as select
from bench.errors import UsageError
from bench.render.files import write_named


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verdict")(verdict_command)


def verdict_command(
    protocols: Annotated[
        list[str] | None,
        typer.Option("--protocol", metavar="KEY,...", help="Only these protocols, or FILE.toml."),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write a Markdown page.")
    ] = None,
    fresh: select.Fresh = False,
    as_json: select.AsJson = False,
) -> None:
    """Say what all runs together say about the paper.

    Whether IUNET beats the dense network, other masks, its own ablations and trees, with effects,
    intervals and tests over datasets, on own runs and on the printed numbers; what the answers
    hang on, and what would change them. Runs nothing.
    """
    from bench.render.terminal import console_for_tables
    from bench.store.store import open_store
    from bench.verdict import page
    from bench.verdict.listed import as_json as listed
    from bench.verdict.verdict import verdict
    from iunet.declare.contract import UnknownKey

    try:
        found = verdict(open_store(fresh=fresh), select.words(protocols))
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    if markdown is not None:
        write_named(markdown, page.markdown(found))
    if as_json:
        typer.echo(json.dumps(listed(found), indent=1, allow_nan=False))
    elif markdown is not None:
        typer.echo(f"written to {markdown}")
    else:
        page.show(console_for_tables(), found)
