"""What a table is, as table.toml declares it: rows, columns, metric; unknown keys are refused. And
the metrics: what each is called, its unit and digits, and which of them are costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import floor, log10
from pathlib import Path
from typing import Literal

from bench.declared.toml import checked, read_toml, strict, wrong
from bench.errors import UsageError
from bench.folders import table_folder, table_names
from iunet.declare.contract import closest_first
from iunet.declare.point import Point
from iunet.declare.protocol import default_protocol
from iunet.declare.settings import Operation

FILE = "table.toml"

Part = Literal["tabular", "vision"]
"""Which half of a protocol rows and columns fall under; rows and columns of one part meet."""

BY = "_by_"
"""In the name of a metric: what follows says how the network was run when it was measured."""


@strict
@dataclass(frozen=True)
class Row:
    """One row.

    Args:
        dataset: its key; several rows may be of one dataset.
        title: as shown.
        published: its name in published.csv, the title unless given.
        part: see Part.
        operation: what was done to the pictures, in tables of one state of the networks.
    """

    dataset: str
    title: str
    published: str = ""
    part: Part = "tabular"
    operation: Operation | None = None

    @property
    def printed_name(self) -> str:
        """The row's name in published.csv."""
        return self.published or self.title


@strict
@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        title: as shown, its own in the table's part.
        method, net: what is run.
        published: its name in published.csv, the title unless given.
        printed_metric: what the printed numbers were computed with; none where nothing was printed.
        printed_runs: how many runs a printed number is the mean of.
        part: see Part.
        block: columns of one block stand side by side, blocks one below the other.
        at: values of the method's grid that are fixed, by name; the rest is chosen.
    """

    title: str
    method: str
    net: str = "-"
    published: str = ""
    printed_metric: str | None = None
    printed_runs: int = 3
    part: Part = "tabular"
    block: str = ""
    at: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def printed_name(self) -> str:
        """The column's name in published.csv."""
        return self.published or self.title

    @property
    def whole_title(self) -> str:
        """The title with the network in brackets where it was printed with it."""
        name, bracket, net = self.published.partition("(")
        return f"{name} ({net}" if bracket else self.title

    @property
    def point(self) -> Point:
        """What is fixed of the grid."""
        return tuple(self.at.items())


@strict
@dataclass(frozen=True)
class TableSpec:
    """One table.

    Args:
        key: the name of its folder and command.
        title: ours, for the caption.
        rows, columns: in printed order, all parts. The file can name a table instead of rows.
        metric: what cells show unless another is asked for, or each column's own as it was printed.
        metrics: what can be asked for; only `metric` where empty, see every_metric.
        printed: where it was printed; empty for tables of our own.
        printed_in: the table whose published.csv has the numbers; its own where empty.
        kind: scores of runs, or counts of datasets.
        best: name of the printed row that counts wins.
        state: of the networks whose facts are shown; empty where the metrics are scores, or facts
            by their whole name.
        collapse: a metric, the share of the most predicted class, that marks a score as collapsed.
        budget: the one used where none is named; the usual one where empty.
        protocol: file in the table's folder, used where no protocol is named; empty for the usual
            one.
        notes: what a reader has to know, one sentence or two each.
        closing: the last of the notes, with which the command ends on a terminal.
    """

    key: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    metric: str
    metrics: tuple[str, ...] = ()
    printed: str = ""
    printed_in: str = ""
    kind: Literal["scores", "counts"] = "scores"
    best: str | None = None
    state: Literal["", "restart", "initial", "trained"] = ""
    collapse: str | None = None
    budget: str = ""
    protocol: str = ""
    notes: tuple[str, ...] = ()
    closing: str = ""

    def __post_init__(self) -> None:
        if not self.rows or not self.columns:
            raise ValueError(f"{len(self.rows)} rows and {len(self.columns)} columns; name some")

    @property
    def usual_protocol(self) -> str:
        """What names the protocol used where none is named."""
        own = self.protocol and str(table_folder(self.key) / self.protocol)
        return own or default_protocol()

    @property
    def protocol_key(self) -> str:
        """Key of the protocol used where none is named; that of a file is its name."""
        return Path(self.usual_protocol).stem

    @property
    def every_metric(self) -> tuple[str, ...]:
        """What can be asked for."""
        return self.metrics or (self.metric,)

    @property
    def prints(self) -> str:
        """The table whose published.csv has the printed numbers."""
        return self.printed_in or self.key

    def pairs(self) -> Iterator[tuple[Row, Column]]:
        """What runs: every row with every column of its part."""
        for row in self.rows:
            for column in self.columns:
                if column.part == row.part:
                    yield row, column

    def fact(self, metric: str, row: Row) -> str:
        """What a metric is called in the records of a row.

        Where the table shows a state, "consistency" is `restart_resize_consistency`, and
        "consistency_by_running_statistics" is `restart_by_running_statistics_resize_consistency`.
        """
        if not self.state:
            return metric
        what, by, how = metric.partition(BY)
        return "_".join(part for part in (self.state + by + how, row.operation, what) if part)

    def collapse_fact(self, metric: str, row: Row) -> str | None:
        """The fact that says whether a metric of a row has collapsed; None where none does."""
        _, by, how = metric.partition(BY)
        return self.fact(self.collapse + by + how, row) if self.collapse else None


def read_table(name: str) -> TableSpec:
    """The table of this name.

    Raises:
        UsageError: no such table.
        BenchError: its file is not TOML, or names a key no table has, or misses one.
    """
    return _read_table(table_folder(name) / FILE)


@cache
def _read_table(path: Path) -> TableSpec:
    """A file is read once in a process: many parts of an answer ask for the same table."""
    return parse_table(path.parent.name, path)


def parse_table(name: str, source: Path | str) -> TableSpec:
    """The table in this file or text.

    Raises:
        BenchError: not TOML, or an unknown, missing or wrong key.
        UsageError: rows of a table that is not there.
    """
    raw = {"key": name} | read_toml(source)
    rows = raw.get("rows")
    if rows == name:
        raise wrong(source, f"rows: {name} has no rows of its own")
    if isinstance(rows, str):
        raw["rows"] = named_table(rows, source).rows
    return checked(TableSpec, raw, source)


def named_table(name: str, source: Path | str) -> TableSpec:
    """The table that another declaration names.

    Raises:
        UsageError: no such table; the message names the declaration, too.
    """
    if name not in table_names():
        known = closest_first(name, table_names())
        where = "" if isinstance(source, str) else f"{source}: "
        raise UsageError(f"{where}no table called {name[:60]!r}; known: {known}")
    return read_table(name)


STATED = "balanced_accuracy"
"""The metric that the paper states for its tables of data."""

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
    listed = closest_first(name, known)
    raise UsageError(f"no metric called {name!r} for this table; known: {listed}")


def three_digits(value: float) -> str:
    """A positive number with three significant digits and no exponent: 12300, 98.0, 0.231."""
    rounded = float(f"{value:.3g}")
    decimals = 2 - floor(log10(rounded)) if rounded > 0 else 0
    return f"{rounded:.{max(decimals, 0)}f}"
