"""A set of pictures against the catalogue: a wrong number is worse than none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.datasets.catalogue import VisionDataset
from bench.datasets.check import check_content
from bench.datasets.errors import DataMismatch
from bench.datasets.picture_set import PictureSet
from iunet.declare.data import Bytes

SHAPE = (3, 32, 32)


def check_pictures(dataset: VisionDataset, pictures: PictureSet, mend: str) -> str:
    """Compare sizes, counts, labels and, where it is known, the content.

    Args:
        dataset: what the catalogue has.
        pictures: what was read.
        mend: the next step, ending the message.

    Returns:
        The digest of the content.

    Raises:
        DataMismatch: names the first difference and both numbers.
    """
    parts = (
        ("training", pictures.train_x, pictures.train_y, dataset.train),
        ("test", pictures.test_x, pictures.test_y, dataset.test),
    )
    for part, x, y, known in parts:
        wrong = _wrong_form(part, x, y, known) or _wrong_labels(part, y, dataset.classes)
        if wrong is not None:
            raise DataMismatch(f"{dataset.key}: {wrong}. {mend}")
    absent = np.setdiff1d(np.arange(dataset.classes), pictures.train_y)
    if len(absent):
        raise DataMismatch(
            f"{dataset.key}: {dataset.classes - len(absent)} of {dataset.classes} classes have a "
            f"training picture, class {absent[0]} has none. {mend}"
        )
    digest = pictures.digest()
    check_content(dataset, digest, mend)
    return digest


def _wrong_form(part: str, x: Bytes, y: NDArray[np.integer], known: int) -> str | None:
    """What is wrong with the sizes of a part, in words; None if nothing."""
    if x.shape[1:] != SHAPE or x.dtype != np.uint8:
        form = f"{' x '.join(map(str, x.shape[1:]))} {x.dtype}"
        return f"{part} pictures are {form}, not {' x '.join(map(str, SHAPE))} uint8"
    if y.ndim != 1 or y.dtype.kind not in "iu":
        return f"{part} labels are {y.ndim}-dimensional {y.dtype}, not a row of integers"
    if len(x) != len(y):
        return f"{len(x):,} {part} pictures but {len(y):,} labels"
    if len(x) != known:
        return (
            f"{len(x):,} {part} pictures, the catalogue has {known:,}; the set is incomplete or "
            f"another version"
        )
    return None


def _wrong_labels(part: str, y: NDArray[np.integer], classes: int) -> str | None:
    outside = np.flatnonzero((y < 0) | (y >= classes))
    if not len(outside):
        return None
    first = int(outside[0])
    return (
        f"{part} picture {first:,} has label {int(y[first])}, but labels of {classes} classes are "
        f"0 to {classes - 1}; {len(outside):,} labels are out of range"
    )
