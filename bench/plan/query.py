"""What a user selects: one value for tables, figures, bridges, claims, diff and the report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """What a user selects. Empty means what the table, the figure or the protocol says.

    Args:
        name: of the table or figure; empty where a command reads several tables.
        protocol: key, or path of a .toml file.
        budget, metric: keys.
        datasets, methods: only these, as a user names them, see `bench.plan.names`.
        seeds: only these of the protocol's.
        appended: methods that are added to a table as columns.
        start, end: the two protocols of a bridge, by key or file.
        steps: only these steps of a bridge.
        own: files whose lines are tabulated beside the steps of a bridge.
        fresh: whether the shipped records are ignored.
    """

    name: str = ""
    protocol: str = ""
    budget: str = ""
    metric: str = ""
    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    appended: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    steps: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    fresh: bool = False
