"""Which tables there are, and how much of each is there."""

from __future__ import annotations

from collections.abc import Sequence

from bench.declared.spec import read_table
from bench.judge.collect import plan_table
from bench.plan.query import Query
from bench.store.store import Store


def table_states(selections: Sequence[Query], store: Store) -> list[dict[str, str | int]]:
    """For every table its title, where it was printed, and how many of its runs are there."""
    return [_state(query, store) for query in selections]


def _state(query: Query, store: Store) -> dict[str, str | int]:
    spec = read_table(query.name)
    base: dict[str, str | int] = {
        "table": spec.key,
        "title": spec.title,
        "printed": spec.printed,
    }
    if spec.kind == "counts":
        return {**base, "there": "counted when asked"}
    jobs = plan_table(query).jobs
    made = len(jobs) - len(store.missing(jobs))
    return {**base, "there": f"{made} of {len(jobs)} runs", "runs": len(jobs), "made": made}
