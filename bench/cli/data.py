"""`bench data list | fetch | verify | import`: what is at hand, and getting the rest."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.places import data_places
from bench.errors import DataError

if TYPE_CHECKING:
    from bench.datasets.manage import Listed

app = typer.Typer(help="Datasets: what is at hand, and getting the rest.", no_args_is_help=True)

_NUMBERS = ("rows", "features", "classes", "largest %", "smallest %", "OpenML")
_TITLES = ("dataset", *_NUMBERS[:3], "where", *_NUMBERS[3:], "checked by", "file")

Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY", help="Dataset keys.")]


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every dataset and where it would come from."""
    from bench.datasets.manage import list_datasets

    listed = list_datasets(data_places())
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in listed], indent=1))
    else:
        _print_listed(listed)


@app.command("fetch")
def fetch_command(
    keys: Keys = None,
    everything: Annotated[bool, typer.Option("--all", help="All that can be downloaded.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Again even if at hand.")] = False,
    deadline: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="For each; by its size if not given."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Another OpenML API; for pictures a folder with their archives."
        ),
    ] = None,
) -> None:
    """Download tables from OpenML and pictures through torchvision.

    One at a time, checked, into the local store below BENCH_CACHE_DIR.
    """
    from bench.datasets.manage import chosen, fetch_each

    datasets = chosen(keys or [], everything)
    places = data_places()
    _report(
        fetch_each(datasets, places, force=force, server=server, deadline=deadline),
        len(datasets) == 1,
    )


@app.command("verify")
def verify_command(keys: Keys = None) -> None:
    """Compare datasets with the catalogue.

    All at hand if none is named.
    """
    from bench.datasets.manage import verify_each

    _report(verify_each(keys or [], data_places()), len(keys or []) == 1)


@app.command("import")
def import_command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .parquet, .csv, .arff or .npz; for pictures a folder with manifest.json.",
        ),
    ],
    key: Annotated[str, typer.Option("--as", metavar="KEY", help="The dataset it is.")],
    target: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help='The class; "target" or the last if not given.'),
    ] = None,
    categorical: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Its numbers are categories; repeatable."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Not a feature; repeatable.")
    ] = None,
) -> None:
    """Check data you have and keep them in the local store."""
    from bench.datasets.bring import import_data
    from bench.datasets.catalogue import find_entry
    from bench.datasets.manage import size_of
    from bench.datasets.read import Reading

    reading = Reading(target, tuple(categorical or ()), tuple(drop or ()))
    entry = import_data(file, key, data_places(), reading)
    typer.echo("; ".join([f"{key}: kept {size_of(find_entry(key), entry)}", *entry.notes]))


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
    """A line each; on a terminal with titles, and without the last columns if they do not fit."""
    lines = [_TITLES, *(_cells(line) for line in listed)]
    widths = [max(len(cells[at]) for cells in lines) for at in range(len(_TITLES))]
    if not sys.stdout.isatty():
        for cells in lines[1:]:
            typer.echo(_joined(cells, widths))
        return
    room = shutil.get_terminal_size().columns
    fitting = sum(end - 2 <= room for end in accumulate(width + 2 for width in widths))
    for cells in lines:
        typer.echo(_joined(cells, widths[: max(fitting, 1)]))
    here = sum(line.place in ("store", "folder", "embedded") for line in listed)
    typer.echo(f"{here} of {len(listed)} at hand; `bench data fetch KEY` gets one")


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    """As many cells as there are widths, numbers to the right."""
    parts = [
        cell.rjust(width) if title in _NUMBERS else cell.ljust(width)
        for cell, width, title in zip(cells, widths, _TITLES, strict=False)
    ]
    return "  ".join(parts).rstrip()


def _cells(line: Listed) -> tuple[str, ...]:
    """In the order of the titles; what matters least comes last."""
    return (
        line.key,
        f"{line.rows:,}",
        f"{line.features:,}",
        str(line.classes or "?"),
        line.place,
        "-" if line.majority is None else f"{100 * line.majority:.2f}",
        "-" if line.minority is None else f"{100 * line.minority:.2f}",
        str(line.dataset_id or "-"),
        line.checked_by,
        "" if line.place == "absent" else line.where,
    )
