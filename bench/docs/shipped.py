"""Tables filled from the shipped records alone, for the pages that quote them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.folders import reference_folder
from bench.judge.collect import Collected
from bench.show.asked import Selection, collected, prepare
from bench.store.store import Store
from bench.tables.spec import read_table


def shipped_datasets() -> list[str]:
    """Keys of the datasets that records are shipped for."""
    folder = reference_folder()
    return sorted(path.stem for path in folder.glob("*.jsonl")) if folder else []


@contextmanager
def shipped_store() -> Iterator[Store]:
    """The shipped records without any of the user's."""
    with tempfile.TemporaryDirectory() as nothing:
        yield Store(Path(nothing), reference_folder())


def shipped(store: Store, table: str, protocol: str = "", metric: str = "") -> Collected | None:
    """The rows of a table that records are shipped for; None where there are none."""
    there = set(shipped_datasets())
    datasets = tuple(dict.fromkeys(r.dataset for r in read_table(table).rows if r.dataset in there))
    if not datasets:
        return None
    return collected(prepare(Selection(table, protocol, metric=metric, datasets=datasets)), store)
