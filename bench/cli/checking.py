"""`bench check`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import selection as select
from bench.errors import NotComparable, UsageError
from bench.render.files import write_named

if TYPE_CHECKING:
    from bench.check.outcome import Report
    from bench.check.reading import Chosen, Reference
    from bench.store.inline import Arrays
    from bench.store.records import Record
    from bench.store.store import Store

Against = Annotated[
    Path,
    typer.Option(
        "--against", metavar="REF", help="Records: a results folder, .jsonl files, or one file."
    ),
]
Protocols = Annotated[
    list[str] | None, typer.Option("--protocol", metavar="KEY,...", help="Only these settings.")
]
Budgets = Annotated[
    list[str] | None, typer.Option("--budget", metavar="KEY,...", help="Only these budgets.")
]
Metric = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Of the statistics: usually balanced accuracy, of pictures accuracy."
    ),
]
Upgrade = Annotated[
    bool, typer.Option("--upgrade", help="Judge other library versions by statistics too.")
]
MeasureNull = Annotated[
    bool, typer.Option("--measure-null", help="Store the spreads over the seeds of REF, and stop.")
]
Accept = Annotated[
    str | None,
    typer.Option("--accept", metavar="REASON", help="Write what changed into the reference."),
]
Markdown = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write a Markdown summary.")
]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")]
Benchmark = Annotated[
    Path | None,
    typer.Option("--benchmark", metavar="FILE", help="Write scores for benchmark tracking."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check_command)


def check_command(
    against: Against,
    datasets: select.Datasets = None,
    methods: select.Methods = None,
    protocols: Protocols = None,
    budgets: Budgets = None,
    metric: Metric = "",
    upgrade: Upgrade = False,
    measure: MeasureNull = False,
    accepted: Accept = None,
    markdown: Markdown = None,
    junit: Junit = None,
    benchmark: Benchmark = None,
    as_json: select.AsJson = False,
) -> int:
    """Say whether a change broke anything.

    Compares your runs with a reference: fingerprints where the environment is the same, statistics
    over datasets where it is another of the same lock. Exit status 0: nothing did; 1: something is
    worse or other than it was; 6: not all could be compared.
    """
    from bench.check.reading import Chosen, read_side

    reference = read_side(against)
    if measure:
        return _measure(reference, metric)
    asked = Chosen(
        select.words(datasets),
        select.words(methods),
        select.protocol_names(protocols),
        select.words(budgets),
    )
    here, there, report = _compare(reference, asked, metric, upgrade)
    _write(report, markdown, junit, benchmark)
    _show(report, as_json)
    if accepted is not None:
        return _accept(reference, there, here, report, accepted, as_json)
    from bench.check.outcome import STATUS

    return STATUS[report.outcome]


def _compare(
    reference: Reference, asked: Chosen, metric: str, upgrade: bool
) -> tuple[Sequence[Record], Sequence[Record], Report]:
    """(records here, records of the reference, report), as far as they are asked for."""
    from bench.check.check import Sides, check
    from bench.check.environment import Rules, read_lock
    from bench.check.null import read_null
    from bench.check.reading import chosen

    store = _own_store(reference)
    own = _own_records(store, reference)
    known = (*reference.records, *own)
    there, here = (chosen(records, asked, known) for records in (reference.records, own))
    _comparable(reference, there, here, store, metric)
    sides = Sides(
        title=str(reference.path),
        reference=there,
        current=here,
        whole=reference.records,
        failures={failure.run_id: failure.reason for failure in store.failures()},
    )
    report = check(sides, Rules(read_lock(), upgrade), read_null(reference.beside), metric)
    return here, there, report


def _own_records(store: Store, reference: Reference) -> tuple[Record, ...]:
    """Without the steps of a bridge, unless the reference has some."""
    from bench.bridge.way import is_step

    steps = any(is_step(record.protocol) for record in reference.records)
    return tuple(record for record in store.records() if steps or not is_step(record.protocol))


def _own_store(reference: Reference) -> Store:
    from bench.folders import results_folder
    from bench.store.store import open_store

    if (reference.path / "runs").is_dir() and reference.path.samefile(results_folder()):
        raise UsageError(f"{reference.path} is the results folder itself; name another reference")
    return open_store(fresh=True)


def _comparable(
    reference: Reference,
    there: Sequence[Record],
    here: Sequence[Record],
    store: Store,
    metric: str,
) -> None:
    if not there:
        raise NotComparable(f"{reference.path} holds no record of what was asked for")
    if not here:
        raise NotComparable(
            f"{store.results} holds no run of your own of this; `bench run` makes it"
        )
    known = {name for record in there for name in record.result["metrics"]}
    if metric and metric not in known:
        listed = ", ".join(sorted(name for name in known if not name.startswith("valid_")))
        raise UsageError(f"no metric called {metric!r}; the records have: {listed}")


def _measure(reference: Reference, metric: str) -> int:
    from bench.check.null import MEASURED, measure_null, write_null

    null = measure_null(reference.records, (metric,) if metric else MEASURED)
    if not null.spreads:
        raise NotComparable(f"{reference.path} has one seed a cell; a null needs two or more")
    path = write_null(null, reference.beside)
    cells = sum(len(cells) for cells in null.spreads.values())
    typer.echo(f"{path}: the spread over seeds of {cells} cells in {len(null.spreads)} columns")
    return 0


def _accept(
    reference: Reference,
    there: Sequence[Record],
    here: Sequence[Record],
    report: Report,
    reason: str,
    quiet: bool,
) -> int:
    from bench.check.accept import accept
    from bench.figures.shipped import drawn_arrays
    from bench.store.store import open_store

    store, drawn = open_store(fresh=True), drawn_arrays(here)

    def drawings(run_id: str) -> Arrays:
        kept = store.drawings(run_id) if run_id in drawn else None
        return {name: array for name, array in (kept or {}).items() if name in drawn[run_id]}

    done = accept(reference, there, here, report, reason, drawings)
    said = f"records written: {len(done.written)}, replaced: {len(done.dropped)}; see {done.path}"
    typer.echo(said if done.path else "nothing to accept: every record is equal", err=quiet)
    return 0


def _show(report: Report, as_json: bool) -> None:
    from bench.check import page

    if as_json:
        typer.echo(json.dumps(page.as_json(report), indent=1, allow_nan=False))
    else:
        typer.echo(page.text(report))


def _write(
    report: Report, markdown: Path | None, junit: Path | None, benchmark: Path | None
) -> None:
    from bench.check import formats, page

    if markdown is not None:
        write_named(markdown, page.markdown(report))
    if junit is not None:
        write_named(junit, formats.junit(report))
    if benchmark is not None:
        write_named(
            benchmark, json.dumps(formats.benchmark(report), indent=1, allow_nan=False) + "\n"
        )
