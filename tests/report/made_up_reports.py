"""Made-up records whose metrics, seeds and protocols all differ, so that no number stands twice."""

from dataclasses import replace

from made_up import made_up_predictions, made_up_record

from bench.plan.selection import plan_table
from iunet.declare.protocol import default_protocol, find_protocol

TWO = ("vehicle", "car")
METHODS = ("dense", "omp", "beta-lasso", "iunet")
STEPS = {"balanced_accuracy": 0.1, "accuracy": 0.05, "swapped_balanced_accuracy": 0.0}
"""How far below the score a metric is, so that no two are alike."""


def job_score(job):
    """0.9 on car, 0.8 elsewhere; a point less for each further seed, five on other protocols."""
    place = find_protocol(job.protocol).seeds.index(job.seed)
    usual = job.protocol == default_protocol()
    return (0.9 if job.dataset == "car" else 0.8) - 0.01 * place - (0.0 if usual else 0.05)


def record_of(job, score):
    """A record whose metrics differ by STEPS."""
    record = made_up_record(job, score, valid=0.5 + dict(job.point).get("l1", 0))
    metrics = dict(record.result["metrics"])
    metrics |= {name: score - step for name, step in STEPS.items()}
    facts = {"kept_weights": 250, "total_weights": 2000}
    origin = record.provenance | {"commit": "0123456789abcdef", "dirty": False, "threads": 1}
    return replace(
        record,
        result={**record.result, "metrics": metrics, "facts": facts},
        cost={"fit_seconds": 30.0, "peak_memory_bytes": 2**30},
        provenance=origin,
    )


def keep_all(store, selection, score=job_score):
    """Write a record of every run a selection needs."""
    for job in plan_table(selection).jobs:
        store.write(record_of(job, score(job)), made_up_predictions())
