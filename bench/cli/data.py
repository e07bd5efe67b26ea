"""`bench data list | fetch | verify | import`: what is at hand, and getting the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.errors import DataError

if TYPE_CHECKING:
    from bench.datasets.manage import Listed

app = typer.Typer(help="Datasets: what is at hand, and getting the rest.", no_args_is_help=True)

Keys = Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="Dataset keys.")]


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every dataset and where it would come from."""
    from bench.datasets.manage import list_datasets
    from bench.datasets.places import Places

    listed = list_datasets(Places.from_environment())
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in listed], indent=1))
    else:
        _print_listed(listed)


@app.command("fetch")
def fetch_command(
    keys: Keys = None,
    everything: Annotated[bool, typer.Option("--all", help="All of OpenML's.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also what is at hand.")] = False,
    deadline: Annotated[
        float | None, typer.Option(help="Seconds for each; by its size if not given.")
    ] = None,
    server: Annotated[str | None, typer.Option(help="Address of another OpenML API.")] = None,
) -> None:
    """Download datasets from OpenML into the local store, one at a time."""
    from bench.datasets.manage import chosen, fetch_each
    from bench.datasets.places import Places

    datasets = chosen(keys or [], everything)
    places = Places.from_environment()
    _report(
        fetch_each(datasets, places, force=force, server=server, deadline=deadline),
        len(datasets) == 1,
    )


@app.command("verify")
def verify_command(keys: Keys = None) -> None:
    """Read datasets again and compare them with the catalogue; all at hand if none is named."""
    from bench.datasets.manage import verify_each
    from bench.datasets.places import Places

    _report(verify_each(keys or [], Places.from_environment()), len(keys or []) == 1)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A parquet, CSV, ARFF or npz file.")],
    key: Annotated[str, typer.Option("--as", help="Dataset key.")],
    target: Annotated[
        str | None, typer.Option(help='Class column; "target" or the last if not given.')
    ] = None,
    categorical: Annotated[
        list[str] | None, typer.Option(help="A column whose numbers are categories; repeatable.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="A column that is not a feature; repeatable.")
    ] = None,
) -> None:
    """Check a file you have and keep it in the local store."""
    from bench.datasets.manage import import_file
    from bench.datasets.places import Places
    from bench.datasets.read import Reading

    reading = Reading(target, tuple(categorical or ()), tuple(drop or ()))
    entry = import_file(file, key, Places.from_environment(), reading)
    typer.echo(f"{key}: kept {entry.rows:,} rows x {entry.features:,} features")


def _report(results: Iterable[tuple[str, str | DataError]], alone: bool) -> None:
    """One line each as they come; then fail if any did, with the error itself if it is alone."""
    failed = []
    count = 0
    for key, result in results:
        count += 1
        if not isinstance(result, DataError):
            typer.echo(f"{key}: {result}")
        elif alone:
            raise result
        else:
            failed.append(key)
            typer.echo(str(result), err=True)
    if failed:
        raise DataError(f"{len(failed)} of {count} datasets are not in order: {', '.join(failed)}")
    if count == 0:
        typer.echo("no dataset at hand; `bench data list` shows how to get them")


def _print_listed(listed: list[Listed]) -> None:
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(_rich_table(listed))
        return
    width = max(len(line.key) for line in listed)
    for line in listed:
        shape = f"{line.rows:>9,} x {line.features:<5,} {line.classes or '?':>4}"
        typer.echo(f"{line.key:<{width}} {shape}  {line.place:<8} {line.where}")


def _rich_table(listed: list[Listed]) -> object:
    from rich.table import Table

    table = Table(caption="checked by: what every load compares with the catalogue")
    for title in ("dataset", "rows", "features", "classes", "largest %", "smallest %", "OpenML"):
        table.add_column(title, justify="left" if title == "dataset" else "right", no_wrap=True)
    table.add_column("at hand", no_wrap=True)
    table.add_column("checked by", no_wrap=True)
    table.add_column("where", overflow="fold")
    for line in listed:
        counts = (f"{line.rows:,}", f"{line.features:,}", str(line.classes or "?"))
        shares = (f"{100 * line.majority:.2f}", f"{100 * line.minority:.2f}")
        openml = str(line.dataset_id or "-")
        table.add_row(line.key, *counts, *shares, openml, line.place, line.checked_by, _short(line))
    return table


def _short(line: Listed) -> str:
    """The file's name, or the command that gets it."""
    return Path(line.where).name if line.place in ("store", "folder") else line.where
