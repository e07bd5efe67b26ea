"""Rows and columns of a table as a user names them, and the names that lead back to them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bench.declared.spec import Column, Row, TableSpec
from bench.errors import UsageError


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
    """The columns of this method, net:method, title or printed name, or the one of this key.

    Raises:
        UsageError: no such column; the message lists the known.
    """
    wanted = name.lower()
    columns = tuple(
        column
        for column in spec.columns
        if wanted in _names(column) or wanted == column_key(spec, column)
    )
    if not columns:
        known = closest_first(name, [column_key(spec, column) for column in spec.columns])
        raise UsageError(f"{spec.key} has no column {name!r}; known: {', '.join(known)}")
    return columns


def column_key(spec: TableSpec, column: Column) -> str:
    """The shortest name of a column that fits no other: iunet, resnet:iunet, or iunet@ratio=16."""
    alike = [c for c in spec.columns if (c.part, c.method) == (column.part, column.method)]
    name = f"{column.net}:{column.method}" if len({c.net for c in alike}) > 1 else column.method
    points = [c.at for c in alike if c.net == column.net]
    fixed = [
        f"{what}={value:g}"
        for what, value in column.at.items()
        if any(point.get(what) != value for point in points)
    ]
    return "@".join([name, *fixed])


def row_key(spec: TableSpec, row: Row) -> str:
    """The name of a row that fits no other row: the dataset, or its printed name."""
    alone = [other.dataset for other in spec.rows].count(row.dataset) == 1
    return row.dataset if alone else row.printed_name.lower()


def closest_first(name: str, known: Sequence[str]) -> list[str]:
    """The known names, those closest to a mistyped one first."""
    close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4)
    return list(dict.fromkeys([*close, *known]))


def _names(column: Column) -> tuple[str, ...]:
    whole = f"{column.net}:{column.method}"
    return column.method, whole, column.title.lower(), column.printed_name.lower()
