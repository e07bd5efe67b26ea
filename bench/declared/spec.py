"""What a table is: its rows, columns and metric, read from table.toml; unknown keys are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.declared.toml import checked, read_toml, strict, wrong
from bench.folders import table_folder
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
        metrics: what can be asked for; only `metric` where empty.
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
    return parse_table(name, table_folder(name) / FILE)


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
        raw["rows"] = read_table(rows).rows
    return checked(TableSpec, raw, source)
