"""Pictures on sheets, as BENCH_DATA has them in `vision/`: a manifest, sheets and label files.

A sheet is a lossless 1280 x 800 image, 25 rows of 40 pictures without gaps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.pictures import PictureSet
from bench.datasets.read import check_bytes, with_remedy
from bench.errors import DataDamaged
from iunet.declare.data import Bytes, Labels

SIDE, ACROSS, DOWN = 32, 40, 25
"""Side of a picture in pixels, and pictures in a row and in a column of a sheet."""

MANIFEST = "manifest.json"

UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What can go wrong while a manifest is read that someone else has written."""

File = tuple[Path, str]
"""A file and the SHA-256 of its bytes as the manifest has it."""


@dataclass(frozen=True)
class SheetSplit:
    """The files of the training or of the test pictures.

    Args:
        sheets: with the pictures on each, in order.
        pictures: on all sheets together.
        labels: .npy of [N] class indices, in the order of the sheets.
        order: .npy of [N], the official place of each picture; None if the sheets are in order.
        decoded: SHA-256 of the pictures in the order of the sheets, [N, 32, 32, 3]; None: unknown.
        inexact: pictures that are not bit-exact copies.
    """

    sheets: tuple[tuple[File, int], ...]
    pictures: int
    labels: File
    order: File | None
    decoded: str | None
    inexact: int


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
        entry = json.loads(manifest.read_text(encoding="utf-8"))["datasets"].get(key)
        if entry is None or not entry.get("obtained", True):
            return None
        splits = [_split(folder, entry["splits"][name]) for name in ("train", "test")]
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise DataDamaged(
            f"{manifest}: {key} is not described as sheets and labels ({error!r}). {remedy}"
        ) from error

    def read() -> PictureSet:
        with with_remedy(remedy):
            return _read_sheets(manifest, splits)

    return read


def _split(folder: Path, entry: Mapping[str, Any]) -> SheetSplit:
    """Read the manifest's description of a split; each sheet starts where the one before ends."""

    def file(entry: Mapping[str, Any], kind: str = "") -> File:
        return folder / str(entry[f"{kind}file"]), str(entry[f"{kind}sha256"])

    sheets = []
    total = 0
    for sheet in entry["files"]:
        pictures = int(sheet["images"])
        if int(sheet["first_row"]) != total or not 0 < pictures <= ACROSS * DOWN:
            raise ValueError(
                f"{sheet['file']} has pictures {sheet['first_row']} to "
                f"{sheet['first_row'] + pictures - 1}, the sheets before it hold {total}"
            )
        sheets.append((file(sheet), pictures))
        total += pictures
    if total != int(entry["count"]):
        raise ValueError(f"its sheets have {total} pictures, its count is {entry['count']}")
    if entry.get("subset"):
        raise ValueError(f"it has only {total} of {entry['of']} pictures")
    return SheetSplit(
        sheets=tuple(sheets),
        pictures=total,
        labels=file(entry, "labels_"),
        order=file(entry, "indices_") if entry.get("indices_file") else None,
        decoded=entry.get("decoded_uint8_NHWC_sha256"),
        inexact=len(entry.get("inexact_rows", ())),
    )


def _read_sheets(manifest: Path, splits: Sequence[SheetSplit]) -> PictureSet:
    """Read training and test pictures after comparing every file's SHA-256.

    Raises:
        DataDamaged: a file is gone, damaged or not what the manifest says.
    """
    inexact = sum(split.inexact for split in splits)
    note = (
        f"{inexact:,} of {sum(split.pictures for split in splits):,} pictures are not bit-exact "
        f"copies of the official ones, see the manifest; official data has other content and is "
        f"never mixed with this"
    )
    train, test = (_read_split(split, manifest) for split in splits)
    return PictureSet(*train, *test, notes=(note,) if inexact else ())


def _read_split(split: SheetSplit, manifest: Path) -> tuple[Bytes, Labels]:
    """Pictures [N, 3, 32, 32] and labels [N] in the official order."""
    number = split.pictures
    y = _read_integers(split.labels, "labels", number)
    places = np.arange(number)
    if split.order is not None:
        places = _read_integers(split.order, "places", number)
        if not np.array_equal(np.sort(places), np.arange(number)):
            raise DataDamaged(f"{split.order[0]}: not each of the places 0 to {number - 1:,} once")
    tiles = np.concatenate([_read_sheet(sheet)[:size] for sheet, size in split.sheets])
    decoded = hashlib.sha256(tiles.data).hexdigest()
    if split.decoded not in (None, decoded):
        raise DataDamaged(
            f"{manifest}: the decoded sheets from {split.sheets[0][0][0].name} on have "
            f"SHA-256 {decoded[:12]}, recorded is {str(split.decoded)[:12]}"
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
    except (OSError, SyntaxError, ValueError) as error:
        raise DataDamaged(f"{file[0]}: not a readable image ({error})") from error
    raise DataDamaged(f"{file[0]}: {form}, a sheet has {width} x {height} in RGB")


def _read_integers(file: File, what: str, number: int) -> NDArray[np.int64]:
    """A .npy of as many integers as there are pictures."""
    check_bytes(*file)
    try:
        values = np.load(file[0], allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataDamaged(f"{file[0]}: not a readable .npy file ({error})") from error
    if values.dtype.kind not in "iu" or values.shape != (number,):
        raise DataDamaged(
            f"{file[0]}: {' x '.join(map(str, values.shape))} {what} of type {values.dtype}, "
            f"but {number:,} pictures"
        )
    return np.asarray(values, dtype=np.int64)
