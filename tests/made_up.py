"""Made-up records of the shape that real runs have, for tests that show or count them."""

from dataclasses import replace

import numpy as np

from bench.datasets.catalogue import find_dataset
from bench.plan.selection import plan_table
from bench.store.arrays import Predictions, Split
from bench.store.records import new_record

METRICS = (
    *("accuracy", "balanced_accuracy", "swapped_balanced_accuracy"),
    *("batch_mean_accuracy", "top5_accuracy"),
)


def made_up_record(job, score, valid=0.5, facts=None, environment="e0", trace=()):
    """A record of this job; `score` and `valid` are what every metric has."""
    metrics = dict.fromkeys(METRICS, score) | {f"valid_{name}": valid for name in METRICS}
    result = {
        "metrics": metrics,
        "facts": facts or {},
        "trace": list(trace),
        "confusion": [],
        "fingerprints": {},
    }
    digest = find_dataset(job.dataset).content or "d"
    origin = {"data_digest": digest, "environment": environment, "device": "cpu"}
    return new_record(job, result, {"fit_seconds": 1.0}, origin)


def made_up_predictions():
    """Of one row a split."""
    truth = np.array([1], dtype=np.int64)
    split = Split(truth, truth, np.array([[0.2, 0.8]], dtype=np.float32))
    return Predictions(split, split)


def write_records(
    store,
    jobs,
    score,
    *,
    valid=lambda job: 0.5,
    facts=None,
    cost=lambda job: {"fit_seconds": 1.0},
    origin=lambda job: {},
):
    """Write a record of every job, each part by a function of the job.

    `score` gives a fraction, None leaves the job out; `facts` may be the same for all; `origin` is
    the provenance that is not the usual one.
    """
    for job in jobs:
        found = score(job)
        if found is None:
            continue
        record = made_up_record(job, found, valid(job), facts(job) if callable(facts) else facts)
        record = replace(record, cost=cost(job), provenance=record.provenance | origin(job))
        store.write(record, made_up_predictions())


def write_table(store, selection, score, **parts):
    """Write a record of every run that a selection of a table needs; `parts` of write_records."""
    write_records(store, plan_table(selection).jobs, score, **parts)
