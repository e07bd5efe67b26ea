"""What a metric is called, and how it is written, where a person reads it."""

from __future__ import annotations

from bench.judge.ask import AS_PRINTED

TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "swapped_balanced_accuracy": "swapped balanced accuracy (truth and prediction exchanged)",
    "batch_mean_accuracy": "batch-mean accuracy (mean of the batches' accuracies)",
    "top5_accuracy": "top-5 accuracy",
    "consistency": "consistency (share of inputs whose predicted class stays)",
    "consistency_by_running_statistics": (
        "consistency by running statistics (batch normalisation as in evaluation)"
    ),
    "cohen_kappa": "Cohen's kappa of both predictions (0 is chance)",
    "top_class_share": "share of the class predicted most",
    "entropy": "entropy of the predicted classes",
    "count": "counts",
    AS_PRINTED: "each column in the metric it was printed in",
}

IN_NATS = ("entropy",)
"""Metrics that are no fractions."""


def metric_title(name: str) -> str:
    """The metric in words."""
    return TITLES.get(name, name.replace("_", " "))


def short_title(name: str) -> str:
    """The metric in a word or three, without what is in brackets."""
    return metric_title(name).partition(" (")[0]


def unit_of(metric: str) -> str:
    """What its numbers are shown in."""
    return "nats" if metric in IN_NATS else "percent"


def in_unit(value: float, metric: str) -> float:
    """A value of the metric in its unit."""
    return value if metric in IN_NATS else 100 * value


def digits(value: float, metric: str) -> str:
    """A value of the metric in its unit, with the three decimals of the paper."""
    return f"{in_unit(value, metric):.3f}"
