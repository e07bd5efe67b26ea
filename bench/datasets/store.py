"""The local store: one file per dataset and a manifest entry with its SHA-256 beside it."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.datasets.pictures import PictureSet, read_pictures
from bench.datasets.read import Reading, check_bytes, read_file
from bench.datasets.table import Table
from bench.errors import DataDamaged, StoreUnwritable
from bench.render.files import unwritable, whole

TABLE, PICTURES = ".parquet", ".npz"
"""Endings of the two kinds of files."""


@dataclass(frozen=True)
class Entry:
    """What the manifest says of one dataset.

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


def find_stored(store: Path, key: str) -> Entry | None:
    """The manifest entry of a dataset, None if the store does not have it.

    Raises:
        DataDamaged: the entry cannot be read.
    """
    path = store / f"{key}.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Entry(**(fields | {"notes": tuple(fields.get("notes", ()))}))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DataDamaged(f"{path}: not a manifest entry ({error}). {store_remedy(key)}") from error


def read_stored(store: Path, key: str, entry: Entry) -> Table | PictureSet:
    """Read a dataset of the store; its bytes must be the recorded ones.

    Raises:
        DataDamaged: the message names both checksums.
    """
    path = store / entry.file
    check_bytes(path, entry.sha256, store_remedy(key))
    if path.suffix == PICTURES:
        return read_pictures(path, store_remedy(key), entry.notes)
    return read_file(path, Reading(target="target"))


def write_stored(store: Path, key: str, content: Table | PictureSet, origin: str) -> Entry:
    """Write a dataset's file, then its manifest entry, then remove the file before it.

    A reader sees the old state or the new one, nothing between.

    Raises:
        StoreUnwritable: disk full, read-only or forbidden; the store is as it was.
    """
    suffix = PICTURES if isinstance(content, PictureSet) else TABLE
    incoming = store / f".{key}.{os.getpid()}{suffix}"
    with writing(store):
        store.mkdir(parents=True, exist_ok=True)
        try:
            content.write(incoming)
            sha256 = _synced_sha256(incoming)
            entry = Entry(
                file=f"{key}-{sha256[:12]}{suffix}",
                sha256=sha256,
                content=content.digest(),
                rows=content.rows,
                features=content.features,
                origin=origin,
                notes=content.notes,
            )
            incoming.replace(store / entry.file)
        finally:
            with suppress(OSError):
                incoming.unlink(missing_ok=True)
        with whole(store / f"{key}.json", durable=True) as manifest:
            manifest.write_text(json.dumps(asdict(entry), indent=1) + "\n", encoding="utf-8")
    _remove_older(store, key, entry)
    return entry


def writing(store: Path) -> AbstractContextManager[None]:
    """Around what writes into the store: an OSError becomes one clear line."""
    step = (
        "free some space there or name another folder with BENCH_CACHE_DIR; what was in the store "
        "is unchanged"
    )
    return unwritable(store, StoreUnwritable, step)


def store_remedy(key: str) -> str:
    """The next step for a damaged file of the store."""
    return f"Run `bench data fetch {key} --force`, or import it again"


def _synced_sha256(path: Path) -> str:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_older(store: Path, key: str, entry: Entry) -> None:
    """Remove files of this dataset the manifest no longer names; that it fails does no harm."""
    for path in store.glob(f"{key}-{'?' * 12}{Path(entry.file).suffix}"):
        if path.name != entry.file:
            with suppress(OSError):
                path.unlink()
