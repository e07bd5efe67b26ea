"""Which rows or pictures of a dataset are for which part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.errors import DataMismatch
from iunet.declare.protocol import TableSplit
from iunet.declare.vision import PictureSplit

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Row numbers of the three parts, and what had to be done differently on the way."""

    train: Indices
    valid: Indices
    test: Indices
    notes: tuple[str, ...] = ()


def split_rows(y: NDArray[np.int64], split: TableSplit, classes: Sequence[str]) -> Parts:
    """First the test share of all rows, then the validation share of the rest, one seed for both.

    Both are stratified by class, and both sizes are rounded up, as scikit-learn does.

    Args:
        y: [N] class indices.
        split: the shares and the seed.
        classes: [K] names, for the notes.

    Raises:
        DataMismatch: a part would have fewer rows than there are classes.
    """
    everything = np.arange(len(y), dtype=np.int64)
    rest, test, first = _split_off(everything, y, split.test, split.seed)
    train, valid, second = _split_off(rest, y, split.valid_of_rest, split.seed)
    labels = {"training": y[train], "validation": y[valid], "test": y[test]}
    notes = [
        f"{part} split: one row left of class {', '.join(classes[k] for k in np.sort(single))}, "
        f"{'stays out of it' if len(single) == 1 else 'share one stratum'}"
        for part, single in (("test", first), ("validation", second))
        if len(single)
    ]
    return Parts(train, valid, test, (*notes, *absent_classes(labels, np.unique(y), classes)))


def split_sizes(pictures: int, split: PictureSplit, limit: int | None = None) -> tuple[int, int]:
    """Training and validation pictures of so many official training pictures.

    Args:
        pictures: official training pictures.
        split: the validation share, rounded down.
        limit: at most so many training pictures, and validation pictures in proportion.

    Raises:
        DataMismatch: a part would be empty.
    """
    valid = int(split.valid * pictures)
    train = pictures - valid
    if limit is not None and limit < train:
        train, valid = limit, round(limit * valid / train)
    if train < 1 or valid < 1:
        raise DataMismatch(
            f"{pictures:,} pictures give {train:,} for training and {valid:,} for validation; "
            f"neither part may be empty"
        )
    return train, valid


def split_pictures(
    pictures: int, split: PictureSplit, limit: int | None = None
) -> tuple[Indices, Indices]:
    """Numbers of the training and of the validation pictures, as torch's `random_split` draws them.

    Under a limit they are the first of each part in the order of the split.
    """
    import torch

    generator = torch.Generator().manual_seed(split.seed)
    drawn = torch.randperm(pictures, generator=generator).numpy()
    whole_train, _ = split_sizes(pictures, split)
    train, valid = split_sizes(pictures, split, limit)
    return drawn[:train], drawn[whole_train : whole_train + valid]


def absent_classes(
    labels: Mapping[str, NDArray[np.int64]],
    expected: NDArray[np.int64],
    classes: Sequence[str],
    unit: str = "row",
) -> list[str]:
    """A note for every part without a row of some class.

    Args:
        labels: class indices of each part, by its name.
        expected: class indices that every part should have.
        classes: names of the classes.
        unit: what one example is called.
    """
    absent = {part: np.setdiff1d(expected, y) for part, y in labels.items()}
    return [
        f"no {part} {unit} of class {', '.join(classes[k] for k in lacking)}"
        for part, lacking in absent.items()
        if len(lacking)
    ]


def _split_off(
    rows: Indices, y: NDArray[np.int64], share: float, seed: int
) -> tuple[Indices, Indices, Indices]:
    """What stays, what is split off, and the classes that have a single row.

    Stratifying needs two rows of a class. Rows of classes with one share a stratum; if they are
    one row altogether, it stays and the others are split without it.
    """
    from sklearn.model_selection import train_test_split

    labels = y[rows]
    counts = np.bincount(labels)
    single = counts[labels] < 2
    lone = single & (single.sum() == 1)
    strata = np.where(single, len(counts), labels)[~lone]
    size = math.ceil(share * len(rows))
    n_strata = len(np.unique(strata))
    if min(size, len(strata) - size) < n_strata:
        raise DataMismatch(
            f"{len(rows)} rows are too few to split off {size}, stratified by {n_strata} classes"
        )
    stay, off = train_test_split(rows[~lone], test_size=size, random_state=seed, stratify=strata)
    return np.concatenate([stay, rows[lone]]), off, labels[single]
