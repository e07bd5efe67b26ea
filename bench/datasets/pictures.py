"""The canonical form of a set of pictures, the same from every source; its digest and its check."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from bench.datasets.catalogue import PICTURE_SHAPE, VisionDataset
from bench.datasets.read import BROKEN, read_arrays
from bench.errors import DataDamaged
from iunet.declare.data import Bytes, Labels


@dataclass(frozen=True)
class PictureSet:
    """The official training and test pictures, in the official order.

    Args:
        train_x, test_x: [N, 3, 32, 32], uint8 in RGB.
        train_y, test_y: [N], int64 class indices.
        notes: what is special about this copy; not part of the content.
    """

    train_x: Bytes
    train_y: Labels
    test_x: Bytes
    test_y: Labels
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Training and test pictures together."""
        return len(self.train_y) + len(self.test_y)

    @property
    def features(self) -> int:
        """Values of a picture."""
        return int(np.prod(self.train_x.shape[1:]))

    def digest(self) -> str:
        """Half of a SHA-256 (32 hex digits): pictures, labels, their order and which are tests."""
        header = {"train": self.train_x.shape, "test": self.test_x.shape}
        out = hashlib.sha256(json.dumps(header, separators=(",", ":")).encode())
        for x, y in ((self.train_x, self.train_y), (self.test_x, self.test_y)):
            out.update(np.ascontiguousarray(x).data)
            out.update(y.astype("<i4").tobytes())
        return out.hexdigest()[:32]

    def write(self, file: Path | IO[bytes]) -> None:
        """Write the content as an uncompressed npz; nothing is pickled.

        Raises:
            OSError: it cannot be written.
        """
        np.savez(
            file,
            train_x=self.train_x,
            train_y=self.train_y.astype(np.int64),
            test_x=self.test_x,
            test_y=self.test_y.astype(np.int64),
        )


def read_pictures(path: Path, notes: tuple[str, ...] = ()) -> PictureSet:
    """Read what `PictureSet.write` wrote.

    Raises:
        DataDamaged: it is not such a file.
    """
    try:
        pictures, labels = ("u", 4), ("iu", 1)
        forms = {"train_x": pictures, "train_y": labels, "test_x": pictures, "test_y": labels}
        train_x, train_y, test_x, test_y = read_arrays(path, forms)
        return PictureSet(train_x, train_y, test_x, test_y, notes)
    except BROKEN as error:
        raise DataDamaged(f"{path}: not a readable set of pictures ({error})") from error


def check_pictures(dataset: VisionDataset, pictures: PictureSet) -> str | None:
    """What is wrong with sizes, counts or labels, with both numbers; None if nothing."""
    wrong = _check_part(
        "training", pictures.train_x, pictures.train_y, dataset.train, dataset.classes
    ) or _check_part("test", pictures.test_x, pictures.test_y, dataset.test, dataset.classes)
    absent = np.setdiff1d(np.arange(dataset.classes), pictures.train_y)
    if wrong or not len(absent):
        return wrong
    return (
        f"{dataset.classes - len(absent)} of {dataset.classes} classes have a training picture, "
        f"class {absent[0]} has none"
    )


def _check_part(
    part: str, x: Bytes, y: NDArray[np.integer], expected: int, classes: int
) -> str | None:
    if x.shape[1:] != PICTURE_SHAPE or x.dtype != np.uint8:
        form = f"{' x '.join(map(str, x.shape[1:]))} {x.dtype}"
        return f"{part} pictures are {form}, not {' x '.join(map(str, PICTURE_SHAPE))} uint8"
    if y.ndim != 1 or y.dtype.kind not in "iu":
        return f"{part} labels are {y.ndim}-dimensional {y.dtype}, not a row of integers"
    if len(x) != len(y):
        return f"{len(x):,} {part} pictures but {len(y):,} labels"
    if len(x) != expected:
        return (
            f"{len(x):,} {part} pictures, the catalogue has {expected:,}; the set is incomplete or "
            f"another version"
        )
    outside = np.flatnonzero((y < 0) | (y >= classes))
    if len(outside):
        return (
            f"{part} picture {outside[0]:,} has label {y[outside[0]]}, but labels of {classes} "
            f"classes are 0 to {classes - 1}; {len(outside):,} labels are out of range"
        )
    return None
