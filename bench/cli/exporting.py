"""What `bench export` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.cli.selection import protocol_names, words
from bench.errors import UsageError
from bench.store.inline import Arrays
from bench.store.records import Record
from bench.store.store import Store


def chosen_records(
    store: Store,
    datasets: Sequence[str] | None,
    methods: Sequence[str] | None,
    protocols: Sequence[str] | None,
    budget: str | None,
) -> list[Record]:
    """The records of a selection; everything where nothing is selected.

    Raises:
        UsageError: no record has a name that was given; the message lists those that some have.
    """
    records = list(store.records())
    keys = _recorded("dataset", words(datasets), [record.dataset for record in records])
    wanted = _recorded("method", words(methods), [record.method for record in records])
    names = protocol_names(protocols)
    under = _recorded("protocol", names, [record.protocol for record in records])
    spent = _recorded("budget", words([budget or ""]), [record.budget for record in records])
    return [
        record
        for record in records
        if (not keys or record.dataset in keys)
        and (not wanted or record.method in wanted)
        and (not under or record.protocol in under)
        and (not spent or record.budget in spent)
    ]


def _recorded(kind: str, names: Sequence[str], there: Sequence[str]) -> Sequence[str]:
    known = ", ".join(sorted(set(there))) or "none"
    for name in names:
        if name not in there:
            raise UsageError(f"no record of {kind} {name!r}; there are records of: {known}")
    return names


def write_shipped(records: Sequence[Record], store: Store) -> Iterator[tuple[Path, int]]:
    """Write the records to ship below the results folder; (file, runs) of each.

    Runs that a figure draws carry the arrays it draws, as far as they are small. Steps between
    protocols go to a folder of their own, which no table reads.
    """
    from bench.bridge.way import is_step
    from bench.figures.shipped import drawn_arrays
    from bench.folders import BRIDGE
    from bench.store.reference import write_reference

    drawn = drawn_arrays(records)

    def drawings(run_id: str) -> Arrays:
        kept = store.drawings(run_id) if run_id in drawn else None
        return {name: array for name, array in (kept or {}).items() if name in drawn[run_id]}

    tables = [record for record in records if not is_step(record.protocol)]
    steps = [record for record in records if is_step(record.protocol)]
    for name, own in (("reference", tables), (BRIDGE, steps)):
        for path in write_reference(own, store.results / name, drawings):
            yield path, len(path.read_bytes().splitlines())
