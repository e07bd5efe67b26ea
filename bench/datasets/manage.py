"""What `bench data` does, without its printing: list, fetch, verify and import datasets.

A download runs in a process of its own and is checked before the local store gets it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.datasets.catalogue import (
    PICTURE_SHAPE,
    Dataset,
    TabularDataset,
    all_datasets,
    find_dataset,
)
from bench.datasets.client import ANSWER
from bench.datasets.folder import find_sheets
from bench.datasets.pictures import read_pictures
from bench.datasets.read import Reading, check_bytes, read_file
from bench.datasets.source import Content, Places, check_content, find_source, read_dataset
from bench.datasets.store import Entry, find_stored, store_remedy, write_stored, writing
from bench.errors import DataDamaged, DataError, FetchFailed, UsageError

FACTS = (
    *("key", "title", "rows", "features", "classes"),
    *("majority", "minority", "task_id", "dataset_id"),
)
"""What `bench data list` has of the catalogue."""

CELLS_PER_SECOND = 30_000
"""Slowest download of a table that is waited for, on top of two minutes."""

PICTURES_PER_SECOND = 40
"""Slowest download of pictures that is waited for, likewise; a picture has about 3 kB."""

CLIENT = (sys.executable, "-m", "bench.datasets.client")

Outcomes = Iterator[tuple[str, str | DataError]]
"""The key of each dataset, and one line that says what happened or the error."""


class DownloadError(Exception):
    """Why a client downloaded nothing of use, in a few words."""


def list_datasets(places: Places) -> list[dict[str, Any]]:
    """Every table and set of pictures, and where it would come from; none is read.

    Returns:
        The facts of the catalogue by name, None where a dataset has no such fact, and:
        `place`: "store", "folder" or "embedded" where it is at hand, else "absent" or "damaged".
        `where`: the file, or the command that gets it.
        `checked_by`: what a load compares: "content" (which includes the counts) or "counts".
    """
    return [_facts(dataset) | _availability(dataset, places) for dataset in all_datasets().values()]


def select_downloads(keys: Sequence[str], everything: bool) -> list[Dataset]:
    """The datasets named, or all that can be downloaded.

    Raises:
        UsageError: an unknown key, or neither keys nor `everything`, or both.
    """
    if bool(keys) == everything:
        raise UsageError("name datasets or say --all; `bench data list` shows the keys")
    if everything:
        return [d for d in all_datasets().values() if d.source in ("openml", "torchvision")]
    return [find_dataset(key) for key in keys]


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
    library, name, what = _download_of(dataset)
    with _private_folder(places.store) as folder:
        command = [*client, library, name, folder, f"--attempts={attempts}"]
        command += [f"--server={server}"] if server else []
        seconds = _patience(dataset) if deadline is None else deadline
        try:
            answer = _run_client(command, Path(folder), seconds)
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


def _download_of(dataset: Dataset) -> tuple[str, str, str]:
    """The library that downloads a dataset, what that calls it, and both in words."""
    if isinstance(dataset, TabularDataset):
        return "openml", str(dataset.dataset_id), f"of OpenML {dataset.dataset_id}"
    return "torchvision", dataset.key, "through torchvision"


def _patience(dataset: Dataset) -> float:
    """Seconds until a download is given up, by its size."""
    if isinstance(dataset, TabularDataset):
        return 120 + dataset.rows * (dataset.features + 1) / CELLS_PER_SECOND
    return 120 + (dataset.train + dataset.test) / PICTURES_PER_SECOND


def check_md5(path: Path, expected: str | None) -> None:
    """Compare a file with the checksum the server gave, if it gave one: openml may not have looked.

    Raises:
        DownloadError: names both checksums.
    """
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if expected is not None and md5 != expected.lower():
        raise DownloadError(f"the file has MD5 {md5}, the server says {expected}")


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

    return _outcomes([find_dataset(key) for key in keys] or [*all_datasets().values()], verify)


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
    dataset = find_dataset(key)
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
