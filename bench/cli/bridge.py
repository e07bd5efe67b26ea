"""`bench bridge`: which difference between two protocols matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.cli.making import ended, make_or_tell, planned_line, planned_seconds, usual_device
from bench.cli.verb import Answer, Mode, names, text, verb, with_help
from bench.plan.query import Query
from bench.render.text import aligned, counted, duration

if TYPE_CHECKING:
    from bench.bridge.plan import BridgePlan
    from bench.plan.job import Job
    from bench.store.store import Store


@verb(
    text("--from", "KEY", "One protocol: its key, or FILE.toml.", field="start"),
    text("--to", "KEY", "The other one.", field="end"),
    "datasets methods",
    names("--step", "KEY,...", "Only these steps.", field="steps"),
    names("--with", "FILE,...", "Tabulate the lines of a file as a step too.", field="own"),
    "budget",
    with_help("metric", "What the terminal shows."),
    "workers on no_run strict dry yes fresh json",
)
def bridge(query: Query, mode: Mode, store: Store) -> Answer:
    """Say which difference between two protocols matters.

    Changes one group of settings at a time from one protocol towards the other, and back, makes
    the runs that are missing, and tabulates each step's effect on every column.

    Example: bench bridge -d vehicle -m omp --dry-run
    """
    from bench.bridge.effects import effect_tables, unknown
    from bench.bridge.page import as_json, outline_of, write_bridge
    from bench.bridge.plan import plan_bridge
    from bench.folders import bridge_folder, results_folder

    plan = plan_bridge(query)
    store = store.with_beside(bridge_folder())
    if mode.dry:
        return _plan(plan, store, mode.workers)
    outcome = make_or_tell("bridge", plan.jobs, store, mode)
    found = effect_tables(plan, store)
    answer = Answer(
        page=lambda: outline_of(found, plan),
        json=lambda: as_json(found, plan),
        files=write_bridge(found, plan, results_folder() / "bridge"),
    )
    absent, missing = len(unknown(found)), len(store.missing(plan.jobs))
    makes = f"{missing} of {len(plan.jobs)} runs are missing; this makes them: {plan.command}"
    why = makes if missing else "though no run is missing; the tables say why"
    lacking = f"{absent} means and effects are not known, {why}"
    return ended(answer, outcome, mode, lacking if absent else "")


def _plan(plan: BridgePlan, store: Store, workers: int) -> Answer:
    """What each step adds to the runs of those before it, then all together."""
    costs = _costs(plan, store, workers)
    rows = [
        (
            cost["protocol"],
            f"{counted(cost['runs'], 'run', form='>4')}, {cost['missing']:>4} missing"
            + (f", {duration(cost['seconds'])}" if cost["missing"] else ""),
        )
        for cost in costs
    ]
    total = f"bridge: {planned_line(plan.jobs, store.missing(plan.jobs), workers)}"
    return Answer(lambda: [*aligned(rows), total], lambda: costs)


def _costs(plan: BridgePlan, store: Store, workers: int) -> Sequence[dict[str, Any]]:
    known: dict[str, Job] = {}
    costs, before = [], 0.0
    for protocol in plan.protocols:
        jobs = [job for own in plan.runs[protocol.key].values() for job in own]
        new = {job.run_id: job for job in jobs if job.run_id not in known}
        known |= new
        seconds = planned_seconds(store.missing(known.values()), workers, usual_device())
        costs.append(
            {
                "protocol": protocol.key,
                "runs": len(new),
                "missing": len(store.missing(new.values())),
                "seconds": round(seconds - before, 1),
            }
        )
        before = seconds
    return costs
