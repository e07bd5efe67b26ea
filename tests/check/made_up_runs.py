"""Made-up records of planned jobs with everything that a check compares."""

import json
from dataclasses import replace

import numpy as np
from made_up import METRICS, made_up_predictions
from planned import planned_jobs

from bench.datasets.catalogue import find_dataset
from bench.store.records import new_record, to_json
from bench.store.reference import write_reference
from bench.store.store import Store
from iunet.declare.protocol import default_protocol

TEN = (
    *("vehicle", "car", "kc1", "credit-g", "anneal", "australian"),
    *("segment", "phoneme", "jasmine", "sylvine"),
)
HERE = {
    "environment": "e0",
    "device": "cpu x86_64",
    "python": "3.11",
    "threads": 2,
    "versions": {"numpy": "2.4.6", "sklearn": "1.9.1", "torch": "2.15.0+cu132"},
    "commit": "c0",
}
ELSEWHERE = HERE | {"environment": "e1", "python": "3.12"}


def jobs_of(datasets=TEN, methods=("iunet",), budget="full", seeds=None):
    """Planned runs."""
    columns = tuple(("mlp-tab", method) for method in methods)
    return planned_jobs(tuple(datasets), columns, default_protocol(), budget, seeds)


def record_of(job, score=0.8, origin=None):
    """A record; `score` is what every metric has."""
    result = {
        "metrics": dict.fromkeys([*METRICS, *(f"valid_{name}" for name in METRICS)], score),
        "facts": {"total_weights": 800, "kept_weights": 100},
        "trace": [],
        "confusion": [],
        "fingerprints": {
            "first_loss": 1.25,
            "last_loss": 0.125,
            "mask_hash": "aaaa",
            "scores": "ffff",
        },
    }
    digest = find_dataset(job.dataset).content or "d"
    return new_record(
        job, result, {"fit_seconds": 1.0}, {**(origin or HERE), "data_digest": digest}
    )


def scored(seed, datasets=TEN, drop=0.0, origin=None, methods=("iunet",)):
    """Records of three seeds a dataset whose scores differ by a point, around 80 - `drop`."""
    rng = np.random.default_rng(seed)
    return [
        record_of(job, 0.8 + rng.normal(0, 0.01) - drop / 100, origin)
        for job in jobs_of(datasets, methods)
    ]


def changed(record, part, **values):
    """The record with other values in a part of its result."""
    content = {**record.result[part], **values}
    return replace(record, result={**record.result, part: content})


def keep_own(results, records):
    """Write records as runs of the user."""
    store = Store(results)
    for record in records:
        store.write(record, made_up_predictions())


def keep_reference(folder, records):
    """Write records as shipped ones."""
    folder.mkdir(exist_ok=True)
    write_reference(records, folder)
    return folder


def plain(record):
    """A record's content, to compare."""
    return json.loads(json.dumps(to_json(record)))
