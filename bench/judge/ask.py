"""What was asked for: table, protocol, budget, metric; and the command that asks it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.declared.spec import Column, Part, TableSpec
from bench.errors import UsageError

AS_PRINTED = "as-printed"
"""Each column in the metric its printed numbers were computed with."""

SHORT = {
    "swapped": "swapped_balanced_accuracy",
    "balanced": "balanced_accuracy",
    "batch-mean": "batch_mean_accuracy",
    "top5": "top5_accuracy",
}
"""Names a user may type for a metric."""


@dataclass(frozen=True)
class Ask:
    """The conditions of one rendering.

    Args:
        table: its name.
        protocol, budget: keys.
        select: for each part the protocol's validation score that picks a grid point.
        full: whether the budget does everything the protocol says.
        metric: what cells show, or AS_PRINTED.
        protocol_title, budget_title: one line each, for the caption.
        seeds: only these; empty means all the protocol's.
        options: what to add to a command to get the same protocol, budget and seeds again.
    """

    table: str
    protocol: str
    budget: str
    select: Mapping[Part, str]
    full: bool
    metric: str
    protocol_title: str = ""
    budget_title: str = ""
    seeds: tuple[int, ...] = ()
    options: tuple[str, ...] = ()

    def command(self, datasets: Sequence[str] = (), methods: Sequence[str] = ()) -> str:
        """The command that makes these rows and columns under the same conditions."""
        words = ["bench", self.table]
        words += ["-d", ",".join(datasets)] if datasets else []
        words += ["-m", ",".join(methods)] if methods else []
        return " ".join([*words, *self.options])


def metric_of(column: Column, spec: TableSpec, ask: Ask) -> str:
    """What a column shows under this ask; an appended one what its part was printed in."""
    if ask.metric != AS_PRINTED:
        return ask.metric
    others = (c.printed_metric for c in spec.columns if c.part == column.part)
    return column.printed_metric or next((m for m in others if m), spec.metrics[0])


def find_metric(name: str, allowed: Sequence[str]) -> str:
    """The metric of this name, dashes or underscores, short or in full.

    Raises:
        UsageError: the table has no such metric; the message lists those it has.
    """
    wanted = SHORT.get(name, name.replace("-", "_"))
    if wanted in allowed:
        return wanted
    if name == AS_PRINTED and len(allowed) > 1:
        return name
    known = [metric.replace("_", "-") for metric in allowed] + [AS_PRINTED] * (len(allowed) > 1)
    raise UsageError(f"no metric called {name!r} for this table; known: {', '.join(known)}")
