"""Download one dataset in a process of its own, check it, and put it into the local store."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.datasets.catalogue import Dataset, TabularDataset
from bench.datasets.client import ANSWER
from bench.datasets.pictures import read_pictures
from bench.datasets.read import Reading, read_file
from bench.datasets.source import Content, Places, check_content
from bench.datasets.store import Entry, write_stored, writing
from bench.errors import DataDamaged, FetchFailed

CELLS_PER_SECOND = 30_000
"""Slowest download of a table that is waited for, on top of two minutes."""

PICTURES_PER_SECOND = 40
"""Slowest download of pictures that is waited for, likewise; a picture has about 3 kB."""

CLIENT = (sys.executable, "-m", "bench.datasets.client")


class DownloadError(Exception):
    """Why a client downloaded nothing of use, in a few words."""


def fetch_dataset(
    dataset: Dataset,
    places: Places,
    *,
    server: str | None = None,
    deadline: float | None = None,
    attempts: int = 3,
    client: Sequence[str] = CLIENT,
) -> Entry:
    """Download a dataset into the local store; on any error the store is as it was.

    Args:
        dataset: of the catalogue.
        places: gives the store.
        server: address of an OpenML API, or of a folder with torchvision's archives; the
            libraries' own addresses if None.
        deadline: seconds until the download is given up; by the size of the dataset if None.
        attempts: how often openml tries each request.
        client: command of the client, see bench.datasets.client for its arguments.

    Raises:
        FetchFailed: nowhere to download it from, offline, no answer in time, or not what the
            server promised.
        DataMismatch: not what the catalogue has.
        StoreUnwritable: disk full, read-only or forbidden.
    """
    key = dataset.key
    _check_server(dataset, places)
    if isinstance(dataset, TabularDataset):
        library, name, what = "openml", str(dataset.dataset_id), f"of OpenML {dataset.dataset_id}"
        seconds = 120 + dataset.rows * (dataset.features + 1) / CELLS_PER_SECOND
    else:
        library, name, what = "torchvision", key, "through torchvision"
        seconds = 120 + (dataset.train + dataset.test) / PICTURES_PER_SECOND
    with _private_folder(places.store) as folder:
        command = [*client, library, name, folder, f"--attempts={attempts}"]
        command += [f"--server={server}"] if server else []
        try:
            answer = _run_client(command, Path(folder), seconds if deadline is None else deadline)
            content = _read_download(dataset, answer)
        except (DownloadError, DataDamaged) as error:
            raise FetchFailed(
                f"{key}: download {what} failed: {str(error).rstrip('. ')}. Nothing was kept; "
                f"run `bench data fetch {key}` again"
            ) from error
        remedy = (
            "Nothing was kept; if the server itself has changed it, give a copy with the "
            "catalogue's content: BENCH_DATA or `bench data import`"
        )
        check_content(dataset, content, remedy)
    return write_stored(places.store, key, content, str(answer["origin"]))


def check_md5(path: Path, expected: str | None) -> None:
    """Compare a file with the checksum the server gave, if it gave one: openml may not have looked.

    Raises:
        DownloadError: names both checksums.
    """
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if expected is not None and md5 != expected.lower():
        raise DownloadError(f"the file has MD5 {md5}, the server says {expected}")


def _check_server(dataset: Dataset, places: Places) -> None:
    """Refuse what no server has, or may be asked for."""
    key = dataset.key
    if dataset.source == "embedded":
        raise FetchFailed(f"{key} comes with scikit-learn; there is nothing to fetch")
    if dataset.source == "file":
        raise FetchFailed(f"{key} is on no server; run `bench data import FILE --as {key}`")
    if places.offline:
        raise FetchFailed(
            f"{key}: BENCH_OFFLINE is set, nothing is downloaded; unset it and run "
            f"`bench data fetch {key}`"
        )


def _private_folder(store: Path) -> tempfile.TemporaryDirectory[str]:
    """An empty folder in the store, which is removed when it is left.

    Raises:
        StoreUnwritable: disk full, read-only or forbidden.
    """
    with writing(store):
        store.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".incoming-", dir=store)


def _run_client(command: Sequence[str], folder: Path, deadline: float) -> dict[str, Any]:
    """The client's answer, which it writes into the private folder.

    Raises:
        DownloadError: no answer within so many seconds, or one that says why there is nothing.
    """
    private = {
        "OPENML_SKIP_PARQUET": "true",
        "OPENML_CACHE_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    try:
        run = subprocess.run(
            command,
            env=os.environ | private,
            capture_output=True,
            text=True,
            timeout=deadline,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"no complete answer within {deadline:.0f} s") from error
    file = folder / ANSWER
    if run.returncode != 0 or not file.is_file():
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        raise DownloadError(f"the client ended with status {run.returncode}: {last[0]}")
    answer: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if "error" in answer:
        raise DownloadError(str(answer["error"]))
    return answer


def _read_download(dataset: Dataset, answer: Mapping[str, Any]) -> Content:
    """The content of the downloaded file; of a table, the one that was requested.

    Raises:
        DownloadError: another dataset, or other bytes than the server describes.
        DataDamaged: the file cannot be read.
    """
    path = Path(answer["file"])
    if not isinstance(dataset, TabularDataset):
        return read_pictures(path, "")
    if answer["dataset_id"] != dataset.dataset_id:
        raise DownloadError(
            f"dataset {dataset.dataset_id} was requested, {answer['dataset_id']} came"
        )
    check_md5(path, answer["md5"])
    return read_file(path, Reading(answer["target"], drop=tuple(answer["drop"])))
