"""What a user selects, the conditions that this stands for, and how methods, columns and rows are
named: `method`, `net:method` or `net:method@ratio=16`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from bench.declared.tables import Column, Part, Row, TableSpec
from bench.errors import UsageError
from bench.plan.budget import Budget, default_budget, find_budget
from bench.plan.job import NO_NET
from iunet.architectures import nets_for
from iunet.declare.contract import closest_first
from iunet.declare.net import Kind
from iunet.declare.point import Point
from iunet.declare.protocol import Protocol, default_protocol, find_protocol

KINDS: dict[Part, Kind] = {"tabular": "table", "vision": "pictures"}
"""The kind of data in each part of a table."""

JOIN = " + "
"""Separates the base protocol from what is changed in it, in the name under which runs of a
bridge's step are recorded."""


@dataclass(frozen=True)
class Query:
    """What a user selects. Empty means what the table, the figure or the protocol says.

    Args:
        name: of the table or figure; empty where a command reads several tables.
        protocol: key, or path of a .toml file.
        budget, metric: keys.
        tables: whose runs or findings, by name.
        protocols, budgets: only records of these; where runs are planned, once under each.
        datasets, methods: only these, as a user names them, see MethodName.
        seeds: only these of the protocol's.
        appended: methods that are added to a table as columns.
        start, end: the two protocols of a bridge, by key or file.
        steps: only these steps of a bridge.
        own: files whose lines are tabulated beside the steps of a bridge.
        fresh: whether the shipped records are ignored.
    """

    name: str = ""
    protocol: str = ""
    budget: str = ""
    metric: str = ""
    tables: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    appended: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    steps: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Conditions:
    """Under what the runs of a table, a figure or a bridge are planned and shown.

    Args:
        protocol, budget: as they were looked up.
        seeds: only these of the protocol's; empty means all.
        name: of the table or figure.
        options: what to add to a command to get the same protocol, budget and seeds again, quoted
            for a shell.
    """

    protocol: Protocol
    budget: Budget
    seeds: tuple[int, ...] = ()
    name: str = ""
    options: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the budget leaves the protocol's epochs, grids and pictures as they are."""
        budget = self.budget
        return budget.epochs is None and not budget.chosen and budget.pictures is None

    @property
    def captions(self) -> tuple[str, str]:
        """Protocol and budget, as captions tell them."""
        protocol, budget = self.protocol, self.budget
        return (
            f"protocol {protocol.key} ({protocol.title})",
            f"budget {budget.key} ({budget.title})",
        )

    @property
    def unusual(self) -> list[str]:
        """Keys of the protocol and of the budget, each only where it is not the usual one, as they
        stand in names of files."""
        keys = {"--protocol": self.protocol.key, "--budget": self.budget.key}
        there = (key for option, key in keys.items() if option in self.options)
        return [re.sub(r"[^\w.+-]+", "-", key) for key in there]

    def command(
        self,
        datasets: Sequence[str] = (),
        methods: Sequence[str] = (),
        appended: Sequence[str] = (),
    ) -> str:
        """The command that makes these rows and columns under the same conditions."""
        words = ["bench", self.name]
        words += ["-d", ",".join(datasets)] if datasets else []
        words += ["-m", ",".join(methods)] if methods else []
        words += self.options
        return " ".join([*words, *(f"--with {key}" for key in appended)])


def conditions_of(query: Query, protocol: str = "", budget: str = "") -> Conditions:
    """The protocol, the budget and the seeds of a query.

    Args:
        protocol, budget: those used where the query names none; the usual ones where empty.

    Raises:
        UsageError, UnknownKey, ProtocolError: no such protocol or budget.
    """
    usual_protocol, usual_budget = protocol or default_protocol(), budget or default_budget()
    name = query.protocol or usual_protocol
    found = find_budget(query.budget or usual_budget)
    options = ["--protocol", shlex.quote(name)] if name != usual_protocol else []
    options += ["--budget", found.key] if found.key != usual_budget else []
    options += ["-s", ",".join(str(seed) for seed in query.seeds)] if query.seeds else []
    return Conditions(find_protocol(name), found, query.seeds, query.name, tuple(options))


@dataclass(frozen=True)
class MethodName:
    """A method as a user names it.

    Args:
        method: its key.
        net: key of a net; empty where none is named.
        fixed: values of the method's grid that are fixed, each as `ratio=16`.
    """

    method: str
    net: str = ""
    fixed: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> MethodName:
        """The name in this text."""
        key, *fixed = text.split("@")
        net, _, method = key.rpartition(":")
        return cls(method, net, tuple(fixed))

    def __str__(self) -> str:
        """What `parse` reads."""
        key = f"{self.net}:{self.method}" if self.net else self.method
        return "@".join([key, *self.fixed])

    def fits(self, net: str, method: str, point: Point = ()) -> bool:
        """Whether it names this method on this net with this point of the grid fixed."""
        there = {f"{name}={value:g}" for name, value in point}
        return self.method == method and self.net in ("", net) and there.issuperset(self.fixed)


def is_step(protocol: str) -> bool:
    """Whether a recorded protocol is a step of a bridge."""
    return JOIN in protocol


def short_name(net: str, method: str, kind: Kind) -> str:
    """What names a method on a net, without the net where it is the usual one."""
    return str(MethodName(method, "" if net in (NO_NET, nets_for(kind)[0]) else net))


def find_rows(spec: TableSpec, name: str) -> tuple[Row, ...]:
    """The rows of this dataset key, or the one of this title or printed name, or the user's own.

    Raises:
        UsageError: no such row; the message lists the known.
    """
    wanted = name.lower()
    own = own_rows(spec)
    rows = tuple(
        row
        for row in (*spec.rows, *own)
        if wanted in (row.dataset, row.title.lower(), row.printed_name.lower())
    )
    return rows or _refuse(spec, "row", name, [row.dataset for row in (*spec.rows, *own)])


def own_rows(spec: TableSpec) -> list[Row]:
    """Tables of the user's own, which every table that shows scores of tables has as rows."""
    from bench.datasets.catalogue import own_datasets

    if spec.kind != "scores" or all(row.part != "tabular" for row in spec.rows):
        return []
    return [Row(key, key) for key in own_datasets()]


def find_columns(spec: TableSpec, name: str) -> tuple[Column, ...]:
    """The columns that a method's name fits, or those of this title or printed name.

    Raises:
        UsageError: no such column; the message lists the known.
    """
    wanted = name.lower().replace("\N{GREEK SMALL LETTER BETA}", "beta")  # as tables show it
    key = MethodName.parse(wanted)
    columns = tuple(
        column
        for column in spec.columns
        if key.fits(column.net, column.method, column.point)
        or wanted in (column.title.lower(), column.printed_name.lower())
    )
    return columns or _refuse(spec, "column", name, [column_key(spec, c) for c in spec.columns])


def find_column(spec: TableSpec, name: str) -> Column:
    """The one column of this name.

    Raises:
        UsageError: it names none, or several.
    """
    columns = find_columns(spec, name)
    if len(columns) != 1:
        raise UsageError(f"{spec.key}: {name} names {len(columns)} columns; name one")
    return columns[0]


def column_key(spec: TableSpec, column: Column) -> str:
    """The shortest name of a column that fits no other: iunet, resnet:iunet, or iunet@ratio=16; of
    one that is not the table's own what a user types to append it."""
    if column not in spec.columns:
        return short_name(column.net, column.method, KINDS[column.part])
    alike = [c for c in spec.columns if (c.part, c.method) == (column.part, column.method)]
    points = [c.at for c in alike if c.net == column.net]
    fixed = [
        f"{what}={value:g}"
        for what, value in column.at.items()
        if any(point.get(what) != value for point in points)
    ]
    net = column.net if len({c.net for c in alike}) > 1 else ""
    return str(MethodName(column.method, net, tuple(fixed)))


def row_key(spec: TableSpec, row: Row) -> str:
    """The name of a row that fits no other row: the dataset, or its printed name."""
    alone = [other.dataset for other in spec.rows].count(row.dataset) < 2
    return row.dataset if alone else row.printed_name.lower()


def _refuse(spec: TableSpec, what: str, name: str, known: Sequence[str]) -> NoReturn:
    """Refuse a mistyped name; of the known ones those closest to it come first."""
    raise UsageError(f"{spec.key} has no {what} {name!r}; known: {closest_first(name, known)}")
