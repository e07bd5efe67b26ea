"""How a user names methods, columns and rows: `method`, `net:method` or `net:method@ratio=16`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from bench.declared.spec import Column, Row, TableSpec
from bench.errors import BenchError, UsageError
from bench.plan.job import NO_NET
from iunet.declare.nets import NETS, Kind
from iunet.declare.point import Point


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


def short_name(net: str, method: str, kind: Kind) -> str:
    """What names a method on a net, without the net where it is the usual one."""
    return str(MethodName(method, "" if net in (NO_NET, NETS[kind][0]) else net))


def find_rows(spec: TableSpec, name: str) -> tuple[Row, ...]:
    """The rows of this dataset key, or the one of this title or printed name.

    Raises:
        UsageError: no such row; the message lists the known.
    """
    wanted = name.lower()
    rows = tuple(
        row
        for row in spec.rows
        if wanted in (row.dataset, row.title.lower(), row.printed_name.lower())
    )
    if not rows:
        known = closest_first(name, [row.dataset for row in spec.rows])
        raise UsageError(f"{spec.key} has no row {name!r}; known: {', '.join(known)}")
    return rows


def find_columns(spec: TableSpec, name: str) -> tuple[Column, ...]:
    """The columns that a method's name fits, or those of this title or printed name.

    Raises:
        UsageError: no such column; the message lists the known.
    """
    wanted = name.lower()
    key = MethodName.parse(wanted)
    columns = tuple(
        column
        for column in spec.columns
        if key.fits(column.net, column.method, column.point)
        or wanted in (column.title.lower(), column.printed_name.lower())
    )
    if not columns:
        known = closest_first(name, [column_key(spec, column) for column in spec.columns])
        raise UsageError(f"{spec.key} has no column {name!r}; known: {', '.join(known)}")
    return columns


def find_column(spec: TableSpec, name: str) -> Column:
    """The one column of this name.

    Raises:
        BenchError: it names none, or several.
    """
    columns = find_columns(spec, name)
    if len(columns) != 1:
        raise BenchError(f"{spec.key}: {name} names {len(columns)} columns; name one")
    return columns[0]


def column_key(spec: TableSpec, column: Column) -> str:
    """The shortest name of a column that fits no other: iunet, resnet:iunet, or iunet@ratio=16."""
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
    alone = [other.dataset for other in spec.rows].count(row.dataset) == 1
    return row.dataset if alone else row.printed_name.lower()


def closest_first(name: str, known: Sequence[str]) -> list[str]:
    """The known names, those closest to a mistyped one first."""
    close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4)
    return list(dict.fromkeys([*close, *known]))
