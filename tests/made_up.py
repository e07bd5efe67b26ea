"""Made-up records of the shape that real runs have, for tests that show or count them."""

import numpy as np

from bench.datasets.catalogue import find_dataset
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
