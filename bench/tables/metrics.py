"""What a metric is called, and how it is written, where a person reads it."""

from __future__ import annotations

from math import floor, log10

from bench.judge.ask import AS_PRINTED
from bench.judge.cost import RUN_SECONDS, THREAD_SECONDS

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
    THREAD_SECONDS: "cost (wall time of one thread: every grid point, every seed, the search once)",
    RUN_SECONDS: "seconds of the thread that trained the run",
    AS_PRINTED: "each column in the metric it was printed in",
}

UNITS = {"entropy": "nats", THREAD_SECONDS: "seconds", RUN_SECONDS: "seconds"}
"""Of metrics that are no fractions."""


def metric_title(name: str) -> str:
    """The metric in words."""
    return TITLES.get(name, name.replace("_", " "))


def short_title(name: str) -> str:
    """The metric in a word or three, without what is in brackets."""
    return metric_title(name).partition(" (")[0]


def unit_of(metric: str) -> str:
    """What its numbers are shown in."""
    return UNITS.get(metric, "percent")


def in_unit(value: float, metric: str) -> float:
    """A value of the metric in its unit."""
    return value if metric in UNITS else 100 * value


def digits(value: float, metric: str) -> str:
    """A value of the metric in its unit, with the three decimals of the paper; costs have three
    significant digits."""
    if metric == THREAD_SECONDS:
        return three_digits(value)
    return f"{in_unit(value, metric):.3f}"


def spread_digits(std: float, metric: str) -> str:
    """The std beside a value; nothing beside a cost, which is a sum."""
    return "" if metric == THREAD_SECONDS else digits(std, metric)


def three_digits(value: float) -> str:
    """A positive number with three significant digits and no exponent: 12300, 98.0, 0.231."""
    rounded = float(f"{value:.3g}")
    decimals = 2 - floor(log10(rounded)) if rounded > 0 else 0
    return f"{rounded:.{max(decimals, 0)}f}"
