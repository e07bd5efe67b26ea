"""What `bench list`, `bench plan` and `bench status` print."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import typer

from bench.errors import UsageError
from bench.plan.job import Job
from bench.store.failures import Failure
from bench.store.store import Store

if TYPE_CHECKING:
    from baselines.registry import Method
    from iunet.declare.recipe import Recipe

KINDS = ("datasets", "methods", "protocols", "budgets", "tables")


def listing(kind: str) -> dict[str, str]:
    """Key and one line of everything of a kind.

    Raises:
        UsageError: no such kind.
    """
    lists = dict(zip(KINDS, (_datasets, _methods, _protocols, _budgets, _tables), strict=True))
    if kind not in lists:
        raise UsageError(f"nothing to list called {kind!r}; known: {', '.join(KINDS)}")
    return lists[kind]()


def plan_json(jobs: Sequence[Job], store: Store) -> str:
    """The plan for programs."""
    rows = [
        {
            "dataset": job.dataset,
            "net": job.net,
            "method": job.method,
            "point": dict(job.point),
            "protocol": job.protocol,
            "budget": job.budget,
            "seed": job.seed,
            "run_id": job.run_id,
            "made": store.has(job.run_id),
        }
        for job in jobs
    ]
    return json.dumps(rows, indent=1)


def show_plan(jobs: Sequence[Job], store: Store, workers: int) -> None:
    """One line a run, then how many are missing and how long they take."""
    from bench.cli.running import planned_line

    for job in jobs:
        state = "made   " if store.has(job.run_id) else "missing"
        typer.echo(f"{state} {job.run_id} {job.protocol} {job.budget} {job.title}")
    typer.echo(planned_line(jobs, store.missing(jobs), workers))


class Made(TypedDict):
    """How much of a dataset is made."""

    dataset: str
    protocol: str
    made: int
    failed: int
    planned: int


def progress_rows(jobs: Sequence[Job], store: Store) -> list[Made]:
    """How much is made, by dataset and protocol, in the order of the plan."""
    failed = {failure.run_id for failure in store.failures()}
    rows: dict[tuple[str, str], Made] = {}
    for job in jobs:
        row = rows.setdefault(
            (job.dataset, job.protocol),
            Made(dataset=job.dataset, protocol=job.protocol, made=0, failed=0, planned=0),
        )
        made = store.has(job.run_id)
        row["planned"] += 1
        row["made"] += made
        row["failed"] += not made and job.run_id in failed
    return list(rows.values())


def show_status(rows: Sequence[Made]) -> None:
    """One line a dataset that was begun, then the sum."""
    width = max((len(row["dataset"]) for row in rows), default=0)
    begun = [row for row in rows if row["made"] or row["failed"]]
    for row in begun:
        failed = f", {row['failed']} failed" if row["failed"] else ""
        counts = f"{row['made']:>4} of {row['planned']} made{failed}"
        typer.echo(f"{row['dataset']:<{width}}  {row['protocol']}  {counts}")
    made, planned = sum(r["made"] for r in rows), sum(r["planned"] for r in rows)
    failed_runs = sum(r["failed"] for r in rows)
    rest = f"; {len(rows) - len(begun)} datasets not begun" if len(begun) < len(rows) else ""
    typer.echo(f"{made} of {planned} runs made, {failed_runs} failed{rest}")


def failed_runs(jobs: Sequence[Job], store: Store) -> list[Failure]:
    """The failures of those jobs that are not made."""
    asked = {job.run_id for job in store.missing(jobs)}
    return [failure for failure in store.failures() if failure.run_id in asked]


def show_failures(failures: Sequence[Failure]) -> None:
    """Each with its traceback, then their number."""
    for failure in failures:
        typer.echo(f"{failure.title}\n{failure.traceback}")
    typer.echo(f"{len(failures)} failures")


def _datasets() -> dict[str, str]:
    from bench.datasets.catalogue import CATALOGUE, VISION

    tables = {
        key: f"{e.rows:>9,} rows {e.features:>5} features  {e.source}: {e.title}"
        for key, e in CATALOGUE.items()
    }
    return tables | {
        key: f"{e.train + e.test:>9,} pictures {e.classes:>5} classes  {e.source}: {e.title}"
        for key, e in VISION.items()
    }


def _methods() -> dict[str, str]:
    from baselines.registry import find_methods

    return {key: _method(method) for key, method in find_methods().items()}


def _method(method: Method) -> str:
    from iunet.declare.recipe import Recipe
    from iunet.declare.tuned import Tuned

    if isinstance(method, Tuned):
        count = len(method.space.parameters)
        return f"{count} settings searched for each dataset: {method.space.title}"
    return _recipe(method) if isinstance(method, Recipe) else "not a network of ours, no grid"


def _recipe(recipe: Recipe) -> str:
    parts = ["PIS"] * recipe.imprint + ["ILO"] * recipe.invariance
    parts += ["l1 pull and cut, grid of l1"] * recipe.shrink
    by = (recipe.prune and recipe.prune.criterion) or "the protocol's criterion"
    parts += [f"pruned by {by}" if recipe.prune else "not pruned"]
    return f"network: {', '.join(parts)}"


def _protocols() -> dict[str, str]:
    from iunet.declare.protocol import shipped_protocols

    return {
        key: f"{p.title}, seeds {', '.join(map(str, p.seeds))}" + " (default)" * p.default
        for key, p in shipped_protocols().items()
    }


def _budgets() -> dict[str, str]:
    from bench.plan.budget import budgets

    return {key: budget.title for key, budget in budgets().items()}


def _tables() -> dict[str, str]:
    from bench.declared.spec import table_title
    from bench.folders import table_names

    return {name: table_title(name) for name in table_names()}
