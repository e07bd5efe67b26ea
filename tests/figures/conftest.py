"""Records and arrays of the shape that real runs have, kept through the real store."""

from dataclasses import replace

import pytest
from made_up import made_up_predictions, made_up_record
from made_up_arrays import PICTURE, made_up_histogram, made_up_layer

from bench.figures.collect import collect
from bench.figures.plan import plan_figure
from bench.plan.plan import kind_of
from bench.store.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


@pytest.fixture
def keep(store):
    """Write a record of a job with these arrays and this validation score."""

    def write(job, arrays=None, valid=0.5, facts=None):
        predictions = replace(made_up_predictions(), drawings=arrays or {})
        return store.write(made_up_record(job, 0.5, valid, facts), predictions)

    return write


@pytest.fixture
def keep_all(keep):
    """Write everything a selection needs; accuracy is 0.9 at ratio 2 and falls a point a ratio."""

    def write(selection):
        for job in plan_figure(selection).jobs:
            inputs = PICTURE if kind_of(job.dataset) == "pictures" else 30
            arrays = made_up_histogram() | made_up_layer(inputs=inputs, seed=job.seed)
            ratio = dict(job.point).get("ratio", 8)
            keep(job, arrays, 0.92 - 0.01 * ratio, {"kept_weights": int(4_000_000 / ratio)})

    return write


@pytest.fixture
def show(store):
    """The collected figure of a selection."""
    return lambda selection: collect(plan_figure(selection), store)
