"""`bench plan | run | status | export`: the runs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cli.making import (
    ended,
    make_missing,
    planned_line,
    planned_seconds,
    runs_json,
    usual_device,
)
from bench.cli.verb import Answer, Mode, file, switch, text, verb, with_help
from bench.errors import DataError, UsageError, exclude
from bench.folders import results_folder
from bench.plan.query import Query
from bench.render.text import aligned, counted, duration

if TYPE_CHECKING:
    from bench.plan.job import Job
    from bench.run.execute import Outcome
    from bench.store.records import Record
    from bench.store.store import Store

PLANNED = "tables datasets methods seeds protocols budget"
"""Runs of tables, or of every method on every dataset."""

INIT = "init"
CLUSTER = "init writes cluster.toml; nothing shows what holds."

STATES = ("made", "failed", "planned")
"""What is counted of the runs of a dataset."""


@verb(PLANNED, "workers fresh", switch("--jobs", "Show every run with its id."), "json")
def plan(query: Query, mode: Mode, store: Store, jobs: bool) -> Answer:
    """Show how many runs are missing, and how long those take.

    A line a table and dataset. Of the tables named, else of every method on every dataset; the
    options select. A run that several tables show counts once. With --json, every run.

    Example: bench plan table5 -d vehicle
    """
    return _plan(query, _jobs(query), store, mode, each=jobs)


@verb(
    PLANNED,
    "workers on",
    with_help("dry", "Only show what is missing."),
    "yes fresh",
    switch("--keep-stages", "Keep intermediate files of finished runs."),
    "json",
)
def run(query: Query, mode: Mode, store: Store, keep_stages: bool) -> Answer:
    """Make runs that are missing.

    Of the tables named, else of every method on every dataset; the options select. Ctrl-C stops;
    the same command goes on.

    Example: bench run table5 -d vehicle -m omp --dry-run
    """
    jobs = _jobs(query)
    if mode.dry:
        exclude("--dry-run", {"--keep-stages": keep_stages})
        return _plan(query, store.missing(jobs), store, mode)
    outcome = make_missing(jobs, store, mode, keep_stages=keep_stages)
    return ended(Answer(json=lambda: _as_json(outcome)), outcome, mode)


@verb(PLANNED, "fresh", switch("--failures", "Show the traceback of every failure."), "json")
def status(query: Query, store: Store, failures: bool) -> Answer:
    """Show how much is made, by dataset, and what is in hand.

    Of the tables named, else of every method on every dataset; the options select.

    Example: bench status table5 -d vehicle
    """
    jobs = _jobs(query)
    if not failures:
        rows = _progress(jobs, store)
        return Answer(lambda: [*_progress_lines(rows), *_in_hand_lines(jobs, store)], lambda: rows)
    missing = {job.run_id for job in store.missing(jobs)}
    found = [failure for run_id, failure in store.failures().items() if run_id in missing]
    lines = [line for one in found for line in (one.title, *one.traceback.split("\n"))]
    return Answer(
        lambda: [*lines, counted(len(found), "failure")],
        lambda: [asdict(failure) for failure in found],
    )


@verb(text("", "WHAT", CLUSTER, field="what", known=lambda: (INIT,)))
def cluster(what: str) -> Answer:
    """Show or begin the settings of a cluster.

    `bench cluster init` writes cluster.toml into the results folder, all at its defaults; --on
    follows it.

    Example: bench cluster
    """
    from bench.run.engine import SITE, site_settings, write_site

    if what not in ("", INIT):
        raise UsageError(f"nothing to do called {what!r}; known: {INIT}")
    if what:
        return Answer(lambda: [f"written to {write_site()}; edit it for your cluster"])
    parts = asdict(site_settings()).items()
    lines = [f"{part}.{name} = {value!r}" for part, own in parts for name, value in own.items()]
    place = results_folder() / SITE
    there = str(place) if place.exists() else f"{place} is absent; `bench cluster init` writes it"
    return Answer(lambda: [there, *lines])


@verb(
    with_help("csv", "Write a CSV file.", field="into_csv"),
    file("--parquet", "Write a parquet file."),
    switch("--reference", "Write the records to ship, a file a dataset."),
    "datasets methods",
    with_help("protocols", "Only these protocols, or FILE.toml.", usual="all"),
    with_help("budget", "Only this budget.", usual="all"),
    "fresh",
)
def export(
    query: Query, store: Store, into_csv: Path | None, parquet: Path | None, reference: bool
) -> Answer:
    """Write records as one CSV or parquet table.

    Or, with --reference, as the files that are shipped. The exit status is 5 where a record is
    damaged; the others are written all the same.

    Example: bench export --csv runs.csv -d vehicle
    """
    from bench.check.sides import selection_of
    from bench.store.frame import frame_of, write_csv, write_parquet

    if not (into_csv or parquet or reference):
        raise UsageError("say where to: --csv FILE, --parquet FILE or --reference")
    budgets = (query.budget,) if query.budget else ()
    selection = selection_of(replace(query, budgets=budgets))
    found = selection.of(store.records(*query.datasets))
    records = tuple(found) if reference else ()
    frame = frame_of(records or found) if into_csv or parquet else None
    selection.refuse_unknown(store.records)
    written = {}
    for path, write in ((into_csv, write_csv), (parquet, write_parquet)):
        if path is not None and frame is not None:
            write(frame, path)
            written[path] = len(frame)
    written |= dict(write_shipped(records, store)) if reference else {}
    return Answer(
        lambda: [f"{path}: {counted(runs, 'run')}" for path, runs in written.items()],
        status=DataError.exit_status if store.refused else 0,
    )


def _jobs(query: Query) -> list[Job]:
    from bench.plan.selection import plan_selection

    return plan_selection(query)


def _plan(
    query: Query, jobs: Sequence[Job], store: Store, mode: Mode, *, each: bool = False
) -> Answer:
    """A line a run or a line a table and dataset, then how many are missing and how long they
    take."""

    def lines() -> list[str]:
        shown = _each(jobs, store) if each else _by_dataset(query, jobs, store, mode.workers)
        return [*shown, planned_line(jobs, store.missing(jobs), mode.workers)]

    return Answer(lines, lambda: runs_json(jobs, store.missing(jobs)))


def _each(jobs: Sequence[Job], store: Store) -> list[str]:
    return [
        f"{'made   ' if store.has(job.run_id) else 'missing'} "
        f"{job.run_id} {job.protocol} {job.budget} {job.title}"
        for job in jobs
    ]


def _by_dataset(query: Query, jobs: Sequence[Job], store: Store, workers: int) -> list[str]:
    """A line a table, dataset, protocol and budget; a run of several tables is of the first."""
    tables = query.tables
    every = replace(query, datasets=(), methods=())
    table_of = {
        job.run_id: name
        for name in reversed(tables if len(tables) > 1 else ())
        for job in _jobs(replace(every, tables=(name,)))
    }
    groups: dict[tuple[str, ...], list[Job]] = {}
    for job in jobs:
        table = table_of.get(job.run_id, "".join(tables[:1]))
        groups.setdefault((table, job.dataset, job.protocol, job.budget), []).append(job)
    rows = []
    for group, own in groups.items():
        missing = store.missing(own)
        time = f"about {duration(planned_seconds(missing, workers, usual_device()))}"
        counts = (counted(len(own), "run"), f"{len(missing)} missing", time if missing else "")
        rows.append((*filter(None, group), *counts))
    return aligned(rows, range(len(rows[0]) - 3, len(rows[0]))) if rows else []


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "done": [job.run_id for job in outcome.done],
        "elsewhere": [job.run_id for job in outcome.elsewhere],
        "failed": {failure.run_id: failure.reason for failure in outcome.failed},
        "missing_data": {key: str(error) for key, error in outcome.missing_data.items()},
        "interrupted": outcome.interrupted,
    }


def _progress(jobs: Sequence[Job], store: Store) -> list[dict[str, Any]]:
    """How many runs are made, failed and planned, by dataset and protocol in planned order."""
    failed = store.failures()
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for job in jobs:
        named: dict[str, Any] = {"dataset": job.dataset, "protocol": job.protocol}
        row = rows.setdefault((job.dataset, job.protocol), named | dict.fromkeys(STATES, 0))
        made = store.has(job.run_id)
        row["planned"] += 1
        row["made"] += made
        row["failed"] += not made and job.run_id in failed
    return list(rows.values())


def _in_hand_lines(jobs: Sequence[Job], store: Store) -> list[str]:
    """What processes make at this moment, and what SLURM has of this results folder."""
    from bench.run.cohort import in_hand

    names = [cohort.name for cohort in in_hand(store.results, store.missing(jobs))]
    lines = [f"in hand: {'; '.join(names)}"] if names else []
    if (store.results / "cluster").exists():
        from bench.run.slurm import states

        for state, sent in states(store.results).items():
            lines += [f"slurm, {state}: {'; '.join(f'{one.title} ({one.job})' for one in sent)}"]
    return lines


def _progress_lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """A line a dataset that was begun, then the sum."""
    begun = [row for row in rows if row["made"] or row["failed"]]
    lines = [
        (
            row["dataset"],
            row["protocol"],
            f"{row['made']:>4} of {row['planned']} made"
            + f", {row['failed']} failed" * bool(row["failed"]),
        )
        for row in begun
    ]
    made, failed, planned = (sum(row[state] for row in rows) for state in STATES)
    total = f"{made} of {counted(planned, 'run')} made, {failed} failed"
    rest = len(rows) - len(begun)
    return [*aligned(lines), total + f"; {counted(rest, 'dataset')} not begun" * bool(rest)]


def write_shipped(records: Sequence[Record], store: Store) -> Iterator[tuple[Path, int]]:
    """Write the records to ship below the results folder; (file, runs) of each.

    Runs that a figure draws carry the arrays it draws, as far as they are small. Steps between
    protocols go to a folder of their own, which no table reads.
    """
    from bench.figures.plan import drawings_of
    from bench.folders import BRIDGE
    from bench.plan.query import is_step
    from bench.store.reference import write_reference

    tables = [record for record in records if not is_step(record.protocol)]
    steps = [record for record in records if is_step(record.protocol)]
    drawings = drawings_of(records, store)
    for name, own in (("reference", tables), (BRIDGE, steps)):
        for path in write_reference(own, store.results / name, drawings):
            yield path, len(path.read_bytes().splitlines())
