"""Scores of predictions against the truth, as fractions, from the confusion counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iunet.declare.data import Floats, Labels

Counts = NDArray[np.int64]
NEAR = 5
"""A class counts as nearly predicted among so many."""

ROUNDING = 1e-9
"""Two ways to compute a metric are apart by less."""

RECALLS = ("accuracy", "balanced_accuracy", "swapped_balanced_accuracy")
"""These come first."""

RANGES: Mapping[str, tuple[float, float]] = {
    "accuracy": (0, 1),
    "balanced_accuracy": (0, 1),
    "swapped_balanced_accuracy": (0, 1),
    "batch_mean_accuracy": (0, 1),
    "predicted_class_entropy": (0, math.inf),
    "top_class_share": (0, 1),
    "cohen_kappa": (-1, 1),
    "top5_accuracy": (0, 1),
}
"""The lowest and the highest value of a metric; one that is not here can be any number."""


def confusion_counts(truth: Labels, predicted: Labels, n_classes: int) -> Counts:
    """[K, K] counts, rows the truth, columns the prediction."""
    flat = np.bincount(truth * n_classes + predicted, minlength=n_classes**2)
    return flat.reshape(n_classes, n_classes).astype(np.int64)


def metrics_of(
    truth: Labels, predicted: Labels, n_classes: int, batch: int = 128
) -> dict[str, float]:
    """Every score the tables may name.

    accuracy; balanced_accuracy, recall averaged over the classes that occur; its value with the
    arguments swapped, precision averaged over the classes predicted; batch_mean_accuracy, the mean
    over batches of the accuracy in each, the last one counting like a full one; entropy of the
    predicted classes in nats; share of the most predicted class; Cohen's kappa.

    Args:
        truth, predicted: class indices [N].
        n_classes: K.
        batch: rows of a batch for batch_mean_accuracy.
    """
    right = truth == predicted
    by_batch = [right[start : start + batch].mean() for start in range(0, len(right), batch)]
    counted = metrics_of_counts(confusion_counts(truth, predicted, n_classes))
    return dict.fromkeys(RECALLS, 0.0) | {"batch_mean_accuracy": float(np.mean(by_batch))} | counted


def metrics_of_counts(counts: Counts) -> dict[str, float]:
    """Those of `metrics_of` that the confusion counts alone decide; there is at least one row."""
    rows, columns, right = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    total = rows.sum()
    shares = columns / total
    known = shares[shares > 0]
    observed = right.sum() / total
    return {
        "accuracy": float(observed),
        "balanced_accuracy": _mean_share(right, rows),
        "swapped_balanced_accuracy": _mean_share(right, columns),
        "predicted_class_entropy": float(-(known * np.log(known)).sum()) + 0.0,
        "top_class_share": float(shares.max()),
        "cohen_kappa": _cohen_kappa(observed, float(columns @ rows) / float(total) ** 2),
    }


def wrong_metric(metrics: Mapping[str, float | None], confusion: Sequence[Sequence[int]]) -> str:
    """What is wrong with these metrics: one is out of its range, or is not what the confusion
    counts come to; empty where nothing is.

    Args:
        metrics: by name, `valid_<name>` for validation; None where one is undefined.
        confusion: [K, K] counts of the test rows; empty where they were not kept.
    """
    counted = metrics_of_counts(np.array(confusion)) if confusion else {}
    for name, value in metrics.items():
        if value is None:
            continue
        low, high = RANGES.get(name.removeprefix("valid_"), (-math.inf, math.inf))
        if not low - ROUNDING <= value <= high + ROUNDING:
            return f"metric {name} is {value}, not in {low} to {high}"
        if abs(value - counted.get(name, value)) > ROUNDING:
            return f"metric {name} is {value}, by the confusion counts {counted[name]}"
    return ""


def is_confusion(value: Any) -> bool:
    """Whether this is [K, K] counts of at least one row; None or empty where they were not kept."""
    if not value:
        return value is None or value == []
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        return False
    counts = [count for row in value for count in row]
    whole = all(type(count) is int and count >= 0 for count in counts)
    return whole and {*map(len, value)} == {len(value)} and 0 < sum(counts) < 2**31


def batch_mean_top5(truth: Labels, scores: Floats, batch: int = 128) -> float:
    """The mean over batches of their top-5 accuracy, the last one counting like a full one.

    Args:
        truth: class indices [N].
        scores: [N, K].
    """
    starts = range(0, len(truth), batch)
    parts = [(truth[start : start + batch], scores[start : start + batch]) for start in starts]
    return float(np.mean([top5_accuracy(own, near) for own, near in parts]))


def top5_accuracy(truth: Labels, scores: Floats) -> float:
    """Share of rows whose class is among the five with the highest scores, or among all of fewer.

    Among equal scores those of the first classes are higher. What is not a number counts against
    its row.

    Args:
        truth: class indices [N].
        scores: [N, K].
    """
    own = scores[np.arange(len(truth)), truth][:, np.newaxis]
    before = np.arange(scores.shape[1]) < truth[:, np.newaxis]
    ahead = ~(scores <= own) | ((scores == own) & before)
    return float((ahead.sum(axis=1) < min(NEAR, scores.shape[1])).mean())


def _mean_share(right: Counts, of: Counts) -> float:
    """Mean over the classes that occur."""
    present = of > 0
    shares = right[present] / of[present]
    return float(shares.sum() / len(shares))  # as `mean` does, in half its time


def _cohen_kappa(observed: float, expected: float) -> float:
    """Agreement beyond chance; 0 where chance alone agrees always, so that collapse reads as 0."""
    return 0.0 if expected == 1 else float((observed - expected) / (1 - expected))
