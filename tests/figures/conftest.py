"""Records and arrays of the shape that real runs have, kept through the real store."""

from functools import partial

import pytest
from made_up_arrays import keep_arrays, keep_figure

from bench.figures.collect import collect
from bench.figures.plan import plan_figure
from bench.judge.cell import StoredRuns


@pytest.fixture
def keep(store):
    """Write a record of a job with these arrays and this validation score."""
    return partial(keep_arrays, store)


@pytest.fixture
def keep_all(store):
    """Write everything a selection needs."""
    return partial(keep_figure, store)


@pytest.fixture
def show(store):
    """The collected figure of a selection."""
    return lambda selection: collect(plan_figure(selection), StoredRuns(store))
