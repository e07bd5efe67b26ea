"""Pictures someone brought: a folder with `manifest.json`, sheets of pictures and label files.

A sheet is a lossless 1280 x 800 image, 25 rows of 40 pictures without gaps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.errors import DataDamaged
from bench.datasets.picture_set import PictureSet
from bench.datasets.store import check_bytes
from iunet.declare.data import Bytes, Labels

SIDE, ACROSS, DOWN = 32, 40, 25
"""Side of a picture in pixels, and pictures in a row and in a column of a sheet."""


@dataclass(frozen=True)
class Checked:
    """A file and the SHA-256 of its bytes as the manifest has it."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Part:
    """Training or test pictures.

    Args:
        sheets: with the pictures on each, in order.
        pictures: on all sheets together.
        labels: .npy of [N] class indices, in the order of the sheets.
        order: .npy of [N], the official place of each picture; None if the sheets are in order.
        decoded: SHA-256 of the pictures in the order of the sheets, [N, 32, 32, 3]; None: unknown.
        inexact: pictures that are not bit-exact copies.
    """

    sheets: tuple[tuple[Checked, int], ...]
    pictures: int
    labels: Checked
    order: Checked | None
    decoded: str | None
    inexact: int


@dataclass(frozen=True)
class BroughtPictures:
    """One set of pictures of the folder; `mend` is the next step when a file of it is wrong."""

    manifest: Path
    train: Part
    test: Part
    mend: str


def find_brought_pictures(folder: Path, key: str, mend: str) -> BroughtPictures | None:
    """The set of this key in a folder that holds `manifest.json`, None if it has none.

    Raises:
        DataDamaged: the manifest cannot be read, or leaves out pictures.
    """
    manifest = folder / "manifest.json"
    try:
        entry = json.loads(manifest.read_text(encoding="utf-8"))["datasets"].get(key)
        if entry is None or not entry.get("obtained", True):
            return None
        train, test = (_part(folder, entry["splits"][name]) for name in ("train", "test"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataDamaged(
            f"{manifest}: {key} is not described as sheets and labels ({error!r}). {mend}"
        ) from error
    return BroughtPictures(manifest, train, test, mend)


def load_brought_pictures(brought: BroughtPictures) -> PictureSet:
    """Read a set of the folder after comparing every file's SHA-256.

    Raises:
        DataDamaged: a file is gone, damaged or not what the manifest says.
    """
    train_x, train_y = _read_part(brought.train, brought)
    test_x, test_y = _read_part(brought.test, brought)
    inexact = brought.train.inexact + brought.test.inexact
    total = brought.train.pictures + brought.test.pictures
    notes = (
        f"{inexact:,} of {total:,} pictures are not bit-exact copies of the official ones, see "
        f"the manifest; official data has other content and is never mixed with this",
    )
    return PictureSet(train_x, train_y, test_x, test_y, notes if inexact else ())


def _part(folder: Path, said: Mapping[str, Any]) -> Part:
    """Read the manifest's description of a part; every sheet starts where the one before ends."""
    sheets = []
    total = 0
    for sheet in said["files"]:
        pictures = int(sheet["images"])
        if int(sheet["first_row"]) != total or not 0 < pictures <= ACROSS * DOWN:
            raise ValueError(
                f"{sheet['file']} has pictures {sheet['first_row']} to "
                f"{sheet['first_row'] + pictures - 1}, the sheets before it hold {total}"
            )
        sheets.append((Checked(folder / str(sheet["file"]), str(sheet["sha256"])), pictures))
        total += pictures
    if total != int(said["count"]):
        raise ValueError(f"its sheets have {total} pictures, its count is {said['count']}")
    if said.get("subset"):
        raise ValueError(f"it has only {total} of {said['of']} pictures")
    order = said.get("indices_file")
    return Part(
        sheets=tuple(sheets),
        pictures=total,
        labels=Checked(folder / str(said["labels_file"]), str(said["labels_sha256"])),
        order=Checked(folder / str(order), str(said["indices_sha256"])) if order else None,
        decoded=said.get("decoded_uint8_NHWC_sha256"),
        inexact=len(said.get("inexact_rows", ())),
    )


def _read_part(part: Part, brought: BroughtPictures) -> tuple[Bytes, Labels]:
    """Pictures [N, 3, 32, 32] and labels [N] in the official order."""
    y = _read_integers(part.labels, "labels", part.pictures, brought.mend)
    places = np.arange(part.pictures)
    if part.order is not None:
        places = _read_integers(part.order, "places", part.pictures, brought.mend)
        if not np.array_equal(np.sort(places), np.arange(part.pictures)):
            raise DataDamaged(
                f"{part.order.path}: not each of the places 0 to {part.pictures - 1:,} once. "
                f"{brought.mend}"
            )
    x = np.empty((part.pictures, 3, SIDE, SIDE), dtype=np.uint8)
    decoded = hashlib.sha256()
    first = 0
    for sheet, pictures in part.sheets:
        tiles = _read_sheet(sheet, brought.mend)[:pictures]
        decoded.update(tiles.data)
        x[places[first : first + pictures]] = tiles.transpose(0, 3, 1, 2)
        first += pictures
    if part.decoded not in (None, decoded.hexdigest()):
        raise DataDamaged(
            f"{brought.manifest}: the decoded sheets from {part.sheets[0][0].path.name} on have "
            f"SHA-256 {decoded.hexdigest()[:12]}, recorded is {str(part.decoded)[:12]}. "
            f"{brought.mend}"
        )
    ordered = np.empty_like(y)
    ordered[places] = y
    return x, ordered


def _read_sheet(sheet: Checked, mend: str) -> NDArray[np.uint8]:
    """The 1,000 pictures of a sheet, [1000, 32, 32, 3], row by row."""
    from PIL import Image

    check_bytes(sheet.path, sheet.sha256, mend)
    expected = (ACROSS * SIDE, DOWN * SIDE)
    try:
        with Image.open(sheet.path) as image:
            if image.size == expected and image.mode == "RGB":
                pixels = np.asarray(image)
                tiles = pixels.reshape(DOWN, SIDE, ACROSS, SIDE, 3).transpose(0, 2, 1, 3, 4)
                return np.ascontiguousarray(tiles).reshape(-1, SIDE, SIDE, 3)
            size, mode = image.size, image.mode
    except (OSError, SyntaxError, ValueError) as error:
        raise DataDamaged(f"{sheet.path}: not a readable image ({error}). {mend}") from error
    raise DataDamaged(
        f"{sheet.path}: {size[0]} x {size[1]} pixels in {mode}, a sheet has {expected[0]} x "
        f"{expected[1]} in RGB. {mend}"
    )


def _read_integers(file: Checked, what: str, number: int, mend: str) -> NDArray[np.int64]:
    """A .npy of as many integers as there are pictures."""
    check_bytes(file.path, file.sha256, mend)
    try:
        values = np.load(file.path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataDamaged(f"{file.path}: not a readable .npy file ({error}). {mend}") from error
    if values.dtype.kind not in "iu" or values.shape != (number,):
        raise DataDamaged(
            f"{file.path}: {' x '.join(map(str, values.shape))} {what} of type {values.dtype}, "
            f"but {number:,} pictures. {mend}"
        )
    return np.asarray(values, dtype=np.int64)
