"""From a fitted method to the record of its run: metrics, seconds, peak memory, provenance."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from bench.plan.identity import short_digest
from bench.plan.job import Job
from bench.run.environment import device_class, gpu_facts, processor, versions_of
from bench.run.fit import FitContext
from bench.store.arrays import Predictions, Split, split_of
from bench.store.records import Record, new_record
from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.data import Floats, Rows, without_rows
from iunet.declare.tuned import Search
from iunet.measure.metrics import confusion_counts, metrics_of, top5_accuracy

MOST_CLASSES = 100
"""Confusion counts are kept up to so many classes; beyond, the predictions hold them."""

FINGERPRINTS = ("first_loss", "last_loss", "mask_hash")

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


def record_of(job: Job, fitted: Fitted, context: FitContext) -> tuple[Record, Predictions]:
    """The record of a finished fit, and what it predicted.

    Raises:
        MethodFailed: see result_of.
    """
    data, valid = context.loaded, context.loaded.fit.valid
    if isinstance(job.work, Search) and job.work.refit:
        valid = without_rows(valid)  # the method was fitted on them: they cannot score it
    result, predictions = result_of(fitted, valid, data.test, data.fit.n_classes)
    cost = {
        "seconds": dict(fitted.seconds),
        "fit_seconds": sum(fitted.seconds.values()),
        "peak_memory_bytes": peak_bytes(context.options.device),
    }
    return new_record(job, result, cost, provenance_of(job, context)), predictions


def result_of(
    fitted: Fitted, valid: Rows, test: Rows, n_classes: int
) -> tuple[dict[str, Any], Predictions]:
    """(result, predictions) of one run.

    Raises:
        MethodFailed: scores of a wrong shape, or that are not finite.
    """
    on_valid, valid_metrics = scored(fitted, valid, n_classes)
    on_test, test_metrics = scored(fitted, test, n_classes)
    facts = plain_facts(fitted.facts)
    confusion = confusion_counts(on_test.truth, on_test.predicted, n_classes).tolist()
    result = {
        "metrics": test_metrics | {f"valid_{name}": v for name, v in valid_metrics.items()},
        "facts": facts,
        "trace": [plain_facts(epoch) for epoch in fitted.trace],
        "confusion": confusion if n_classes <= MOST_CLASSES else None,
        "fingerprints": {name: facts[name] for name in FINGERPRINTS if name in facts}
        | {"scores": _digest(on_valid.scores, on_test.scores)},
    }
    return result, Predictions(on_valid, on_test, fitted.drawings)


def provenance_of(job: Job, context: FitContext) -> dict[str, Any]:
    """Where a finished fit comes from, once its libraries are imported."""
    device, python = device_class(context.options.device), sys.version_info
    content = {
        "versions": versions_of(job),
        "python": f"{python.major}.{python.minor}",
        "device": device,
        **gpu_facts(context.options.device),
    }
    return {
        "commit": context.code.commit,
        "dirty": context.code.dirty,
        "code": context.code.digest,
        "environment": short_digest(content),
        **content,
        "processor": processor(),
        "threads": context.options.workers,
        "data_digest": context.loaded.digest,
        "data_notes": list(context.loaded.notes),
        "cohort": context.cohort.key,
    }


def scored(fitted: Fitted, rows: Rows, n_classes: int) -> tuple[Split, dict[str, float]]:
    """What a fit predicts for rows, and every metric of that by name; none without rows.

    Raises:
        MethodFailed: scores of a wrong shape, or that are not finite.
    """
    shape = len(rows.y), n_classes
    if not len(rows.y):
        return split_of(rows.y, np.zeros(shape, dtype=np.float32)), {}  # not every library can
    scores = np.asarray(fitted.predictor.scores(rows.x), dtype=np.float32)
    if scores.shape != shape:
        raise MethodFailed(f"scores have shape {scores.shape}, not {shape}")
    if not np.isfinite(scores).all():
        raise MethodFailed(f"{int((~np.isfinite(scores)).sum())} of its scores are not finite")
    split = split_of(rows.y, scores)
    metrics = metrics_of(split.truth, split.predicted, n_classes)
    if rows.x.ndim > 2:  # pictures
        metrics["top5_accuracy"] = top5_accuracy(split.truth, scores)
    return split, metrics


def reset_peak(device: str) -> None:
    """Start counting afresh where the system allows it."""
    if device != "cpu":
        import torch

        torch.cuda.reset_peak_memory_stats()
    elif STATUS.exists():
        try:
            RESET.write_text("5")
        except OSError:
            return  # some containers forbid it; the peak then counts from the start of the process


def peak_bytes(device: str) -> int:
    """Most memory held since the reset: of the GPU's allocator, or of this process."""
    if device != "cpu":
        import torch

        return int(torch.cuda.max_memory_allocated())
    if STATUS.exists():
        for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with numbers of numpy as Python's own, which JSON can hold."""
    return {
        name: fact.item() if isinstance(fact, np.generic) else fact for name, fact in facts.items()
    }


def _digest(*scores: Floats | None) -> str:
    """16 hex digits of these scores."""
    out = sha256()
    for part in scores:
        out.update(np.ascontiguousarray(part, dtype="<f4").tobytes())
    return out.hexdigest()[:16]
