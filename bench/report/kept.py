"""Every record a report can stand on, and what is wrong with those it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import DataError
from bench.store.records import Record
from bench.store.store import Store


@dataclass(frozen=True)
class Kept:
    """The records of a store.

    Args:
        records: by run id; the user's own and the shipped ones, each run once.
        refused: one line for every record that cannot be trusted.
    """

    records: Mapping[str, Record]
    refused: tuple[str, ...] = ()


def read_kept(store: Store, ids: Iterable[str] | None = None) -> Kept:
    """Every record of a store, or these; one that is refused does not stop the others.

    Raises:
        DamagedRecord: a shipped file holds a line that is no record.
    """
    found, refused = list[Record](), list[str]()
    for run_id in sorted(store.own_ids() | store.reference_ids() if ids is None else ids):
        try:
            record = store.get(run_id)
        except DataError as error:
            refused.append(str(error))
            continue
        if record is not None:
            found.append(record)
    ordered = sorted(found, key=_order)
    return Kept({record.run_id: record for record in ordered}, tuple(refused))


def file_of(record: Record, store: Store) -> str:
    """The file of a record, as seen from its own folder: no report names a place on a machine."""
    path = record.path
    if path is None:
        return ""
    root = store.results if record.own else (store.reference or Path()).parent
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def labels(records: Sequence[Record]) -> set[tuple[str, str]]:
    """Protocol and budget that records were first planned under."""
    return {(record.protocol, record.budget) for record in records}


def _order(record: Record) -> tuple[object, ...]:
    return (
        *(record.dataset, record.net, record.method, record.protocol, record.budget),
        *(record.point, record.seed, record.run_id),
    )
