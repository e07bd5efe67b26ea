"""From one cell as a user names it to its explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bench.declared.spec import Column, Row, TableSpec, read_table
from bench.errors import DataError, UsageError
from bench.plan.names import MethodName, column_key, find_columns, find_rows, row_key
from bench.plan.query import Query
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.appended import appended_columns, appended_key
from bench.tables.asked import Asked, collected, prepare
from bench.tables.why import explain


def explained(query: Query, row: str, column: str, store: Store) -> dict[str, Any]:
    """Everything behind one cell, see bench.tables.why; a method the table lacks is looked at too.

    Where the names fit several cells it is the first, and the others are named.

    Raises:
        UsageError: no such table, row or column; the message lists the known.
    """
    spec = read_table(query.name)
    first, *others = _places(spec, row, column)
    asked = _alone(query, first)
    jobs = [
        job
        for job in asked.planned.get(first.column.point, ())
        if (job.net, job.method) == (first.column.net, first.column.method)
    ]
    records = {job.run_id: _record(store, job.run_id) for job in jobs}
    made = {run_id: record for run_id, record in records.items() if record is not None}
    methods = () if first.appended else (first.column_key,)
    command = asked.ask.command([first.row_key], methods)
    command += f" --with {first.column_key}" if first.appended else ""
    options = " ".join(asked.ask.options)
    also = [f"bench why {spec.key} {place.names} {options}".strip() for place in others]
    return {
        "cell": f"{spec.key} {first.names}",
        **explain(collected(asked, store), jobs, made, command),
        "also": also,
    }


@dataclass(frozen=True)
class _Place:
    """A cell that a user's names fit."""

    row: Row
    column: Column
    row_key: str
    column_key: str
    appended: bool

    @property
    def names(self) -> str:
        """What to type for it."""
        return f"{self.row_key} {self.column_key}"


def _places(spec: TableSpec, row: str, column: str) -> list[_Place]:
    rows = find_rows(spec, row)
    parts = {found.part for found in rows}
    columns, appended = _columns(spec, column)
    found = [
        _Place(
            r, c, row_key(spec, r), appended_key(c) if appended else column_key(spec, c), appended
        )
        for r in rows
        for c in columns
        if c.part == r.part
    ]
    if not found:
        known = ", ".join(column_key(spec, c) for c in spec.columns if c.part in parts)
        raise UsageError(f"{spec.key} has no column {column!r} in row {row!r}; known: {known}")
    return found


def _columns(spec: TableSpec, name: str) -> tuple[tuple[Column, ...], bool]:
    """The columns of this name, and whether they are none of the table's own."""
    from baselines.registry import find_methods

    try:
        return find_columns(spec, name), False
    except UsageError:
        if MethodName.parse(name).method not in find_methods():
            raise
        return appended_columns(spec, (name,)), True


def _alone(query: Query, place: _Place) -> Asked:
    """The cell as a table of its own."""
    one, key = replace(query, datasets=(place.row_key,)), (place.column_key,)
    asked = prepare(replace(one, appended=key) if place.appended else replace(one, methods=key))
    return replace(asked, rows=(place.row,), columns=(place.column,))


def _record(store: Store, run_id: str) -> Record | None:
    """The record unless it is refused, which the cell then gives as its reason."""
    try:
        return store.get(run_id)
    except DataError:
        return None
