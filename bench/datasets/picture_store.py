"""Sets of pictures in the local store: one npz file each and a manifest entry beside it."""

from __future__ import annotations

from pathlib import Path

from bench.datasets.picture_set import PictureSet, read_pictures, write_pictures
from bench.datasets.store import Entry, check_bytes, keep_file, mend


def keep_pictures(store: Path, key: str, pictures: PictureSet, origin: str) -> Entry:
    """Write a set into the store; a reader sees the old state or the new one, nothing between.

    Raises:
        StoreUnwritable: disk full, read-only or forbidden; the store is as it was.
    """
    rows = len(pictures.train_y) + len(pictures.test_y)
    features = int(pictures.train_x[0].size)

    def describe(name: str, sha256: str) -> Entry:
        digest = pictures.digest()
        return Entry(name, sha256, digest, rows, features, origin, pictures.notes)

    return keep_file(store, key, ".npz", lambda path: write_pictures(path, pictures), describe)


def load_pictures_entry(store: Path, key: str, entry: Entry) -> PictureSet:
    """Read a set of the store; its bytes must be the recorded ones.

    Raises:
        DataDamaged: the message names both checksums.
    """
    path = store / entry.file
    check_bytes(path, entry.sha256, mend(key))
    return read_pictures(path, mend(key), entry.notes)
