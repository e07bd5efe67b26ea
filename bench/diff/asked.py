"""Which tables are compared, under which conditions, and their cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.declared.published import read_published
from bench.declared.spec import TableSpec, read_table
from bench.diff.diff import TableDiff, diff_of
from bench.errors import UsageError
from bench.folders import table_names
from bench.judge.metrics import AS_PRINTED, find_metric
from bench.plan.names import find_columns, find_rows
from bench.plan.query import Query
from bench.store.store import Store
from bench.tables.asked import collected, prepare


def printed_tables() -> tuple[str, ...]:
    """The tables of scores that numbers were printed of."""
    return tuple(
        name for name in table_names() if read_table(name).kind == "scores" and read_published(name)
    )


def diffs(tables: Sequence[str], selection: Query, store: Store) -> list[TableDiff]:
    """Compare these tables, or all that were printed; runs nothing.

    Each column is shown in the metric it was printed in unless another is asked for. Of several
    tables each is asked for the selected rows, columns and metric it has.

    Args:
        tables: names; empty for all.
        selection: everything but the table.
        store: where the runs are.

    Raises:
        UsageError: a name that no table has, or a table that nothing was printed of.
    """
    specs = _specs(tables)
    fitting = _fitting(specs, selection) if len(specs) > 1 else {specs[0]: selection}
    asked = [prepare(_shown(spec, part)) for spec, part in fitting.items()]
    found = [diff_of(collected(each, store)) for each in asked]
    return [one for one in found if one.lines]


def _specs(tables: Sequence[str]) -> list[TableSpec]:
    known = printed_tables()
    specs = [read_table(name) for name in tables or known]
    for spec in specs:
        if spec.key not in known:
            raise UsageError(f"no scores were printed of {spec.key}; known: {', '.join(known)}")
    return specs


def _shown(spec: TableSpec, selection: Query) -> Query:
    metric = selection.metric or (AS_PRINTED if len(spec.metrics) > 1 else "")
    return replace(selection, name=spec.key, metric=metric)


def _fitting(specs: Sequence[TableSpec], selection: Query) -> dict[TableSpec, Query]:
    """For every table what it has of the selection; those that have nothing left out."""
    asked = [
        (selection.datasets, _has_row),
        (selection.methods, _has_column),
        ((selection.metric,) if selection.metric else (), _has_metric),
    ]
    for names, has in asked:
        for name in names:
            if not any(has(spec, name) for spec in specs):
                known = ", ".join(spec.key for spec in specs)
                raise UsageError(f"{name!r} is in none of these tables: {known}")
    return {
        spec: _own_part(spec, selection)
        for spec in specs
        if all(not names or any(has(spec, name) for name in names) for names, has in asked)
    }


def _own_part(spec: TableSpec, selection: Query) -> Query:
    return replace(
        selection,
        datasets=tuple(name for name in selection.datasets if _has_row(spec, name)),
        methods=tuple(name for name in selection.methods if _has_column(spec, name)),
    )


def _has_row(spec: TableSpec, name: str) -> bool:
    return _known(lambda: find_rows(spec, name))


def _has_column(spec: TableSpec, name: str) -> bool:
    return _known(lambda: find_columns(spec, name))


def _has_metric(spec: TableSpec, name: str) -> bool:
    return _known(lambda: find_metric(name, spec.metrics or (spec.metric,)))


def _known(find: Callable[[], object]) -> bool:
    try:
        find()
    except UsageError:
        return False
    return True
