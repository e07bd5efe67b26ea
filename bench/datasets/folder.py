"""The user's folder of data (BENCH_DATA): manifests and the files that they name, never written.

`tabular/manifest.json` lists files of tables; `vision/manifest.json` has sheets of pictures and
label files. A sheet is a lossless 1280 x 800 image, 25 rows of 40 pictures without gaps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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

File = tuple[Path, str]
"""A file and the SHA-256 of its bytes as the manifest has it."""

Files = tuple[Path, str, Callable[[], Table | PictureSet]]
"""The file to name in messages, the next step when a file is wrong, and how the content is read."""


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


def find_in_folder(folder: Path, dataset: Dataset) -> Files | None:
    """The files of a dataset, None if no manifest names it; no content is read.

    Raises:
        DataDamaged: the manifest cannot be read.
    """
    key = dataset.key
    if isinstance(dataset, TabularDataset):
        return _find_table(folder / "tabular", key)
    remedy = f"Repair the files of BENCH_DATA, or unset it and run `bench data fetch {key}`"
    return find_sheets(folder / "vision", key, remedy)


def find_sheets(folder: Path, key: str, remedy: str) -> Files | None:
    """The set of this key in a folder that holds `manifest.json`, None if it has none.

    Raises:
        DataDamaged: the manifest cannot be read, or leaves out pictures.
    """
    manifest = folder / "manifest.json"
    try:
        entry = json.loads(manifest.read_text(encoding="utf-8"))["datasets"].get(key)
        if entry is None or not entry.get("obtained", True):
            return None
        parts = [_part(folder, entry["splits"][name]) for name in ("train", "test")]
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise DataDamaged(
            f"{manifest}: {key} is not described as sheets and labels ({error!r}). {remedy}"
        ) from error
    return manifest, remedy, partial(_read_sheets, manifest, remedy, parts)


def _find_table(folder: Path, key: str) -> Files | None:
    manifest = folder / "manifest.json"
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))
        entry = next((entry for entry in entries if entry["name"] == key), None)
        if entry is None:
            return None
        path, sha256 = folder / str(entry["file"]), str(entry["sha256"])
        reading = Reading("target", tuple(str(name) for name in entry["categorical_columns"]))
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise DataDamaged(
            f"{manifest}: not a list of files with name, file, sha256 and categorical_columns "
            f"({error!r}). Correct it or unset BENCH_DATA"
        ) from error
    remedy = f"Replace {path.name} in BENCH_DATA, or unset BENCH_DATA and fetch it"

    def read() -> Table:
        check_bytes(path, sha256, remedy)
        return read_file(path, reading)

    return path, remedy, read


def _part(folder: Path, entry: Mapping[str, Any]) -> Part:
    """Read the manifest's description of a part; every sheet starts where the one before ends."""

    def file(entry: Mapping[str, Any], name: str = "file", sha256: str = "sha256") -> File:
        return folder / str(entry[name]), str(entry[sha256])

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


def _read_sheets(manifest: Path, remedy: str, parts: Sequence[Part]) -> PictureSet:
    """Read training and test pictures after comparing every file's SHA-256.

    Raises:
        DataDamaged: a file is gone, damaged or not what the manifest says.
    """
    inexact = sum(part.inexact for part in parts)
    note = (
        f"{inexact:,} of {sum(part.pictures for part in parts):,} pictures are not bit-exact "
        f"copies of the official ones, see the manifest; official data has other content and is "
        f"never mixed with this"
    )
    train, test = (_read_part(part, manifest, remedy) for part in parts)
    return PictureSet(*train, *test, notes=(note,) if inexact else ())


def _read_part(part: Part, manifest: Path, remedy: str) -> tuple[Bytes, Labels]:
    """Pictures [N, 3, 32, 32] and labels [N] in the official order."""
    number = part.pictures
    y = _read_integers(part.labels, "labels", number, remedy)
    places = np.arange(number)
    if part.order is not None:
        places = _read_integers(part.order, "places", number, remedy)
        if not np.array_equal(np.sort(places), np.arange(number)):
            raise DataDamaged(
                f"{part.order[0]}: not each of the places 0 to {number - 1:,} once. {remedy}"
            )
    tiles = np.concatenate([_read_sheet(sheet, remedy)[:size] for sheet, size in part.sheets])
    decoded = hashlib.sha256(tiles.data).hexdigest()
    if part.decoded not in (None, decoded):
        raise DataDamaged(
            f"{manifest}: the decoded sheets from {part.sheets[0][0][0].name} on have "
            f"SHA-256 {decoded[:12]}, recorded is {str(part.decoded)[:12]}. {remedy}"
        )
    x = np.empty((number, 3, SIDE, SIDE), dtype=np.uint8)
    x[places] = tiles.transpose(0, 3, 1, 2)
    ordered = np.empty_like(y)
    ordered[places] = y
    return x, ordered


def _read_sheet(file: File, remedy: str) -> NDArray[np.uint8]:
    """The 1,000 pictures of a sheet, [1000, 32, 32, 3], row by row."""
    from PIL import Image

    check_bytes(*file, remedy)
    expected = (ACROSS * SIDE, DOWN * SIDE)
    try:
        with Image.open(file[0]) as image:
            if image.size == expected and image.mode == "RGB":
                tiles = np.asarray(image).reshape(DOWN, SIDE, ACROSS, SIDE, 3)
                return np.ascontiguousarray(tiles.swapaxes(1, 2)).reshape(-1, SIDE, SIDE, 3)
            size, mode = image.size, image.mode
    except (OSError, SyntaxError, ValueError) as error:
        raise DataDamaged(f"{file[0]}: not a readable image ({error}). {remedy}") from error
    raise DataDamaged(
        f"{file[0]}: {size[0]} x {size[1]} pixels in {mode}, a sheet has {expected[0]} x "
        f"{expected[1]} in RGB. {remedy}"
    )


def _read_integers(file: File, what: str, number: int, remedy: str) -> NDArray[np.int64]:
    """A .npy of as many integers as there are pictures."""
    check_bytes(*file, remedy)
    try:
        values = np.load(file[0], allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataDamaged(f"{file[0]}: not a readable .npy file ({error}). {remedy}") from error
    if values.dtype.kind not in "iu" or values.shape != (number,):
        raise DataDamaged(
            f"{file[0]}: {' x '.join(map(str, values.shape))} {what} of type {values.dtype}, "
            f"but {number:,} pictures. {remedy}"
        )
    return np.asarray(values, dtype=np.int64)
