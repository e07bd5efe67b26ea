"""What `bench data` does, without its printing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.datasets.catalogue import (
    CATALOGUE,
    VISION,
    Dataset,
    TabularDataset,
    find_entry,
)
from bench.datasets.errors import DataDamaged
from bench.datasets.fetch import fetch_dataset
from bench.datasets.picture_check import SHAPE
from bench.datasets.picture_fetch import fetch_pictures
from bench.datasets.picture_sources import find_picture_source, read_picture_set
from bench.datasets.places import Places
from bench.datasets.sources import Source, find_source, read_dataset
from bench.datasets.store import Entry, check_bytes, mend
from bench.datasets.store import find_entry as find_kept
from bench.errors import DataError, UsageError


@dataclass(frozen=True)
class Listed:
    """One line of `bench data list`.

    Args:
        rows, features: of pictures their number, training and test, and the values of each.
        majority, minority, task_id, dataset_id: None for pictures.
        place: "store", "folder" or "embedded" where it is at hand, else "absent" or "damaged".
        where: the file, or the command that gets it.
        checked_by: what a load compares: "content" (which includes the counts) or "counts".
    """

    key: str
    title: str
    rows: int
    features: int
    classes: int | None
    majority: float | None
    minority: float | None
    task_id: int | None
    dataset_id: int | None
    place: str
    where: str
    checked_by: str


def list_datasets(places: Places) -> list[Listed]:
    """Every table and set of pictures, and where it would come from; none is read."""
    return [_listed(dataset, places) for dataset in _everything()]


def chosen(keys: Sequence[str], everything: bool) -> list[Dataset]:
    """The datasets named, or all that can be downloaded.

    Raises:
        UsageError: an unknown key, or neither keys nor `everything`, or both.
    """
    if bool(keys) == everything:
        raise UsageError("name datasets or say --all; `bench data list` shows the keys")
    if everything:
        return [dataset for dataset in _everything() if dataset.source != "embedded"]
    return [find_entry(key) for key in keys]


def fetch_each(
    datasets: Sequence[Dataset],
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
            if isinstance(dataset, TabularDataset):
                entry = fetch_dataset(dataset, places, server=server, deadline=deadline)
            else:
                entry = fetch_pictures(dataset, places, server=server, deadline=deadline)
        except DataError as error:
            yield dataset.key, error
        else:
            yield dataset.key, f"fetched {size_of(dataset, entry)} from {entry.origin}"


def verify_each(keys: Sequence[str], places: Places) -> Iterator[tuple[str, str | DataError]]:
    """Read datasets again and compare bytes, counts and content; if none is named, all at hand."""
    datasets = [find_entry(key) for key in keys] or _everything()
    for dataset in datasets:
        try:
            if not keys and _find(dataset, places) is None:
                continue
            verified = _verified(dataset, places)
        except DataError as error:
            yield dataset.key, error
        else:
            yield dataset.key, verified


def size_of(dataset: Dataset, entry: Entry) -> str:
    """How much the store has of a dataset, in words."""
    if isinstance(dataset, TabularDataset):
        return f"{entry.rows:,} rows x {entry.features:,} features"
    return f"{entry.rows:,} pictures"


def _everything() -> list[Dataset]:
    """Tables in the order of Table 8, then pictures."""
    return [*CATALOGUE.values(), *VISION.values()]


def _find(dataset: Dataset, places: Places) -> Source[Any] | None:
    if isinstance(dataset, TabularDataset):
        return find_source(dataset, places)
    return find_picture_source(dataset, places)


def _verified(dataset: Dataset, places: Places) -> str:
    """Size and content of a dataset that has just been read and checked, in words."""
    notes: tuple[str, ...] = ()
    if isinstance(dataset, TabularDataset):
        table, digest = read_dataset(dataset, places)
        size = f"{table.rows:,} rows"
    else:
        pictures, digest = read_picture_set(dataset, places)
        size = f"{len(pictures.train_y) + len(pictures.test_y):,} pictures"
        notes = pictures.notes
    by = "content" if dataset.content else "counts"
    return "; ".join([f"{size}, content {digest[:12]}, {by} as catalogued", *notes])


def _listed(dataset: Dataset, places: Places) -> Listed:
    place, where = _place(dataset, places)
    table = dataset if isinstance(dataset, TabularDataset) else None
    rows, features = _size(dataset)
    return Listed(
        key=dataset.key,
        title=dataset.title,
        rows=rows,
        features=features,
        classes=dataset.classes,
        majority=table.majority if table else None,
        minority=table.minority if table else None,
        task_id=table.task_id if table else None,
        dataset_id=table.dataset_id if table else None,
        place=place,
        where=where,
        checked_by="counts" if dataset.content is None else "content",
    )


def _size(dataset: Dataset) -> tuple[int, int]:
    if isinstance(dataset, TabularDataset):
        return dataset.rows, dataset.features
    return dataset.train + dataset.test, math.prod(SHAPE)


def _place(dataset: Dataset, places: Places) -> tuple[str, str]:
    try:
        source = _find(dataset, places)
    except DataError as error:
        return "damaged", str(error)
    if source is None:
        return "absent", f"bench data fetch {dataset.key}"
    return source.place, source.where


def _sound_place(dataset: Dataset, places: Places) -> str | None:
    """Where the dataset is, None if it must be fetched; a damaged file of the store must be."""
    try:
        entry = find_kept(places.store, dataset.key)
        if entry is not None:
            check_bytes(places.store / entry.file, entry.sha256, mend(dataset.key))
    except DataDamaged:
        return None
    source = _find(dataset, places)
    return None if source is None else f"{source.place}, {source.where}"
