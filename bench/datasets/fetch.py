"""Datasets into the local store: downloaded, or imported from the user's files.

Everything is checked before the store gets it. The store has one file per dataset, and beside it
a JSON file with its checksum; `bench.datasets.source` reads them.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from bench.datasets.catalogue import (
    Dataset,
    TabularDataset,
    all_datasets,
    find_dataset,
    own_table,
    tabular_datasets,
    vision_datasets,
    write_own,
)
from bench.datasets.client import CLIENT, DownloadError, download
from bench.datasets.pictures import PictureSet
from bench.datasets.read import Reading, check_bytes, checksum, read_file
from bench.datasets.sheets import MANIFEST, find_sheets
from bench.datasets.source import (
    Content,
    Places,
    StoreEntry,
    check_content,
    find_source,
    find_stored,
)
from bench.datasets.table import Table
from bench.errors import DataDamaged, DataMismatch, FetchFailed, StoreUnwritable, UsageError
from bench.render.files import sync, temporary, unwritable, whole
from bench.render.text import counted

LONGEST = 1_000_000
"""Seconds that a user may wait for a download."""

OWN_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""How a user may call a table of their own."""


def select_downloads(keys: Sequence[str], everything: bool) -> list[str]:
    """Keys of the datasets named, or all that can be downloaded.

    Raises:
        UsageError: an unknown key, or neither keys nor `everything`, or both.
    """
    if bool(keys) == everything:
        raise UsageError("name datasets or say --all; `bench data list` shows the keys")
    if everything:
        loaded = ("openml", "torchvision")
        return [key for key, dataset in all_datasets().items() if dataset.source in loaded]
    return [find_dataset(key).key for key in keys]


def fetch_unless_at_hand(
    key: str,
    places: Places,
    *,
    force: bool = False,
    server: str | None = None,
    deadline: float | None = None,
) -> str:
    """Fetch a dataset unless it is at hand and sound; a line that says what was done.

    Raises: as fetch_dataset.
    """
    check_request(server, deadline)
    dataset = find_dataset(key)
    at_hand = None if force else _sound_place(dataset, places)
    if at_hand is not None:
        return f"at hand: {at_hand}"
    entry = fetch_dataset(dataset, places, server=server, deadline=deadline)
    return f"fetched {size_text(dataset, entry)} from {entry.origin}"


def check_request(server: str | None, deadline: float | None) -> None:
    """Refuse a deadline that is no time, and a server that is no address.

    Raises:
        UsageError: names the option and its value.
    """
    if deadline is not None and not 0 < deadline <= LONGEST:
        raise UsageError(f"--deadline {deadline:g}: give seconds, above 0 and up to {LONGEST:,}")
    if server is None:
        return
    try:
        parts = urlsplit(server)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not server.isprintable() or " " in server:
        raise UsageError(
            f"--server {server[:100]!r}: give an address with http:// or https:// and a host, such "
            f"as https://www.openml.org/api/v1/xml"
        )


def fetch_dataset(
    dataset: Dataset,
    places: Places,
    *,
    server: str | None = None,
    deadline: float | None = None,
    attempts: int = 3,
    client: Sequence[str] = CLIENT,
) -> StoreEntry:
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
    with writing(places.store):
        places.store.mkdir(parents=True, exist_ok=True)
        private = tempfile.TemporaryDirectory(prefix=".incoming-", dir=places.store)
    options = [f"--attempts={attempts}", *([f"--server={server}"] if server else [])]
    with private as folder:
        try:
            content, origin = download(dataset, Path(folder), client, options, deadline)
        except (DownloadError, DataDamaged) as error:
            what = "through torchvision"
            if isinstance(dataset, TabularDataset):
                what = f"of OpenML {dataset.dataset_id}"
            raise FetchFailed(
                f"{key}: download {what} failed: {str(error).rstrip('. ')}. Nothing was kept; "
                f"run `bench data fetch {key}` again"
            ) from error
    remedy = (
        "Nothing was kept; if the server itself has changed it, give a copy with the "
        "catalogue's content: BENCH_DATA or `bench data import`"
    )
    check_content(dataset, content, remedy)
    return write_stored(places.store, key, content, origin)


def import_data(path: Path, key: str, places: Places, reading: Reading | None = None) -> StoreEntry:
    """Check a table's file or a folder of pictures and put the content into the local store.

    Args:
        path: the file; for pictures a folder with `manifest.json`, or with that in its `vision/`.
        key: the dataset it is; a table may have any other name, under which it is a dataset of the
            user's own from then on.
        places: gives the store.
        reading: what a table's file does not say of itself.

    Raises:
        UsageError: no such file, a name that cannot be one, or data that come with scikit-learn.
        DataDamaged, DataMismatch: not readable, not what the catalogue has, or without classes.
        StoreUnwritable: disk full, read-only or forbidden.
    """
    shipped = tabular_datasets() | vision_datasets()
    if key not in shipped:
        return _import_own(path, key, places, reading)
    dataset = shipped[key]
    if dataset.source == "embedded":
        raise UsageError(f"{key} comes with scikit-learn; it is not imported")
    content: Content
    if isinstance(dataset, TabularDataset):
        remedy = "Nothing was imported; see --target and --categorical"
        content = _read_table(path, reading)
    else:
        if reading not in (None, Reading()):
            raise UsageError(f"{key} has no columns; --target, --categorical and --drop are none")
        remedy = "Nothing was imported; repair the folder and import it again"
        content = _read_folder(path, key, remedy)
    check_content(dataset, content, remedy)
    return write_stored(places.store, key, content, f"imported from {path.name}")


def _import_own(path: Path, key: str, places: Places, reading: Reading | None) -> StoreEntry:
    """Keep a table under a name of the user's own, and describe it by what it holds."""
    if not OWN_KEY.fullmatch(key):
        raise UsageError(
            f"--as {key}: a name of your own has small letters, digits and single hyphens; "
            f"`bench data list` shows the names of known datasets"
        )
    table = _read_table(path, reading)
    classes, content = len(table.classes), table.digest()
    if not 1 < classes <= table.rows / 2:
        raise DataMismatch(
            f"{path}: its class column has {counted(classes, 'value')} in {table.rows:,} rows, so "
            f"it does not tell classes; name another with --target"
        )
    counts = (table.rows, table.features, classes)
    described = own_table(key, content, counts, table.shares())
    entry = write_stored(places.store, key, table, f"imported from {path.name}")
    write_own(places.store, described)
    return entry


def _read_table(path: Path, reading: Reading | None) -> Table:
    if not path.is_file():
        raise UsageError(f"{path}: {'not a regular' if path.exists() else 'no such'} file")
    return read_file(path, reading)


def size_text(dataset: Dataset, entry: StoreEntry) -> str:
    """How much the store has of a dataset, in words."""
    if isinstance(dataset, TabularDataset):
        return f"{entry.rows:,} rows x {entry.features:,} features"
    return f"{entry.rows:,} pictures"


def write_stored(store: Path, key: str, content: Content, origin: str) -> StoreEntry:
    """Write a dataset's file, then its entry, then remove the file before it.

    A reader sees the old state or the new one, nothing between.

    Raises:
        StoreUnwritable: disk full, read-only or forbidden; the store is as it was.
    """
    suffix = ".npz" if isinstance(content, PictureSet) else ".parquet"
    with writing(store):
        store.mkdir(parents=True, exist_ok=True)
        with temporary(store) as (incoming, file):
            content.write(file)
            sync(file)
            sha256 = checksum(incoming)
            entry = StoreEntry(
                file=f"{key}-{sha256[:12]}{suffix}",
                sha256=sha256,
                content=content.digest(),
                rows=content.rows,
                features=content.features,
                origin=origin,
                notes=content.notes,
            )
            incoming.replace(store / entry.file)
        with whole(store / f"{key}.json", durable=True) as manifest:
            manifest.write(f"{json.dumps(asdict(entry), indent=1)}\n".encode())
    for older in store.glob(f"{key}-{'?' * 12}{suffix}"):
        if older.name != entry.file:
            with suppress(OSError):  # a file that no entry names does no harm
                older.unlink()
    return entry


def writing(store: Path) -> AbstractContextManager[None]:
    """Around what writes into the store: an OSError becomes one clear line."""
    step = (
        "free some space there or name another folder with BENCH_CACHE_DIR; what was in the store "
        "is unchanged"
    )
    return unwritable(store, StoreUnwritable, step)


def _sound_place(dataset: Dataset, places: Places) -> str | None:
    """Where the dataset is, None if it must be fetched; a damaged file of the store must be."""
    try:
        entry = find_stored(places.store, dataset.key)
        if entry is not None:
            check_bytes(places.store / entry.file, entry.sha256)
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


def _read_folder(path: Path, key: str, remedy: str) -> PictureSet:
    inner = path / "vision"
    read = find_sheets(inner if (inner / MANIFEST).is_file() else path, key, remedy)
    if read is None:
        raise UsageError(
            f"{path}: not a folder whose manifest.json has sheets of {key}; "
            f"`bench data fetch {key}` downloads it"
        )
    return read()
