"""From a dataset of the catalogue to its checked content: store, BENCH_DATA, what is embedded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.datasets.catalogue import Dataset, TabularDataset, VisionDataset
from bench.datasets.folder import find_in_folder
from bench.datasets.pictures import PictureSet, check_pictures
from bench.datasets.store import find_stored, read_stored, store_remedy
from bench.datasets.table import Table, build_table, categorical, check_table, numeric
from bench.errors import DataMismatch, DataMissing, UsageError
from bench.folders import cache_folder
from iunet.declare.data import Labels

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
        named = os.environ.get("BENCH_DATA")
        folder = Path(named).expanduser() if named else None
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


def find_source(dataset: Dataset, places: Places) -> Source | None:
    """The first place that has the dataset; no content is read and nothing is downloaded.

    Raises:
        DataDamaged: a manifest cannot be read.
    """
    key = dataset.key
    entry = find_stored(places.store, key)
    if entry is not None:
        read = partial(read_stored, places.store, key, entry)
        where = str(places.store / entry.file)
        return Source("store", where, store_remedy(key), read, entry.content)
    files = find_in_folder(places.folder, dataset) if places.folder is not None else None
    if files is not None:
        path, remedy, content = files
        return Source("folder", str(path), remedy, content)
    if dataset.source == "embedded":
        remedy = "Install the scikit-learn of requirements.lock"
        return Source("embedded", "scikit-learn", remedy, partial(_embedded, key))
    return None


def read_dataset(dataset: Dataset, places: Places) -> tuple[Content, str]:
    """The dataset's content, checked against the catalogue, and its digest.

    Raises:
        DataMissing: no place has it; the message says where it was looked for and how to get it.
        DataDamaged, DataMismatch: the first place that has it has something else.
    """
    key = dataset.key
    source = find_source(dataset, places)
    if source is None:
        raise DataMissing(_missing(dataset, places))
    content = source.read()
    digest = check_content(dataset, content, source.remedy)
    if source.pinned not in (None, digest):
        raise DataMismatch(
            f"{key}: content {digest[:12]}, pinned when it was stored is "
            f"{str(source.pinned)[:12]}. {source.remedy}"
        )
    return content, digest


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


def _embedded(key: str) -> Content:
    """What scikit-learn calls load_<key>; no file and no network is needed."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{key.replace('-', '_')}")()
    if key == "digits":
        return _enlarged(bunch.images, bunch.target.astype(np.int64))
    features = [
        numeric(str(name), bunch.data[:, j].astype(np.float64))
        for j, name in enumerate(bunch.feature_names)
    ]
    target = categorical("target", bunch.target.astype(np.int32), bunch.target_names.tolist())
    return build_table(features, target)


def _enlarged(images: NDArray[np.float64], y: Labels) -> PictureSet:
    """8 x 8 digits as 32 x 32 RGB: every grey value 0..16 becomes a block of 4 x 4 pixels.

    Training and test pictures are stratified by class and keep the order of scikit-learn.
    """
    from sklearn.model_selection import train_test_split

    grey = ((images.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)
    large = grey.repeat(4, axis=1).repeat(4, axis=2)
    x = np.repeat(large[:, None], 3, axis=1)
    train, test = (
        np.sort(rows)
        for rows in train_test_split(
            np.arange(len(y)), test_size=DIGITS_TEST, random_state=DIGITS_SEED, stratify=y
        )
    )
    return PictureSet(x[train], y[train], x[test], y[test])
