"""Bridges between the shipped protocols on small demo tables, filled with made-up records."""

import pytest
from made_up import write_records

from bench.bridge.effects import effect_tables
from bench.bridge.plan import plan_bridge
from bench.plan.query import Query
from iunet.declare.protocol import default_protocol, shipped_protocols


@pytest.fixture
def ends():
    """The two shipped protocols: the one a bridge begins at, and the default one."""
    protocols = shipped_protocols()
    return next(p for p in protocols.values() if not p.default), protocols[default_protocol()]


@pytest.fixture
def ask():
    """What a selection asks for, on one demo table unless others are named."""

    def asked(**selected):
        usual = {"datasets": ("iris",), "methods": ("omp",), "budget": "demo"}
        return plan_bridge(Query(**(usual | selected)))

    return asked


@pytest.fixture
def make(store):
    """Write a record of every run; `score` gives a fraction for a job, None leaves it out."""
    return lambda asked, score, **parts: write_records(store, asked.jobs, score, **parts)


@pytest.fixture
def effects(store):
    """The effects of one column under the first metric, by way and row."""

    def of(asked, at=0):
        first = [one for one in effect_tables(asked, store) if one.metric == asked.metrics[0]]
        return [{line.key: line.effects[asked.columns[at]] for line in one.lines} for one in first]

    return of
