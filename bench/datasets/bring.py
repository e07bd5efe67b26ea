"""Checking data someone has and keeping its content in the local store: `bench data import`."""

from __future__ import annotations

from pathlib import Path

from bench.datasets.catalogue import VisionDataset, find_entry
from bench.datasets.check import check_table
from bench.datasets.picture_check import check_pictures
from bench.datasets.picture_folder import find_brought_pictures, load_brought_pictures
from bench.datasets.picture_store import keep_pictures
from bench.datasets.places import Places
from bench.datasets.read import Reading, read_file
from bench.datasets.store import Entry, keep
from bench.errors import UsageError


def import_data(path: Path, key: str, places: Places, reading: Reading | None = None) -> Entry:
    """Check a table's file or a folder of pictures and keep the content in the local store.

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
    if isinstance(dataset, VisionDataset):
        if reading not in (None, Reading()):
            raise UsageError(f"{key} has no columns; --target, --categorical and --drop are none")
        return _import_pictures(path, dataset, places)
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    table = read_file(path, reading)
    check_table(dataset, table, "Nothing was imported; see --target and --categorical")
    return keep(places.store, key, table, f"imported from {path.name}")


def _import_pictures(path: Path, dataset: VisionDataset, places: Places) -> Entry:
    inner = path / "vision"
    folder = inner if (inner / "manifest.json").is_file() else path
    step = "Nothing was imported; mend the folder and import it again"
    brought = find_brought_pictures(folder, dataset.key, step)
    if brought is None:
        raise UsageError(
            f"{path}: not a folder whose manifest.json has sheets of {dataset.key}; "
            f"`bench data fetch {dataset.key}` downloads it"
        )
    pictures = load_brought_pictures(brought)
    check_pictures(dataset, pictures, step)
    return keep_pictures(places.store, dataset.key, pictures, f"imported from {path.name}")
