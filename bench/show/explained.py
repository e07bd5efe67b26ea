"""From one cell as a user names it to its explanation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.errors import DataError, UsageError
from bench.show.asked import Selection, collected, prepare
from bench.show.why import explain
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.spec import find_column, read_table


def explained(selection: Selection, row: str, column: str, store: Store) -> dict[str, Any]:
    """Everything behind one cell, see bench.show.why; a method the table lacks is looked at too.

    Raises:
        UsageError: no such table, row or column; the message lists the known.
    """
    one = _for_cell(selection, row, column)
    asked = prepare(one)
    shown = asked.columns[-1]
    asked = replace(asked, columns=(shown,))
    jobs = [job for job in asked.jobs if (job.net, job.method) == (shown.net, shown.method)]
    records = {job.run_id: _record(store, job.run_id) for job in jobs}
    made = {run_id: record for run_id, record in records.items() if record is not None}
    command = asked.ask.command([asked.rows[0].dataset], () if one.appended else (shown.method,))
    command += "".join(f" --with {key}" for key in one.appended)
    return explain(collected(asked, store), jobs, made, command)


def _for_cell(selection: Selection, row: str, column: str) -> Selection:
    from baselines.registry import find_methods

    one = replace(selection, datasets=(row,))
    try:
        return replace(one, methods=(find_column(read_table(selection.table), column).method,))
    except UsageError:
        if column not in find_methods():
            raise
        return replace(one, appended=(column,))


def _record(store: Store, run_id: str) -> Record | None:
    """The record unless it is refused, which the cell then gives as its reason."""
    try:
        return store.get(run_id)
    except DataError:
        return None
