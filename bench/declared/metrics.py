"""The metrics: what each is called, its unit and digits, and which of them are costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Literal

from bench.declared.spec import Column, TableSpec
from bench.errors import UsageError

AS_PRINTED = "as-printed"
"""Each column in the metric its printed numbers were computed with."""

THREAD_SECONDS = "thread_seconds"
"""The cost of a cell: a sum over all its runs, where other metrics are means over one point's."""


@dataclass(frozen=True)
class Metric:
    """One metric; a new one is one entry below.

    Args:
        name: in tables, records and on the command line.
        title: in words, with what has to be said about it in brackets.
        short: another name that a user may type.
        unit: of what is shown; percent are fractions in the records.
        cost: whether it is summed over every run of a cell, and no score.
        fact: what a record calls it; its name where empty.
    """

    name: str
    title: str
    short: str = ""
    unit: Literal["percent", "nats", "seconds"] = "percent"
    cost: bool = False
    fact: str = ""

    @property
    def short_title(self) -> str:
        """A word or three, without what is in brackets."""
        return self.title.partition(" (")[0]

    def in_unit(self, value: float) -> float:
        """A value as recorded, in the unit it is shown in."""
        return 100 * value if self.unit == "percent" else value

    def digits(self, value: float) -> str:
        """A value as recorded, in its unit, with the three decimals of the paper; costs have three
        significant digits."""
        return three_digits(value) if self.cost else f"{self.in_unit(value):.3f}"

    def spread_digits(self, std: float) -> str:
        """The std beside a value; nothing beside a cost, which is a sum."""
        return "" if self.cost else self.digits(std)


RUN_SECONDS = Metric("fit_seconds", "seconds of the thread that trained the run", unit="seconds")
"""The seconds of a run's own training, which costs are sums of."""

METRICS = (
    Metric("accuracy", "accuracy"),
    Metric("balanced_accuracy", "balanced accuracy", short="balanced"),
    Metric(
        "swapped_balanced_accuracy",
        "swapped balanced accuracy (truth and prediction exchanged)",
        short="swapped",
    ),
    Metric(
        "batch_mean_accuracy",
        "batch-mean accuracy (mean of the batches' accuracies)",
        short="batch-mean",
    ),
    Metric("top5_accuracy", "top-5 accuracy", short="top5"),
    Metric("consistency", "consistency (share of inputs whose predicted class stays)"),
    Metric(
        "consistency_by_running_statistics",
        "consistency by running statistics (batch normalisation as in evaluation)",
    ),
    Metric("cohen_kappa", "Cohen's kappa of both predictions (0 is chance)"),
    Metric("top_class_share", "share of the class predicted most"),
    Metric("entropy", "entropy of the predicted classes", unit="nats"),
    Metric("count", "counts"),
    Metric(
        THREAD_SECONDS,
        "cost (wall time of one thread: every grid point, every seed, the search once)",
        unit="seconds",
        cost=True,
        fact=RUN_SECONDS.name,
    ),
    RUN_SECONDS,
    Metric(AS_PRINTED, "each column in the metric it was printed in"),
)


def metric_named(name: str) -> Metric:
    """The metric of this name; a fact of the records that is not declared is a fraction."""
    found = (metric for metric in METRICS if metric.name == name)
    return next(found, Metric(name, name.replace("_", " ")))


def metric_title(name: str) -> str:
    """The metric in words."""
    return metric_named(name).title


def short_title(name: str) -> str:
    """The metric in a word or three."""
    return metric_named(name).short_title


def find_metric(name: str, allowed: Sequence[str]) -> str:
    """The name of a metric that a user names with dashes or underscores, short or in full.

    Raises:
        UsageError: the table has no such metric; the message lists those it has.
    """
    full = (metric.name for metric in METRICS if metric.short == name)
    wanted = next(full, name.replace("-", "_"))
    if wanted in allowed:
        return wanted
    if name == AS_PRINTED and len(allowed) > 1:
        return name
    known = [metric.replace("_", "-") for metric in allowed] + [AS_PRINTED] * (len(allowed) > 1)
    raise UsageError(f"no metric called {name!r} for this table; known: {', '.join(known)}")


def shown_metric(column: Column, spec: TableSpec, metric: str) -> str:
    """What a column shows where this metric is asked for.

    As printed, an appended column shows what its part was printed in.
    """
    if metric != AS_PRINTED:
        return metric
    others = (c.printed_metric for c in spec.columns if c.part == column.part)
    return column.printed_metric or next((m for m in others if m), spec.metrics[0])


def three_digits(value: float) -> str:
    """A positive number with three significant digits and no exponent: 12300, 98.0, 0.231."""
    rounded = float(f"{value:.3g}")
    decimals = 2 - floor(log10(rounded)) if rounded > 0 else 0
    return f"{rounded:.{max(decimals, 0)}f}"
