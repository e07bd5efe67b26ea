"""What `bench data` does, without its printing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.datasets.catalogue import (
    CATALOGUE,
    PICTURE_SHAPE,
    VISION,
    Dataset,
    TabularDataset,
    find_entry,
)
from bench.datasets.fetch import fetch_dataset
from bench.datasets.folder import find_sheets
from bench.datasets.read import Reading, check_bytes, read_file
from bench.datasets.source import Content, Places, check_content, find_source, read_dataset
from bench.datasets.store import Entry, find_stored, store_remedy, write_stored
from bench.errors import DataDamaged, DataError, UsageError

FACTS = (
    *("key", "title", "rows", "features", "classes"),
    *("majority", "minority", "task_id", "dataset_id"),
)
"""What `bench data list` has of the catalogue."""

Outcomes = Iterator[tuple[str, str | DataError]]
"""The key of each dataset, and one line that says what happened or the error."""


def list_datasets(places: Places) -> list[dict[str, Any]]:
    """Every table and set of pictures, and where it would come from; none is read.

    Returns:
        The facts of the catalogue by name, None where a dataset has no such fact, and:
        `place`: "store", "folder" or "embedded" where it is at hand, else "absent" or "damaged".
        `where`: the file, or the command that gets it.
        `checked_by`: what a load compares: "content" (which includes the counts) or "counts".
    """
    return [_facts(dataset) | _availability(dataset, places) for dataset in _everything()]


def select_downloads(keys: Sequence[str], everything: bool) -> list[Dataset]:
    """The datasets named, or all that can be downloaded.

    Raises:
        UsageError: an unknown key, or neither keys nor `everything`, or both.
    """
    if bool(keys) == everything:
        raise UsageError("name datasets or say --all; `bench data list` shows the keys")
    if everything:
        return [d for d in _everything() if d.source in ("openml", "torchvision")]
    return [find_entry(key) for key in keys]


def fetch_each(
    datasets: Sequence[Dataset],
    places: Places,
    *,
    force: bool = False,
    server: str | None = None,
    deadline: float | None = None,
) -> Outcomes:
    """Fetch one dataset after the other unless it is at hand; an error does not stop the others."""

    def fetch(dataset: Dataset) -> str:
        at_hand = None if force else _sound_place(dataset, places)
        if at_hand is not None:
            return f"at hand: {at_hand}"
        entry = fetch_dataset(dataset, places, server=server, deadline=deadline)
        return f"fetched {size_text(dataset, entry)} from {entry.origin}"

    return _outcomes(datasets, fetch)


def verify_each(keys: Sequence[str], places: Places) -> Outcomes:
    """Read datasets again and compare bytes, counts and content; if none is named, all at hand."""

    def verify(dataset: Dataset) -> str | None:
        if not keys and find_source(dataset, places) is None:
            return None
        content, digest = read_dataset(dataset, places)
        unit = "rows" if isinstance(dataset, TabularDataset) else "pictures"
        checked = f"{_checked_by(dataset)} as catalogued"
        size = f"{content.rows:,} {unit}, content {digest[:12]}, {checked}"
        return "; ".join([size, *content.notes])

    return _outcomes([find_entry(key) for key in keys] or _everything(), verify)


def import_data(path: Path, key: str, places: Places, reading: Reading | None = None) -> Entry:
    """Check a table's file or a folder of pictures and put the content into the local store.

    Args:
        path: the file; for pictures a folder with `manifest.json`, or with that in its `vision/`.
        key: the dataset it is.
        places: gives the store.
        reading: what a table's file does not say of itself.

    Raises:
        UsageError: no such file, an unknown key, or data that come with scikit-learn.
        DataDamaged, DataMismatch: not readable, or not what the catalogue has.
        StoreUnwritable: disk full, read-only or forbidden.
    """
    dataset = find_entry(key)
    if dataset.source == "embedded":
        raise UsageError(f"{key} comes with scikit-learn; it is not imported")
    content: Content
    if isinstance(dataset, TabularDataset):
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
        remedy = "Nothing was imported; see --target and --categorical"
        content = read_file(path, reading)
    else:
        if reading not in (None, Reading()):
            raise UsageError(f"{key} has no columns; --target, --categorical and --drop are none")
        remedy = "Nothing was imported; repair the folder and import it again"
        inner = path / "vision"
        folder = inner if (inner / "manifest.json").is_file() else path
        files = find_sheets(folder, key, remedy)
        if files is None:
            raise UsageError(
                f"{path}: not a folder whose manifest.json has sheets of {key}; "
                f"`bench data fetch {key}` downloads it"
            )
        *_, read = files
        content = read()
    check_content(dataset, content, remedy)
    return write_stored(places.store, key, content, f"imported from {path.name}")


def size_text(dataset: Dataset, entry: Entry) -> str:
    """How much the store has of a dataset, in words."""
    if isinstance(dataset, TabularDataset):
        return f"{entry.rows:,} rows x {entry.features:,} features"
    return f"{entry.rows:,} pictures"


def _outcomes(datasets: Sequence[Dataset], act: Callable[[Dataset], str | None]) -> Outcomes:
    for dataset in datasets:
        try:
            outcome: str | DataError | None = act(dataset)
        except DataError as error:
            outcome = error
        if outcome is not None:
            yield dataset.key, outcome


def _everything() -> list[Dataset]:
    """Tables in the order of Table 8, then pictures."""
    return [*CATALOGUE.values(), *VISION.values()]


def _checked_by(dataset: Dataset) -> str:
    return "counts" if dataset.content is None else "content"


def _facts(dataset: Dataset) -> dict[str, Any]:
    """Of pictures, rows are those of training and test, and features the values of each."""
    facts = asdict(dataset)
    if not isinstance(dataset, TabularDataset):
        facts |= {"rows": dataset.train + dataset.test, "features": math.prod(PICTURE_SHAPE)}
    return {name: facts.get(name) for name in FACTS}


def _availability(dataset: Dataset, places: Places) -> dict[str, str]:
    command = "import FILE --as" if dataset.source == "file" else "fetch"
    place, where = "absent", f"bench data {command} {dataset.key}"
    try:
        source = find_source(dataset, places)
        if source is not None:
            place, where = source.place, source.where
    except DataError as error:
        place, where = "damaged", str(error)
    return {"place": place, "where": where, "checked_by": _checked_by(dataset)}


def _sound_place(dataset: Dataset, places: Places) -> str | None:
    """Where the dataset is, None if it must be fetched; a damaged file of the store must be."""
    try:
        entry = find_stored(places.store, dataset.key)
        if entry is not None:
            check_bytes(places.store / entry.file, entry.sha256, store_remedy(dataset.key))
    except DataDamaged:
        return None
    source = find_source(dataset, places)
    return None if source is None else f"{source.place}, {source.where}"
