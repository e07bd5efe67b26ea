"""Records of real runs' shape, written through the real store."""

from functools import partial

import pytest
from made_up import write_table

from bench.judge.cell import StoredRuns
from bench.judge.collect import collect
from bench.plan.selection import plan_table


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score` gives a fraction for a job."""
    return partial(write_table, store)


@pytest.fixture
def show(store):
    """The collected table of a selection."""
    return lambda selection: collect(plan_table(selection), StoredRuns(store))
