"""Download one dataset from OpenML, check it, keep it."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from bench.datasets.catalogue import TabularDataset
from bench.datasets.check import check_table
from bench.datasets.client import Delivered
from bench.datasets.deliver import Undelivered, private_folder, run_client
from bench.datasets.errors import DataDamaged, FetchFailed
from bench.datasets.places import Places
from bench.datasets.read import Reading, read_file
from bench.datasets.store import Entry, keep
from bench.datasets.table import Table

CELLS_PER_SECOND = 30_000
"""Slowest download that is waited for, on top of two minutes."""

OTHER_VERSION = (
    "Nothing was kept; if OpenML itself has changed it, bring a copy with the catalogue's content: "
    "BENCH_DATA or `bench data import`"
)


def fetch_dataset(
    dataset: TabularDataset,
    places: Places,
    *,
    server: str | None = None,
    deadline: float | None = None,
    attempts: int = 3,
) -> Entry:
    """Download a table into the local store; on any error the store is as it was.

    Args:
        dataset: of the catalogue, one of OpenML.
        places: gives the store.
        server: address of the API; OpenML's own if None.
        deadline: seconds until the download is given up; by the size of the table if None.
        attempts: how often the library tries each request.

    Raises:
        FetchFailed: offline, no answer in time, or not what the server promised.
        DataMismatch: not what the catalogue has.
        StoreUnwritable: disk full, read-only or forbidden.
    """
    if dataset.dataset_id is None:
        raise FetchFailed(f"{dataset.key} comes with scikit-learn; there is nothing to fetch")
    if deadline is None:
        deadline = 120 + dataset.rows * (dataset.features + 1) / CELLS_PER_SECOND
    with private_folder(dataset.key, places) as folder:
        delivered = _deliver(dataset, Path(folder), server, deadline, attempts)
        _check_delivery(dataset, delivered)
        table = _read(dataset, delivered)
        check_table(dataset, table, OTHER_VERSION)
    origin = f"OpenML {delivered.dataset_id} ({delivered.name}, version {delivered.version})"
    return keep(places.store, dataset.key, table, origin)


def _deliver(
    dataset: TabularDataset, folder: Path, server: str | None, deadline: float, attempts: int
) -> Delivered:
    """Run the client in a process of its own until it has written its answer."""
    command = [sys.executable, "-m", "bench.datasets.client", str(dataset.dataset_id), str(folder)]
    command += [f"--attempts={attempts}"] + ([f"--server={server}"] if server else [])
    private = {"OPENML_SKIP_PARQUET": "true", "XDG_CONFIG_HOME": str(folder / "config")}
    environment = private | {"OPENML_CACHE_DIR": str(folder)}
    try:
        return Delivered(**run_client(command, folder, deadline, environment))
    except Undelivered as error:
        raise _failed(dataset, str(error)) from error


def _check_delivery(dataset: TabularDataset, delivered: Delivered) -> None:
    """The right dataset, and the bytes the server describes: the library may not have looked."""
    if delivered.dataset_id != dataset.dataset_id:
        reason = f"asked for dataset {dataset.dataset_id}, got {delivered.dataset_id}"
        raise _failed(dataset, reason)
    check_md5(dataset, Path(delivered.file), delivered.md5)


def _read(dataset: TabularDataset, delivered: Delivered) -> Table:
    reading = Reading(delivered.target, drop=delivered.drop)
    try:
        return read_file(Path(delivered.file), reading)
    except DataDamaged as error:
        raise _failed(dataset, str(error)) from error


def check_md5(dataset: TabularDataset, path: Path, promised: str | None) -> None:
    """Compare a file with the checksum the server gave, if it gave one.

    Raises:
        FetchFailed: names both checksums.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if promised is not None and found != promised.lower():
        raise _failed(dataset, f"the file has MD5 {found}, the server says {promised}")


def _failed(dataset: TabularDataset, reason: str) -> FetchFailed:
    return FetchFailed(
        f"{dataset.key}: download of OpenML {dataset.dataset_id} failed: {reason}. "
        f"Nothing was kept; run `bench data fetch {dataset.key}` again"
    )
