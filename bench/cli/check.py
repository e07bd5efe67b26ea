"""`bench check`: runs against a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bench.cli.runs import record_names
from bench.cli.verb import Answer, How, Option, file, give, json_text, saying, switch, text, verb
from bench.errors import NotComparable, UsageError
from bench.plan.query import Query
from bench.render.files import write_named

if TYPE_CHECKING:
    from bench.check.check import Sides
    from bench.check.outcome import Report
    from bench.check.sides import Reference
    from bench.store.records import Record
    from bench.store.store import Store


AGAINST = "Records: a results folder, .jsonl files, or one file."


@verb(
    Option("--against", "REF", AGAINST, Path, default=...),
    "datasets methods",
    saying("protocols", "Only these settings."),
    "budgets",
    saying("metric", "Of the statistics: usually balanced accuracy, of pictures accuracy."),
    switch("--upgrade", "Judge other library versions by statistics too."),
    switch("--measure-null", "Store the spreads over the seeds of REF, and stop."),
    text("--accept", "REASON", "Write what changed into the reference.", default=None),
    saying("markdown", "Write a Markdown summary.", field="summary"),
    file("--junit", "Write JUnit XML."),
    file("--benchmark", "Write scores for benchmark tracking."),
    "json",
)
def check(
    query: Query,
    how: How,
    against: Path,
    protocols: tuple[str, ...],
    budgets: tuple[str, ...],
    upgrade: bool,
    measure_null: bool,
    accept: str | None,
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
    from bench.check.check import Rules, read_lock
    from bench.check.check import check as compare
    from bench.check.columns import read_null
    from bench.check.outcome import STATUS
    from bench.check.sides import read_side

    reference = read_side(against)
    if measure_null:
        return _measure(reference, query.metric)
    sides = _sides(reference, record_names(query, protocols, budgets), query.metric)
    null = read_null(reference.beside)
    report = compare(sides, Rules(read_lock(), upgrade), null, query.metric)
    _write(report, summary, junit, benchmark)
    answer = Answer(
        lambda: page.outline(report), lambda: page.as_json(report), status=STATUS[report.outcome]
    )
    if accept is None:
        return answer
    give(answer, how)
    typer.echo(_accept(reference, sides, report, accept), err=how.json)
    return Answer()


def _write(
    report: Report, summary: Path | None, junit: Path | None, benchmark: Path | None
) -> None:
    from bench.check import page
    from bench.render.outline import as_markdown

    if summary is not None:
        write_named(summary, as_markdown(page.outline(report), 2))
    if junit is not None:
        write_named(junit, page.junit(report))
    if benchmark is not None:
        write_named(benchmark, f"{json_text(page.benchmark(report))}\n")


def _sides(reference: Reference, names: Mapping[str, Sequence[str]], metric: str) -> Sides:
    """The records of both sides, as far as they are selected.

    Raises:
        UsageError: a name or metric that no record has, or a reference that is no other one.
        NotComparable: one of the sides has nothing of it.
    """
    from bench.check.check import Sides
    from bench.check.sides import selected

    store = _own_store(reference)
    own = _own_records(store, reference)
    known = (*reference.records, *own)
    there, here = (selected(records, names, known) for records in (reference.records, own))
    _refuse_what_cannot_be_compared(reference, there, here, store, metric)
    return Sides(
        title=str(reference.path),
        reference=there,
        current=here,
        whole=reference.records,
        failures={run_id: failure.reason for run_id, failure in store.failures().items()},
    )


def _own_store(reference: Reference) -> Store:
    from bench.folders import results_folder
    from bench.store.store import open_store

    if (reference.path / "runs").is_dir() and reference.path.samefile(results_folder()):
        raise UsageError(f"{reference.path} is the results folder itself; name another reference")
    return open_store(fresh=True)


def _own_records(store: Store, reference: Reference) -> tuple[Record, ...]:
    """Without the steps of a bridge, unless the reference has some."""
    from bench.bridge.direction import is_step

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


def _accept(reference: Reference, sides: Sides, report: Report, reason: str) -> str:
    """Write what changed into the reference; what was written."""
    from bench.check.accept import accept
    from bench.figures.plan import drawings_of
    from bench.store.store import open_store

    drawings = drawings_of(sides.current, open_store(fresh=True))
    done = accept(reference, sides.reference, sides.current, report, reason, drawings)
    if not done.path:
        return "nothing to accept: every record is equal"
    counts = f"records written: {len(done.written)}, replaced: {len(done.dropped)}"
    return f"{counts}; see {done.path}"
