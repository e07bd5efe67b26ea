"""What `bench data` does, without its printing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.datasets.catalogue import CATALOGUE, TabularDataset, find_dataset
from bench.datasets.check import check_table
from bench.datasets.errors import DataDamaged
from bench.datasets.fetch import fetch_dataset
from bench.datasets.places import Places
from bench.datasets.read import Reading, read_file
from bench.datasets.sources import find_source, read_dataset
from bench.datasets.store import Entry, check_bytes, find_entry, keep, mend
from bench.errors import DataError, UsageError


@dataclass(frozen=True)
class Listed:
    """One line of `bench data list`.

    Args:
        place: "store", "folder" or "embedded" where it is at hand, else "absent" or "damaged".
        where: the file, or the command that gets it.
        checked_by: what a load compares: "content" (which includes the counts) or "counts".
    """

    key: str
    title: str
    rows: int
    features: int
    classes: int | None
    majority: float
    minority: float
    task_id: int | None
    dataset_id: int | None
    place: str
    where: str
    checked_by: str


def list_datasets(places: Places) -> list[Listed]:
    """Every table of the catalogue and where it would come from; no table is read."""
    return [_listed(dataset, places) for dataset in CATALOGUE.values()]


def chosen(keys: Sequence[str], everything: bool) -> list[TabularDataset]:
    """The datasets named, or all of OpenML.

    Raises:
        UsageError: an unknown key, or neither keys nor `everything`, or both.
    """
    if bool(keys) == everything:
        raise UsageError("name datasets or say --all; `bench data list` shows the keys")
    if everything:
        return [dataset for dataset in CATALOGUE.values() if dataset.source == "openml"]
    return [find_dataset(key) for key in keys]


def fetch_each(
    datasets: Sequence[TabularDataset],
    places: Places,
    *,
    force: bool = False,
    server: str | None = None,
    deadline: float | None = None,
) -> Iterator[tuple[str, str | DataError]]:
    """Fetch one dataset after the other unless it is at hand; an error does not stop the others.

    Yields:
        The key, and one line that says what happened or the error.
    """
    for dataset in datasets:
        at_hand = None if force else _sound_place(dataset, places)
        if at_hand is not None:
            yield dataset.key, f"at hand: {at_hand}"
            continue
        try:
            entry = fetch_dataset(dataset, places, server=server, deadline=deadline)
        except DataError as error:
            yield dataset.key, error
        else:
            size = f"{entry.rows:,} rows x {entry.features:,} features"
            yield dataset.key, f"fetched {size} from {entry.origin}"


def verify_each(keys: Sequence[str], places: Places) -> Iterator[tuple[str, str | DataError]]:
    """Read datasets again and compare bytes, counts and content; if none is named, all at hand."""
    datasets = [find_dataset(key) for key in keys] or list(CATALOGUE.values())
    for dataset in datasets:
        try:
            if not keys and find_source(dataset, places) is None:
                continue
            table, digest = read_dataset(dataset, places)
        except DataError as error:
            yield dataset.key, error
        else:
            by = "content" if dataset.content else "counts"
            yield dataset.key, f"{table.rows:,} rows, content {digest[:12]}, {by} as catalogued"


def import_file(path: Path, key: str, places: Places, reading: Reading | None = None) -> Entry:
    """Check a file someone has and keep its content in the local store.

    Raises:
        UsageError: no such file, an unknown key, or a table that comes with scikit-learn.
        DataDamaged, DataMismatch: not readable, or not what the catalogue has.
        StoreUnwritable: disk full, read-only or forbidden.
    """
    dataset = find_dataset(key)
    if dataset.source == "embedded":
        raise UsageError(f"{key} comes with scikit-learn; it is not imported")
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    table = read_file(path, reading)
    check_table(dataset, table, "Nothing was imported; see --target and --categorical")
    return keep(places.store, key, table, f"imported from {path.name}")


def _listed(dataset: TabularDataset, places: Places) -> Listed:
    place, where = _place(dataset, places)
    return Listed(
        key=dataset.key,
        title=dataset.title,
        rows=dataset.rows,
        features=dataset.features,
        classes=dataset.classes,
        majority=dataset.majority,
        minority=dataset.minority,
        task_id=dataset.task_id,
        dataset_id=dataset.dataset_id,
        place=place,
        where=where,
        checked_by="counts" if dataset.content is None else "content",
    )


def _place(dataset: TabularDataset, places: Places) -> tuple[str, str]:
    try:
        source = find_source(dataset, places)
    except DataError as error:
        return "damaged", str(error)
    if source is None:
        return "absent", f"bench data fetch {dataset.key}"
    return source.place, source.where


def _sound_place(dataset: TabularDataset, places: Places) -> str | None:
    """Where the dataset is, None if it must be fetched; a damaged file of the store must be."""
    try:
        entry = find_entry(places.store, dataset.key)
        if entry is not None:
            check_bytes(places.store / entry.file, entry.sha256, mend(dataset.key))
    except DataDamaged:
        return None
    source = find_source(dataset, places)
    return None if source is None else f"{source.place}, {source.where}"
