"""Scores of predictions against the truth, as fractions, from the confusion counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from iunet.declare.data import Floats, Labels

Counts = NDArray[np.int64]
NEAR = 5
"""A class counts as nearly predicted among so many."""


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
    counts = confusion_counts(truth, predicted, n_classes)
    right = truth == predicted
    shares = counts.sum(axis=0) / counts.sum()
    known = shares[shares > 0]
    by_batch = [right[start : start + batch].mean() for start in range(0, len(right), batch)]
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": _mean_recall(counts),
        "swapped_balanced_accuracy": _mean_recall(counts.T),
        "batch_mean_accuracy": float(np.mean(by_batch)),
        "predicted_class_entropy": float(-(known * np.log(known)).sum()) + 0.0,
        "top_class_share": float(shares.max()),
        "cohen_kappa": _cohen_kappa(counts),
    }


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


def _mean_recall(counts: Counts) -> float:
    rows = counts.sum(axis=1)
    present = rows > 0
    return float((np.diag(counts)[present] / rows[present]).mean())


def _cohen_kappa(counts: Counts) -> float:
    """Agreement beyond chance; 0 where chance alone agrees always, so that collapse reads as 0."""
    total = counts.sum()
    observed = np.trace(counts) / total
    expected = float(counts.sum(axis=0) @ counts.sum(axis=1)) / float(total) ** 2
    return 0.0 if expected == 1 else float((observed - expected) / (1 - expected))
