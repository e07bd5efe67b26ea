"""Tables filled from the shipped records alone, for the pages that quote them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.folders import reference_folder
from bench.judge.cell import Cell
from bench.judge.collect import Collected
from bench.plan.query import Query
from bench.store.store import Store
from bench.tables.asked import collected, prepare


@contextmanager
def shipped_store() -> Iterator[Store]:
    """The shipped records without any of the user's."""
    with tempfile.TemporaryDirectory() as nothing:
        yield Store(Path(nothing), reference_folder())


def shipped(
    store: Store, table: str, *, protocol: str = "", budget: str = "", metric: str = ""
) -> Collected | None:
    """The rows of a table that have a number under these conditions; None where none has."""
    found = collected(prepare(Query(table, protocol, budget, metric)), store)
    rows = tuple(
        (row, entries)
        for row, entries in found.rows
        if any(isinstance(entry.own, Cell) for entry in entries)
    )
    return replace(found, rows=rows) if rows else None
