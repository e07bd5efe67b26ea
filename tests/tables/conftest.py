"""Records of real runs' shape, written through the real store."""

import pytest
from made_up import made_up_predictions, made_up_record

from bench.judge.cell import StoredRuns
from bench.judge.collect import collect
from bench.plan.selection import plan_table


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score`, `valid` give fractions of a job."""

    def write(selection, score, valid=lambda job: 0.5, facts=None, environment=lambda job: "e0"):
        for job in plan_table(selection).jobs:
            record = made_up_record(job, score(job), valid(job), facts, environment(job))
            store.write(record, made_up_predictions())

    return write


@pytest.fixture
def show(store):
    """The collected table of a selection."""
    return lambda selection: collect(plan_table(selection), StoredRuns(store))
