"""Columns that a user adds to a table: `--with METHOD` or `--with NET:METHOD`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from baselines.registry import Method
from bench.declared.spec import Column, Part, TableSpec
from bench.errors import UsageError
from bench.plan.names import MethodName, short_name
from bench.plan.plan import usual_net
from iunet.declare.contract import UnknownKey
from iunet.declare.nets import NETS, Kind
from iunet.declare.recipe import Recipe

KINDS: dict[Part, Kind] = {"tabular": "table", "vision": "pictures"}
"""What the rows of a part have."""


def appended_columns(spec: TableSpec, keys: Sequence[str]) -> tuple[Column, ...]:
    """For every key a column in each part it runs in, unless the table has it there.

    It runs on the usual net unless one is named, with as much of the grid fixed as for the part's
    other columns, in the block of its net.

    Raises:
        UsageError: no such method or net, or it runs in no part; the message lists the known.
    """
    return tuple(
        column
        for key in dict.fromkeys(keys)
        for column in _columns(spec, key)
        if _place(column) not in map(_place, spec.columns)
    )


def appended_key(column: Column) -> str:
    """What a user types to append this column."""
    return short_name(column.net, column.method, KINDS[column.part])


def _columns(spec: TableSpec, key: str) -> list[Column]:
    name = MethodName.parse(key)
    named, method = name.net, _method(str(replace(name, net="")))
    columns = [
        _column(spec, part, method, named)
        for part in dict.fromkeys(row.part for row in spec.rows)
        if named in ("", *NETS[KINDS[part]]) and _runs(method, part, named)
    ]
    if not columns:
        nets = [net for row in spec.rows for net in NETS[KINDS[row.part]]]
        known = ", ".join(dict.fromkeys(nets))
        raise UsageError(f"{key!r} does not run on the data of {spec.key}; nets for it: {known}")
    return columns


def _runs(method: Method, part: Part, net: str) -> bool:
    return isinstance(method, Recipe) or (part == "tabular" and not net)


def _method(key: str) -> Method:
    from baselines.registry import find_method

    try:
        return find_method(key)
    except UnknownKey as error:
        raise UsageError(str(error)) from error


def _column(spec: TableSpec, part: Part, method: Method, named: str) -> Column:
    net = named or usual_net(method, KINDS[part])
    others = [column for column in spec.columns if column.part == part]
    title = _title(method.key) + (f" ({_title(named)})" if named else "")
    taken = title in (column.title for column in others)
    return Column(
        title=f"{title} ({method.key})" if taken else title,
        method=method.key,
        net=net,
        part=part,
        block=next((column.block for column in others if column.net == net), ""),
        at=next((column.at for column in others if column.at), {}),
    )


def _title(key: str) -> str:
    return key.upper().replace("-", "_")


def _place(column: Column) -> tuple[Part, str, str]:
    return column.part, column.net, column.method
