"""What `bench export` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.cli.selection import words
from bench.store.records import Record
from bench.store.store import Store


def chosen_records(
    store: Store,
    datasets: Sequence[str] | None,
    methods: Sequence[str] | None,
    protocols: Sequence[str] | None,
    budget: str | None,
) -> list[Record]:
    """The records of a selection; everything where nothing is selected."""
    keys, wanted, under = words(datasets), words(methods), words(protocols)
    return [
        record
        for record in store.records()
        if (not keys or record.dataset in keys)
        and (not wanted or record.method in wanted)
        and (not under or record.protocol in under)
        and (not budget or record.budget == budget)
    ]


def write_shipped(records: Sequence[Record], store: Store) -> Iterator[tuple[Path, int]]:
    """Write the records to ship below the results folder; (file, runs) of each."""
    from bench.store.reference import write_reference

    for path in write_reference(records, store.results / "reference"):
        yield path, len(path.read_bytes().splitlines())
