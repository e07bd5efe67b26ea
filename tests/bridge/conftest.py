"""Bridges between the shipped protocols on small demo tables, filled with made-up records."""

import pytest
from made_up import made_up_predictions, made_up_record

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

    def write(asked, score, valid=lambda job: 0.5):
        for job in asked.jobs:
            found = score(job)
            if found is not None:
                record = made_up_record(job, found, valid(job))
                store.write(record, made_up_predictions())

    return write


@pytest.fixture
def effects(store):
    """The effects of one column under the first metric, by way and row."""

    def of(asked, at=0):
        first = [one for one in effect_tables(asked, store) if one.metric == asked.metrics[0]]
        return [{line.key: line.effects[asked.columns[at]] for line in one.lines} for one in first]

    return of
