"""Pictures on sheets, as BENCH_DATA has them in `vision/`: a manifest, sheets and label files.

A sheet is a lossless 1280 x 800 image, 25 rows of 40 pictures without gaps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.catalogue import UNREADABLE, check_file, read_json, typed
from bench.datasets.pictures import PictureSet
from bench.datasets.read import BROKEN, check_bytes, with_remedy
from bench.errors import DataDamaged
from iunet.declare.data import Bytes, Labels

SIDE, ACROSS, DOWN = 32, 40, 25
"""Side of a picture in pixels, and pictures in a row and in a column of a sheet."""

MANIFEST = "manifest.json"

File = tuple[Path, str]
"""A file and the SHA-256 of its bytes as the manifest has it."""


@dataclass(frozen=True)
class Sheet:
    """A sheet: its file, how many pictures it holds, and which picture of the part is its first."""

    file: str
    sha256: str
    images: int
    first_row: int

    def __post_init__(self) -> None:
        check_file(self.file, self.sha256)


@dataclass(frozen=True)
class SheetSplit:
    """The files of the training or of the test pictures; each sheet starts where the one before
    ends.

    Args:
        files: the sheets, in order.
        count: pictures on all sheets together.
        labels_file: .npy of [N] class indices, in the order of the sheets.
        indices_file: .npy of [N], the official place of each picture; empty if the sheets are in
            order.
        decoded_uint8_NHWC_sha256: of the pictures in the order of the sheets, [N, 32, 32, 3];
            None: unknown.
        inexact_rows: pictures that are not bit-exact copies.
        subset: whether pictures are left out, `of` so many.
    """

    files: tuple[Sheet, ...]
    count: int
    labels_file: str
    labels_sha256: str
    indices_file: str = ""
    indices_sha256: str = ""
    decoded_uint8_NHWC_sha256: str | None = None
    inexact_rows: tuple[int, ...] = ()
    subset: bool = False
    of: int | None = None

    def __post_init__(self) -> None:
        check_file(self.labels_file, self.labels_sha256)
        if self.indices_file:
            check_file(self.indices_file, self.indices_sha256)
        total = 0
        for sheet in self.files:
            if sheet.first_row != total or not 0 < sheet.images <= ACROSS * DOWN:
                raise ValueError(
                    f"{sheet.file} has pictures {sheet.first_row} to "
                    f"{sheet.first_row + sheet.images - 1}, the sheets before it hold {total}"
                )
            total += sheet.images
        if total != self.count:
            raise ValueError(f"its sheets have {total} pictures, its count is {self.count}")
        if self.subset or not total:
            raise ValueError(f"it has only {total} of {self.of} pictures")


@dataclass(frozen=True)
class Parts:
    """Training and test pictures."""

    train: SheetSplit
    test: SheetSplit


@dataclass(frozen=True)
class Entry:
    """What the manifest says of any set; only one that was obtained has `splits`."""

    obtained: bool = True


@dataclass(frozen=True)
class Obtained:
    """What it says of a set that is there."""

    splits: Parts


@dataclass(frozen=True)
class Listing:
    """The manifest: its sets by key, of which only the one that is read is checked."""

    datasets: Mapping[str, Any]


def find_sheets(folder: Path, key: str, remedy: str) -> Callable[[], PictureSet] | None:
    """What reads the set of this key in a folder that has a manifest, None if that has no such set.

    Args:
        folder: it holds the manifest and all files.
        key: of the catalogue.
        remedy: the next step where the manifest or a file is damaged.

    Raises:
        DataDamaged: the manifest cannot be read, or leaves out pictures.
    """
    manifest = folder / MANIFEST
    try:
        entry = typed(Listing, read_json(manifest)).datasets.get(key)
        if entry is None or not typed(Entry, entry).obtained:
            return None
        splits = typed(Obtained, entry).splits
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise DataDamaged(
            f"{manifest}: {key} is not described as sheets and labels ({error}). {remedy}"
        ) from error

    def read() -> PictureSet:
        with with_remedy(remedy):
            return _read_sheets(folder, splits)

    return read


def _read_sheets(folder: Path, parts: Parts) -> PictureSet:
    """Read training and test pictures after comparing every file's SHA-256.

    Raises:
        DataDamaged: a file is gone, damaged or not what the manifest says.
    """
    both = (parts.train, parts.test)
    inexact = sum(len(part.inexact_rows) for part in both)
    note = (
        f"{inexact:,} of {sum(part.count for part in both):,} pictures are not bit-exact "
        f"copies of the official ones, see the manifest; official data has other content and is "
        f"never mixed with this"
    )
    train, test = (_read_split(folder, part) for part in both)
    return PictureSet(*train, *test, notes=(note,) if inexact else ())


def _read_split(folder: Path, split: SheetSplit) -> tuple[Bytes, Labels]:
    """Pictures [N, 3, 32, 32] and labels [N] in the official order."""
    number = split.count
    y = _read_integers((folder / split.labels_file, split.labels_sha256), "labels", number)
    places = np.arange(number)
    if split.indices_file:
        order = (folder / split.indices_file, split.indices_sha256)
        places = _read_integers(order, "places", number)
        if not np.array_equal(np.sort(places), np.arange(number)):
            raise DataDamaged(f"{order[0]}: not each of the places 0 to {number - 1:,} once")
    sheets = [_read_sheet((folder / s.file, s.sha256))[: s.images] for s in split.files]
    tiles = np.concatenate(sheets)
    decoded, recorded = hashlib.sha256(tiles.data).hexdigest(), split.decoded_uint8_NHWC_sha256
    if recorded not in (None, decoded):
        raise DataDamaged(
            f"{folder / MANIFEST}: the decoded sheets from {split.files[0].file} on have "
            f"SHA-256 {decoded[:12]}, recorded is {ascii(recorded)[1:13]}"
        )
    x, ordered = np.empty((number, 3, SIDE, SIDE), dtype=np.uint8), np.empty_like(y)
    x[places], ordered[places] = tiles.transpose(0, 3, 1, 2), y
    return x, ordered


def _read_sheet(file: File) -> NDArray[np.uint8]:
    """The 1,000 pictures of a sheet, [1000, 32, 32, 3], row by row."""
    from PIL import Image

    check_bytes(*file)
    width, height = ACROSS * SIDE, DOWN * SIDE
    try:
        with Image.open(file[0]) as image:
            if image.size == (width, height) and image.mode == "RGB":
                tiles = np.asarray(image).reshape(DOWN, SIDE, ACROSS, SIDE, 3)
                return np.ascontiguousarray(tiles.swapaxes(1, 2)).reshape(-1, SIDE, SIDE, 3)
            form = f"{image.size[0]} x {image.size[1]} pixels in {image.mode}"
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataDamaged(f"{file[0]}: not a readable image ({error})") from error
    raise DataDamaged(f"{file[0]}: {form}, a sheet has {width} x {height} in RGB")


def _read_integers(file: File, what: str, number: int) -> NDArray[np.int64]:
    """A .npy of as many integers as there are pictures."""
    check_bytes(*file)
    try:
        values = np.load(file[0], allow_pickle=False)
    except BROKEN as error:
        raise DataDamaged(f"{file[0]}: not a readable .npy file ({error})") from error
    if values.dtype.kind not in "iu" or values.shape != (number,):
        raise DataDamaged(
            f"{file[0]}: {' x '.join(map(str, values.shape))} {what} of type {values.dtype}, "
            f"but {number:,} pictures"
        )
    return np.asarray(values, dtype=np.int64)
