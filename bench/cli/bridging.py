"""`bench bridge`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import selection as select
from bench.cli.making import How, make_or_tell, status_of, unfinished
from bench.cli.tables import Budget, DryRun, NoRun, Yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.bridge.asked import Asked
    from bench.bridge.effects import Bridged
    from bench.plan.job import Job
    from bench.run.execute import Outcome
    from bench.store.store import Store

From = Annotated[
    str, typer.Option("--from", metavar="KEY", help="One protocol: its key, or FILE.toml.")
]
To = Annotated[str, typer.Option("--to", metavar="KEY", help="The other one.")]
Steps = Annotated[
    list[str] | None, typer.Option("--step", metavar="KEY,...", help="Only these steps.")
]
Own = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="FILE,...", help="Tabulate the lines of a file as a step too."),
]
Metric = Annotated[str, typer.Option(metavar="NAME", help="What the terminal shows.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bridge")(bridge_command)


def bridge_command(
    start: From = "",
    end: To = "",
    datasets: select.Datasets = None,
    methods: select.Methods = None,
    steps: Steps = None,
    own: Own = None,
    budget: Budget = "",
    metric: Metric = "",
    workers: select.Workers = None,
    no_run: NoRun = False,
    dry: DryRun = False,
    yes: Yes = False,
    fresh: select.Fresh = False,
    as_json: select.AsJson = False,
) -> None:
    """Say which difference between two protocols matters.

    Changes one group of settings at a time from one protocol towards the other, and back, makes
    the runs that are missing, and tabulates each step's effect on every column.
    """
    from bench.bridge.asked import prepare
    from bench.plan.query import Query

    selection = Query(
        start=start,
        end=end,
        datasets=select.words(datasets),
        methods=select.words(methods),
        steps=select.words(steps),
        own=select.words(own),
        budget=budget,
        metric=metric,
        fresh=fresh,
    )
    how = How(workers, no_run, dry, yes, fresh, as_json)
    _bridge(prepare(selection), how)


def _bridge(asked: Asked, how: How) -> None:
    from bench.bridge.effects import unknown
    from bench.folders import bridge_folder
    from bench.store.store import open_store

    store = open_store(fresh=how.fresh).with_beside(bridge_folder())
    if how.dry:
        _show_plan(asked, store, how)
        return
    outcome = make_or_tell("bridge", asked.jobs, store, how)
    found = _show(asked, store, how)
    _end(len(unknown(found)), asked, store, outcome, how)


def _show_plan(asked: Asked, store: Store, how: How) -> None:
    """What each step adds to the runs of those before it, then all together."""
    from bench.cli.running import planned_line

    workers = select.worker_count(how.workers)
    costs = _costs(asked, store, workers)
    if how.json:
        typer.echo(json.dumps(costs, indent=1))
        return
    from bench.render.text import duration

    width = max(len(str(cost["protocol"])) for cost in costs)
    for cost in costs:
        counts = f"{cost['runs']:>4} runs, {cost['missing']:>4} missing"
        time = f", {duration(float(cost['seconds']))}" if cost["missing"] else ""
        typer.echo(f"{cost['protocol']:<{width}}  {counts}{time}")
    line = planned_line(asked.jobs, store.missing(asked.jobs), workers)
    typer.echo(f"bridge: {line}")


def _costs(asked: Asked, store: Store, workers: int) -> list[dict[str, str | int | float]]:
    from bench.bridge.legs import runs_of
    from bench.cli.running import planned_seconds

    device = os.environ.get("BENCH_DEVICE") or "cpu"
    known: dict[str, Job] = {}
    costs: list[dict[str, str | int | float]] = []
    before = 0.0
    for condition in asked.conditions:
        new = {job.run_id: job for job in runs_of(condition) if job.run_id not in known}
        known |= new
        seconds = planned_seconds(store.missing(known.values()), workers, device)
        costs.append(
            {
                "protocol": condition.protocol.key,
                "runs": len(new),
                "missing": len(store.missing(new.values())),
                "seconds": round(seconds - before, 1),
            }
        )
        before = seconds
    return costs


def _show(asked: Asked, store: Store, how: How) -> Sequence[Bridged]:
    from bench.bridge.effects import bridged
    from bench.bridge.listed import as_json
    from bench.bridge.page import print_bridge, write_bridge
    from bench.folders import results_folder
    from bench.render.terminal import console_for_tables

    found = bridged(asked, store)
    written = write_bridge(found, asked, results_folder() / "bridge")
    if how.json:
        content = as_json(found, asked) | {"files": [str(path) for path in written]}
        typer.echo(json.dumps(content, indent=1, allow_nan=False))
    else:
        print_bridge(console_for_tables(), found, asked, written)
    return found


def _end(absent: int, asked: Asked, store: Store, outcome: Outcome | None, how: How) -> None:
    """Say what became of the runs and what is not known, and leave with the right status."""
    status = status_of(outcome, how)
    if status or absent:
        raise unfinished(status)(
            f"{absent} means and effects are not known, {_missing(asked, store)}"
        )


def _missing(asked: Asked, store: Store) -> str:
    count = len(store.missing(asked.jobs))
    if not count:
        return "though no run is missing; the tables say why"
    return f"{count} of {len(asked.jobs)} runs are missing; this makes them: {asked.command}"
