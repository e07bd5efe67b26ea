"""`bench list | plan | run | status | export | doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import selection as select
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.plan.job import Job
    from bench.store.store import Store


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("list")(list_command)
    app.command("plan")(plan_command)
    app.command("run")(run_command)
    app.command("status")(status_command)
    app.command("export")(export_command)
    app.command("doctor")(doctor_command)


def list_command(
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="datasets, methods, protocols, budgets or tables."),
    ] = "tables",
    as_json: select.AsJson = False,
) -> None:
    """List tables, datasets, methods, protocols or budgets."""
    from bench.cli.listing import listing

    rows = listing(kind)
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    width = max(len(name) for name in rows)
    for name, text in rows.items():
        typer.echo(f"{name:<{width}}  {text}")


def plan_command(
    tables: select.Tables = None,
    datasets: select.Datasets = None,
    methods: select.Methods = None,
    seeds: select.Seeds = None,
    protocols: select.Protocols = None,
    budget: select.BudgetKey = None,
    workers: select.Workers = None,
    fresh: select.Fresh = False,
    as_json: select.AsJson = False,
) -> None:
    """Show runs and which of them are missing.

    Of the tables named, else of every method on every dataset; the options select.
    """
    from bench.plan.plan import plan_jobs
    from bench.store.store import open_store

    requests = select.requests_for(tables, datasets, methods, seeds, protocols, budget)
    _show_plan(plan_jobs(requests), open_store(fresh=fresh), workers, as_json)


def run_command(
    tables: select.Tables = None,
    datasets: select.Datasets = None,
    methods: select.Methods = None,
    seeds: select.Seeds = None,
    protocols: select.Protocols = None,
    budget: select.BudgetKey = None,
    workers: select.Workers = None,
    dry: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Only show what is missing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Start even if it takes hours.")] = False,
    fresh: select.Fresh = False,
    keep_stages: Annotated[
        bool, typer.Option("--keep-stages", help="Keep intermediate files of finished runs.")
    ] = False,
    as_json: select.AsJson = False,
) -> None:
    """Make runs that are missing.

    Of the tables named, else of every method on every dataset; the options select. Ctrl-C stops;
    the same command goes on.
    """
    from bench.cli.running import Terms, exit_status, make_missing, outcome_json, report
    from bench.plan.plan import plan_jobs
    from bench.store.store import open_store

    jobs = plan_jobs(select.requests_for(tables, datasets, methods, seeds, protocols, budget))
    store = open_store(fresh=fresh)
    if dry:
        _show_plan(store.missing(jobs), store, workers, as_json)
        return
    terms = Terms(select.worker_count(workers), yes=yes, quiet=as_json, keep_stages=keep_stages)
    outcome = make_missing(jobs, store, terms)
    if as_json:
        typer.echo(outcome_json(outcome))
    else:
        report(outcome)
    raise typer.Exit(exit_status(outcome))


def status_command(
    tables: select.Tables = None,
    datasets: select.Datasets = None,
    methods: select.Methods = None,
    seeds: select.Seeds = None,
    protocols: select.Protocols = None,
    budget: select.BudgetKey = None,
    fresh: select.Fresh = False,
    failures: Annotated[
        bool, typer.Option("--failures", help="Show the traceback of every failure.")
    ] = False,
    as_json: select.AsJson = False,
) -> None:
    """Show how much is made, by dataset.

    Of the tables named, else of every method on every dataset; the options select.
    """
    from bench.cli.listing import failed_runs, progress_rows, show_failures, show_status
    from bench.plan.plan import plan_jobs
    from bench.store.store import open_store

    jobs = plan_jobs(select.requests_for(tables, datasets, methods, seeds, protocols, budget))
    store = open_store(fresh=fresh)
    if as_json and failures:
        typer.echo(json.dumps([asdict(failure) for failure in failed_runs(jobs, store)], indent=1))
    elif as_json:
        typer.echo(json.dumps(progress_rows(jobs, store), indent=1))
    elif failures:
        show_failures(failed_runs(jobs, store))
    else:
        show_status(progress_rows(jobs, store))


def export_command(
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file.")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="FILE", help="Write a parquet file.")
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Write the records to ship, a file a dataset.")
    ] = False,
    datasets: select.Datasets = None,
    methods: select.Methods = None,
    protocols: select.Protocols = None,
    budget: select.BudgetKey = None,
    fresh: select.Fresh = False,
) -> None:
    """Write records as one CSV or parquet table.

    Or, with --reference, as the files that are shipped.
    """
    from bench.cli.exporting import chosen_records, write_shipped
    from bench.store.frame import frame_of, write_csv, write_parquet
    from bench.store.store import open_store

    if csv is None and parquet is None and not reference:
        raise UsageError("say where to: --csv FILE, --parquet FILE or --reference")
    store = open_store(fresh=fresh)
    records = chosen_records(store, datasets, methods, protocols, budget)
    for path, write in ((csv, write_csv), (parquet, write_parquet)):
        if path is not None:
            write(frame_of(records), path)
            typer.echo(f"{path}: {len(records)} runs")
    if reference:
        for path, count in write_shipped(records, store):
            typer.echo(f"{path}: {count} runs")


def doctor_command(as_json: select.AsJson = False) -> None:
    """Show environment, device, data and disk."""
    from bench.cli.doctor import examine

    found = examine()
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    width = max(len(name) for name in found)
    for name, value in found.items():
        typer.echo(f"{name:<{width}}  {value}")


def _show_plan(jobs: list[Job], store: Store, workers: int | None, as_json: bool) -> None:
    from bench.cli.listing import plan_json, show_plan

    if as_json:
        typer.echo(plan_json(jobs, store))
    else:
        show_plan(jobs, store, select.worker_count(workers))
