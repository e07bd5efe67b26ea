"""The user's folder of data (BENCH_DATA): manifests and the files that they name, never written.

`tabular/manifest.json` lists files of tables; `vision/manifest.json` has sheets of pictures and
label files. A sheet is a lossless 1280 x 800 image, 25 rows of 40 pictures without gaps.
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

from bench.datasets.catalogue import Dataset, TabularDataset
from bench.datasets.pictures import PictureSet
from bench.datasets.read import Reading, check_bytes, read_file
from bench.datasets.table import Table
from bench.errors import DataDamaged
from iunet.declare.data import Bytes, Labels

SIDE, ACROSS, DOWN = 32, 40, 25
"""Side of a picture in pixels, and pictures in a row and in a column of a sheet."""

UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What can go wrong while a manifest is read that someone else has written."""


@dataclass(frozen=True)
class File:
    """A file and the SHA-256 of its bytes as the manifest has it."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class TableFile:
    """The file of a table.

    Args:
        path: of the file.
        sha256: of its bytes, as the manifest has it.
        categorical: columns to read as categories whatever their type.
    """

    path: Path
    sha256: str
    categorical: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """The next step when the file is wrong."""
        return f"Replace {self.path.name} in BENCH_DATA, or unset BENCH_DATA and fetch it"

    def read(self) -> Table:
        """Read the table after comparing the SHA-256 of its file."""
        check_bytes(self.path, self.sha256, self.remedy)
        return read_file(self.path, Reading(target="target", categorical=self.categorical))


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

    sheets: tuple[tuple[File, int], ...]
    pictures: int
    labels: File
    order: File | None
    decoded: str | None
    inexact: int


@dataclass(frozen=True)
class PictureSheets:
    """The sheets of a set of pictures.

    Args:
        path: the manifest.
        train, test: both parts.
        remedy: the next step when a file is wrong.
    """

    path: Path
    train: Part
    test: Part
    remedy: str

    def read(self) -> PictureSet:
        """Read the set after comparing every file's SHA-256.

        Raises:
            DataDamaged: a file is gone, damaged or not what the manifest says.
        """
        inexact = self.train.inexact + self.test.inexact
        note = (
            f"{inexact:,} of {self.train.pictures + self.test.pictures:,} pictures are not "
            f"bit-exact copies of the official ones, see the manifest; official data has other "
            f"content and is never mixed with this"
        )
        train, test = (_read_part(part, self) for part in (self.train, self.test))
        return PictureSet(*train, *test, notes=(note,) if inexact else ())


def find_in_folder(folder: Path, dataset: Dataset) -> TableFile | PictureSheets | None:
    """The files of a dataset, None if no manifest names it; no content is read.

    Raises:
        DataDamaged: the manifest cannot be read.
    """
    key = dataset.key
    if isinstance(dataset, TabularDataset):
        return _find_table(folder / "tabular", key)
    remedy = (
        f"Repair the folder of BENCH_DATA, or unset BENCH_DATA and run `bench data fetch {key}`"
    )
    return find_sheets(folder / "vision", key, remedy)


def find_sheets(folder: Path, key: str, remedy: str) -> PictureSheets | None:
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
    except UNREADABLE as error:
        raise DataDamaged(
            f"{manifest}: {key} is not described as sheets and labels ({error!r}). {remedy}"
        ) from error
    return PictureSheets(manifest, train, test, remedy)


def _find_table(folder: Path, key: str) -> TableFile | None:
    manifest = folder / "manifest.json"
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))
        entry = next((entry for entry in entries if entry["name"] == key), None)
        if entry is None:
            return None
        categorical = tuple(str(name) for name in entry["categorical_columns"])
        return TableFile(folder / str(entry["file"]), str(entry["sha256"]), categorical)
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise DataDamaged(
            f"{manifest}: not a list of files with name, file, sha256 and categorical_columns "
            f"({error!r}). Correct it or unset BENCH_DATA"
        ) from error


def _part(folder: Path, entry: Mapping[str, Any]) -> Part:
    """Read the manifest's description of a part; every sheet starts where the one before ends."""

    def file(entry: Mapping[str, Any], name: str = "file", sha256: str = "sha256") -> File:
        return File(folder / str(entry[name]), str(entry[sha256]))

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
    ordered = entry.get("indices_file")
    return Part(
        sheets=tuple(sheets),
        pictures=total,
        labels=file(entry, "labels_file", "labels_sha256"),
        order=file(entry, "indices_file", "indices_sha256") if ordered else None,
        decoded=entry.get("decoded_uint8_NHWC_sha256"),
        inexact=len(entry.get("inexact_rows", ())),
    )


def _read_part(part: Part, sheets: PictureSheets) -> tuple[Bytes, Labels]:
    """Pictures [N, 3, 32, 32] and labels [N] in the official order."""
    number, remedy = part.pictures, sheets.remedy
    y = _read_integers(part.labels, "labels", number, remedy)
    places = np.arange(number)
    if part.order is not None:
        places = _read_integers(part.order, "places", number, remedy)
        if not np.array_equal(np.sort(places), np.arange(number)):
            raise DataDamaged(
                f"{part.order.path}: not each of the places 0 to {number - 1:,} once. {remedy}"
            )
    tiles = np.concatenate([_read_sheet(sheet, remedy)[:size] for sheet, size in part.sheets])
    decoded = hashlib.sha256(tiles.data).hexdigest()
    if part.decoded not in (None, decoded):
        raise DataDamaged(
            f"{sheets.path}: the decoded sheets from {part.sheets[0][0].path.name} on have "
            f"SHA-256 {decoded[:12]}, recorded is {str(part.decoded)[:12]}. {remedy}"
        )
    x = np.empty((number, 3, SIDE, SIDE), dtype=np.uint8)
    x[places] = tiles.transpose(0, 3, 1, 2)
    ordered = np.empty_like(y)
    ordered[places] = y
    return x, ordered


def _read_sheet(sheet: File, remedy: str) -> NDArray[np.uint8]:
    """The 1,000 pictures of a sheet, [1000, 32, 32, 3], row by row."""
    from PIL import Image

    check_bytes(sheet.path, sheet.sha256, remedy)
    expected = (ACROSS * SIDE, DOWN * SIDE)
    try:
        with Image.open(sheet.path) as image:
            if image.size == expected and image.mode == "RGB":
                tiles = np.asarray(image).reshape(DOWN, SIDE, ACROSS, SIDE, 3)
                return np.ascontiguousarray(tiles.swapaxes(1, 2)).reshape(-1, SIDE, SIDE, 3)
            size, mode = image.size, image.mode
    except (OSError, SyntaxError, ValueError) as error:
        raise DataDamaged(f"{sheet.path}: not a readable image ({error}). {remedy}") from error
    raise DataDamaged(
        f"{sheet.path}: {size[0]} x {size[1]} pixels in {mode}, a sheet has {expected[0]} x "
        f"{expected[1]} in RGB. {remedy}"
    )


def _read_integers(file: File, what: str, number: int, remedy: str) -> NDArray[np.int64]:
    """A .npy of as many integers as there are pictures."""
    check_bytes(file.path, file.sha256, remedy)
    try:
        values = np.load(file.path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataDamaged(f"{file.path}: not a readable .npy file ({error}). {remedy}") from error
    if values.dtype.kind not in "iu" or values.shape != (number,):
        raise DataDamaged(
            f"{file.path}: {' x '.join(map(str, values.shape))} {what} of type {values.dtype}, "
            f"but {number:,} pictures. {remedy}"
        )
    return np.asarray(values, dtype=np.int64)
