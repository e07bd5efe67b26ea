"""What a metric is called where a person reads it."""

from __future__ import annotations

from bench.judge.ask import AS_PRINTED

TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "swapped_balanced_accuracy": "swapped balanced accuracy (truth and prediction exchanged)",
    "batch_mean_accuracy": "mean of the batches' accuracies",
    "restart_consistency": "consistency before finetuning",
    "count": "counts",
    AS_PRINTED: "each column in the metric it was printed in",
}


def metric_title(name: str) -> str:
    """The metric in words."""
    return TITLES.get(name, name.replace("_", " "))


def short_title(name: str) -> str:
    """The metric in a word or three, without what is in brackets."""
    return metric_title(name).partition(" (")[0]
