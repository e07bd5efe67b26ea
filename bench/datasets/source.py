"""Where a dataset is at hand, and its content from there, checked against the catalogue.

Places are the local store, the user's folder (BENCH_DATA, never written) and scikit-learn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bench.datasets.catalogue import (
    MOST,
    UNREADABLE,
    Dataset,
    TabularDataset,
    VisionDataset,
    check_file,
    read_json,
    typed,
)
from bench.datasets.pictures import PictureSet, check_pictures, read_pictures
from bench.datasets.read import Reading, check_bytes, read_file, with_remedy
from bench.datasets.sheets import MANIFEST, find_sheets
from bench.datasets.table import Table, build_table, categorical, check_table, numeric
from bench.errors import DataDamaged, DataMismatch, DataMissing, UsageError
from bench.folders import cache_folder, named_by

Content = Table | PictureSet

DIGITS_SEED, DIGITS_TEST = 0, 360
"""How scikit-learn's 1,797 digits, which have no official split, are split."""


@dataclass(frozen=True)
class Places:
    """Where datasets are looked for, in this order.

    Args:
        store: our own folder; created by the first write.
        folder: the user's data (BENCH_DATA), holding `tabular/manifest.json`,
            `vision/manifest.json` or both; never written.
        offline: nothing may be downloaded.
    """

    store: Path
    folder: Path | None = None
    offline: bool = False

    @classmethod
    def from_environment(cls) -> Places:
        """What BENCH_CACHE_DIR, BENCH_DATA and BENCH_OFFLINE say.

        Raises:
            UsageError: BENCH_DATA is no folder, or one without any manifest.
        """
        folder = named_by("BENCH_DATA")
        manifests = ("tabular/manifest.json", "vision/manifest.json")
        if folder is not None and not any((folder / name).is_file() for name in manifests):
            wrong = f"holds no {' or '.join(manifests)}" if folder.is_dir() else "no such folder"
            raise UsageError(f"BENCH_DATA={folder}: {wrong}; correct it or unset it")
        offline = os.environ.get("BENCH_OFFLINE", "") not in ("", "0")
        return cls(cache_folder() / "data", folder, offline)


@dataclass(frozen=True)
class Source:
    """Where a dataset is at hand.

    Args:
        place: which of the places.
        where: the file, or the library that has it.
        remedy: the next step if its content is wrong.
        read: reads it, checking the file's checksum but not yet the content.
        pinned: digest of the content recorded when it was stored, None where nothing was.
    """

    place: Literal["store", "folder", "embedded"]
    where: str
    remedy: str
    read: Callable[[], Content]
    pinned: str | None = None


@dataclass(frozen=True)
class StoreEntry:
    """What the local store has of one dataset, as the JSON file of its key says.

    Args:
        file: name of the file; it carries the start of its own SHA-256.
        sha256: of the file's bytes.
        content: digest of the canonical content, pinned when it was stored.
        rows, features: of the content; of pictures their number and the values of each.
        origin: where it came from, in words.
        notes: what is special about this copy.
    """

    file: str
    sha256: str
    content: str
    rows: int
    features: int
    origin: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_file(self.file, self.sha256)
        if not (0 < self.rows < MOST and 0 < self.features < MOST and self.content.isalnum()):
            raise ValueError("rows and features are counts, and content is a digest")


@dataclass(frozen=True)
class Brought:
    """What the manifest of BENCH_DATA says of a table.

    Args:
        name: the dataset's key.
        file: in the folder of the manifest.
        sha256: of the file's bytes.
        categorical_columns: columns whose numbers are categories.
    """

    name: str
    file: str
    sha256: str
    categorical_columns: tuple[str, ...]

    def __post_init__(self) -> None:
        check_file(self.file, self.sha256)


def read_dataset(dataset: Dataset, places: Places) -> tuple[Content, str]:
    """The dataset's content, checked against the catalogue, and its digest.

    Raises:
        DataMissing: no place has it; the message says where it was looked for and how to get it.
        DataDamaged, DataMismatch: the first place that has it has something else.
    """
    source = find_source(dataset, places)
    if source is None:
        raise DataMissing(_missing(dataset, places))
    content = source.read()
    digest = check_content(dataset, content, source.remedy)
    if source.pinned not in (None, digest):
        raise DataMismatch(
            f"{dataset.key}: content {digest[:12]}, pinned when it was stored is "
            f"{str(source.pinned)[:12]}. {source.remedy}"
        )
    return content, digest


def find_source(dataset: Dataset, places: Places) -> Source | None:
    """The first place that has the dataset; no content is read and nothing is downloaded.

    Raises:
        DataDamaged: a manifest cannot be read.
    """
    key = dataset.key
    entry = find_stored(places.store, key)
    if entry is not None:
        file = str(places.store / entry.file)
        read = partial(read_stored, places.store, key, entry)
        return Source("store", file, store_remedy(key), read, entry.content)
    source = _find_in_folder(places.folder, dataset) if places.folder else None
    if source is None and dataset.source == "embedded":
        remedy = "Install the scikit-learn of requirements.lock"
        return Source("embedded", "scikit-learn", remedy, partial(_read_embedded, key))
    return source


def check_content(dataset: Dataset, content: Content, remedy: str) -> str:
    """Compare counts, labels and, where it is pinned, the digest with the catalogue.

    Returns:
        The digest of the content.

    Raises:
        DataMismatch: names the first difference and both numbers; the message ends with `remedy`.
    """
    if isinstance(dataset, TabularDataset) and isinstance(content, Table):
        wrong = check_table(dataset, content)
    elif isinstance(dataset, VisionDataset) and isinstance(content, PictureSet):
        wrong = check_pictures(dataset, content)
    else:
        wrong = f"the content is a {type(content).__name__}, which is of the other kind"
    digest = "" if wrong else content.digest()
    if not wrong and dataset.content not in (None, digest):
        wrong = (
            f"content {digest[:12]}, the catalogue has {str(dataset.content)[:12]}"
            f"{dataset.origin}; values, classes or their order differ"
        )
    if wrong:
        raise DataMismatch(f"{dataset.key}: {wrong}. {remedy}")
    return digest


def find_stored(store: Path, key: str) -> StoreEntry | None:
    """The store's entry of a dataset, None if the store does not have it.

    Raises:
        DataDamaged: the entry cannot be read.
    """
    path = store / f"{key}.json"
    try:
        return typed(StoreEntry, read_json(path))
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise DataDamaged(f"{path}: not a manifest entry ({error}). {store_remedy(key)}") from error


def read_stored(store: Path, key: str, entry: StoreEntry) -> Content:
    """Read a dataset of the store; its bytes must be the recorded ones.

    Raises:
        DataDamaged: the message names both checksums.
    """
    path = store / entry.file
    with with_remedy(store_remedy(key)):
        check_bytes(path, entry.sha256)
        if path.suffix == ".npz":
            return read_pictures(path, entry.notes)
        return read_file(path, Reading("target"))


def store_remedy(key: str) -> str:
    """The next step for a damaged file of the store."""
    return f"Run `bench data fetch {key} --force`, or import it again"


def _find_in_folder(folder: Path, dataset: Dataset) -> Source | None:
    key = dataset.key
    if isinstance(dataset, TabularDataset):
        return _find_table(folder / "tabular", key)
    remedy = f"Repair the files of BENCH_DATA, or unset it and run `bench data fetch {key}`"
    read = find_sheets(folder / "vision", key, remedy)
    return read and Source("folder", str(folder / "vision" / MANIFEST), remedy, read)


def _find_table(folder: Path, key: str) -> Source | None:
    """The file of a table; the manifest has a list of all, with name, file and checksum."""
    manifest = folder / MANIFEST
    try:
        entries = typed(list[Mapping[str, Any]], read_json(manifest))
        raw = next((entry for entry in entries if entry.get("name") == key), None)
        if raw is None:
            return None
        entry = typed(Brought, raw)
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise DataDamaged(
            f"{manifest}: not a list of files with name, file, sha256 and categorical_columns "
            f"({error}). Correct it or unset BENCH_DATA"
        ) from error
    path, reading = folder / entry.file, Reading("target", entry.categorical_columns)
    remedy = f"Replace {path.name} in BENCH_DATA, or unset BENCH_DATA and fetch it"

    def read() -> Table:
        with with_remedy(remedy):
            check_bytes(path, entry.sha256)
            return read_file(path, reading)

    return Source("folder", str(path), remedy, read)


def _read_embedded(key: str) -> Table | PictureSet:
    """What scikit-learn calls load_<key>, as a table; digits as pictures."""
    from sklearn import datasets

    if key == "digits":
        return _digits()
    bunch = getattr(datasets, f"load_{key.replace('-', '_')}")()
    features = [
        numeric(str(name), bunch.data[:, j].astype(np.float64))
        for j, name in enumerate(bunch.feature_names)
    ]
    target = categorical("target", bunch.target.astype(np.int32), bunch.target_names.tolist())
    return build_table(features, target)


def _digits() -> PictureSet:
    """8 x 8 digits as 32 x 32 RGB: every grey value 0..16 becomes a block of 4 x 4 pixels.

    Training and test pictures are stratified by class and keep the order of scikit-learn.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    y = bunch.target.astype(np.int64)
    grey = ((bunch.images.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)
    x = np.repeat(grey.repeat(4, axis=1).repeat(4, axis=2)[:, None], 3, axis=1)
    train, test = map(
        np.sort,
        train_test_split(
            np.arange(len(y)), test_size=DIGITS_TEST, random_state=DIGITS_SEED, stratify=y
        ),
    )
    return PictureSet(x[train], y[train], x[test], y[test])


def _missing(dataset: Dataset, places: Places) -> str:
    """Where a dataset was looked for, and how to get it."""
    key = dataset.key
    run = "Unset BENCH_OFFLINE and run" if places.offline else "Run"
    fetch = "" if dataset.source == "file" else f"{run} `bench data fetch {key}`, or "
    file = "FILE" if isinstance(dataset, TabularDataset) else "FOLDER"
    return (
        f"{key} is not at hand; looked in the local store ({places.store}) and in BENCH_DATA "
        f"({places.folder or 'not set'}). {fetch or 'Run '}`bench data import {file} --as {key}`"
    )
