"""Made-up arrays of the shape that runs keep for figures, and records of them."""

from dataclasses import replace

import numpy as np
from made_up import made_up_predictions, made_up_record

from bench.figures.plan import plan_figure
from bench.plan.plan import kind_of

PICTURE = 3 * 32 * 32


def made_up_histogram(epochs=3):
    """Every epoch moves ten of a hundred weights from the first bin into the next."""
    counts = np.zeros((epochs + 1, 32), dtype=np.int64)
    for epoch in range(epochs + 1):
        counts[epoch, 0], counts[epoch, 1] = 100 - 10 * epoch, 10 * epoch
    return {"histogram": counts, "histogram_edges": np.linspace(0, 0.32, 33)}


def made_up_layer(units=6, inputs=PICTURE, seed=0):
    """|weights| of units, as bytes."""
    draw = np.random.default_rng(seed)
    return {"first_layer": draw.integers(0, 256, (units, inputs), dtype=np.uint8)}


def keep_arrays(store, job, arrays=None, valid=0.5, facts=None):
    """Write a record of a job with these arrays and this validation score."""
    predictions = replace(made_up_predictions(), drawings=arrays or {})
    return store.write(made_up_record(job, 0.5, valid, facts), predictions)


def keep_figure(store, selection):
    """Write everything a selection needs; accuracy is 0.9 at ratio 2 and falls a point a ratio."""
    for job in plan_figure(selection).jobs:
        inputs = PICTURE if kind_of(job.dataset) == "pictures" else 30
        arrays = made_up_histogram() | made_up_layer(inputs=inputs, seed=job.seed)
        ratio = dict(job.point).get("ratio", 8)
        facts = {"kept_weights": int(4_000_000 / ratio)}
        keep_arrays(store, job, arrays, 0.92 - 0.01 * ratio, facts)
