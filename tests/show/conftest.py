"""Records of real runs' shape, written through the real store."""

import numpy as np
import pytest

from bench.datasets.catalogue import CATALOGUE
from bench.show.asked import collected, prepare
from bench.store.predictions import Predictions, Split
from bench.store.records import new_record
from bench.store.store import Store

METRICS = ("accuracy", "balanced_accuracy", "swapped_balanced_accuracy")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score`, `valid` give fractions of a job."""

    def write(selection, score, valid=lambda job: 0.5, facts=None, environment=lambda job: "e0"):
        for job in prepare(selection).jobs:
            metrics = {name: score(job) for name in METRICS}
            metrics |= {f"valid_{name}": valid(job) for name in METRICS}
            result = {
                "metrics": metrics,
                "facts": facts or {},
                "trace": [],
                "confusion": [],
                "fingerprints": {},
            }
            digest = CATALOGUE[job.dataset].content or "d"
            origin = {"data_digest": digest, "environment": environment(job), "device": "cpu"}
            record = new_record(job, result, {"fit_seconds": 1.0}, origin)
            store.write(record, predictions())

    return write


@pytest.fixture
def show(store):
    """The collected table of a selection."""
    return lambda selection: collected(prepare(selection), store)


def predictions():
    truth = np.array([1], dtype=np.int64)
    split = Split(truth, truth, np.array([[0.2, 0.8]], dtype=np.float32))
    return Predictions(split, split)
