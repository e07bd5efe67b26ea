"""`bench check`: runs against a reference."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bench.cli.answer import Answer, How, give, terminal_width
from bench.cli.options import (
    BUDGETS,
    DATASETS,
    JSON,
    MARKDOWN,
    METHODS,
    METRIC,
    PROTOCOLS,
    file,
    protocol_names,
    switch,
    text,
    verb,
)
from bench.errors import NotComparable, UsageError
from bench.plan.query import Query
from bench.render.files import write_named

if TYPE_CHECKING:
    from bench.check.outcome import Report
    from bench.check.sides import Reference
    from bench.store.records import Record
    from bench.store.store import Store


@verb(
    file(
        "against",
        "--against",
        metavar="REF",
        help="Records: a results folder, .jsonl files, or one file.",
        default=...,
    ),
    *(DATASETS, METHODS, PROTOCOLS.saying("Only these settings."), BUDGETS),
    METRIC.saying("Of the statistics: usually balanced accuracy, of pictures accuracy."),
    switch("upgrade", "--upgrade", help="Judge other library versions by statistics too."),
    switch("measure", "--measure-null", help="Store the spreads over the seeds of REF, and stop."),
    text(
        *("accepted", "--accept"),
        metavar="REASON",
        help="Write what changed into the reference.",
        default=None,
    ),
    MARKDOWN.saying("Write a Markdown summary.", name="summary"),
    file("junit", "--junit", help="Write JUnit XML."),
    file("benchmark", "--benchmark", help="Write scores for benchmark tracking."),
    JSON,
)
def check(
    query: Query,
    how: How,
    against: Path,
    protocols: tuple[str, ...],
    budgets: tuple[str, ...],
    upgrade: bool,
    measure: bool,
    accepted: str | None,
    summary: Path | None,
    junit: Path | None,
    benchmark: Path | None,
) -> Answer:
    """Say whether a change broke anything.

    Compares your runs with a reference: fingerprints where the environment is the same, statistics
    over datasets where it is another of the same lock. Exit status 0: nothing did; 1: something is
    worse or other than it was; 6: not all could be compared.
    """
    from bench.check import page
    from bench.check.outcome import STATUS
    from bench.check.sides import read_side
    from bench.render.outline import as_markdown, as_text

    reference = read_side(against)
    if measure:
        return _measure(reference, query.metric)
    names = {
        "dataset": query.datasets,
        "method": query.methods,
        "protocol": protocol_names(protocols),
        "budget": budgets,
    }
    here, there, report = _compare(reference, names, query.metric, upgrade)
    if summary is not None:
        write_named(summary, as_markdown(page.outline(report), 2))
    if junit is not None:
        write_named(junit, page.junit(report))
    if benchmark is not None:
        scores = json.dumps(page.benchmark(report), indent=1, allow_nan=False)
        write_named(benchmark, f"{scores}\n")
    answer = Answer(
        text=lambda: as_text(page.outline(report), terminal_width()),
        json=lambda: page.as_json(report),
        status=STATUS[report.outcome],
    )
    if accepted is None:
        return answer
    give(answer, how)
    typer.echo(_accept(reference, there, here, report, accepted), err=how.json)
    return Answer()


def _compare(
    reference: Reference, names: Mapping[str, Sequence[str]], metric: str, upgrade: bool
) -> tuple[Sequence[Record], Sequence[Record], Report]:
    """(records here, records of the reference, report), as far as they are selected."""
    from bench.check.check import Rules, Sides, check, read_lock
    from bench.check.columns import read_null
    from bench.check.sides import selected

    store = _own_store(reference)
    own = _own_records(store, reference)
    known = (*reference.records, *own)
    there, here = (selected(records, names, known) for records in (reference.records, own))
    _refuse_what_cannot_be_compared(reference, there, here, store, metric)
    sides = Sides(
        title=str(reference.path),
        reference=there,
        current=here,
        whole=reference.records,
        failures={failure.run_id: failure.reason for failure in store.failures()},
    )
    report = check(sides, Rules(read_lock(), upgrade), read_null(reference.beside), metric)
    return here, there, report


def _own_store(reference: Reference) -> Store:
    from bench.folders import results_folder
    from bench.store.store import open_store

    if (reference.path / "runs").is_dir() and reference.path.samefile(results_folder()):
        raise UsageError(f"{reference.path} is the results folder itself; name another reference")
    return open_store(fresh=True)


def _own_records(store: Store, reference: Reference) -> tuple[Record, ...]:
    """Without the steps of a bridge, unless the reference has some."""
    from bench.bridge.way import is_step

    steps = any(is_step(record.protocol) for record in reference.records)
    return tuple(record for record in store.records() if steps or not is_step(record.protocol))


def _refuse_what_cannot_be_compared(
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


def _measure(reference: Reference, metric: str) -> Answer:
    from bench.check.columns import MEASURED, measure_null, write_null

    null = measure_null(reference.records, (metric,) if metric else MEASURED)
    if not null.spreads:
        raise NotComparable(f"{reference.path} has one seed a cell; a null needs two or more")
    path = write_null(null, reference.beside)
    cells = sum(len(cells) for cells in null.spreads.values())
    line = f"{path}: the spread over seeds of {cells} cells in {len(null.spreads)} columns"
    return Answer(lambda: line)


def _accept(
    reference: Reference,
    there: Sequence[Record],
    here: Sequence[Record],
    report: Report,
    reason: str,
) -> str:
    """Write what changed into the reference; what was written."""
    from bench.check.accept import accept
    from bench.figures.shipped import drawings_of
    from bench.store.store import open_store

    drawings = drawings_of(here, open_store(fresh=True))
    done = accept(reference, there, here, report, reason, drawings)
    if not done.path:
        return "nothing to accept: every record is equal"
    counts = f"records written: {len(done.written)}, replaced: {len(done.dropped)}"
    return f"{counts}; see {done.path}"
