"""Training, validation and test rows, stratified by class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.datasets.errors import DataMismatch
from iunet.declare.protocol import TableSplit

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

    Both sizes are rounded up, as scikit-learn does.

    Args:
        y: [N] class indices.
        split: the shares and the seed.
        classes: [K] names, for the notes.

    Raises:
        DataMismatch: a part would have fewer rows than there are classes.
    """
    everything = np.arange(len(y), dtype=np.int64)
    rest, test, first = _cut(everything, y, split.test, split.seed)
    train, valid, second = _cut(rest, y, split.valid_of_rest, split.seed)
    notes = [
        *_pooled("test", first, classes),
        *_pooled("validation", second, classes),
        *_absent(y, {"training": train, "validation": valid, "test": test}, classes),
    ]
    return Parts(train, valid, test, tuple(notes))


def _cut(
    rows: Indices, y: NDArray[np.int64], share: float, seed: int
) -> tuple[Indices, Indices, Indices]:
    """Split off a share of the rows: what stays, what is split off, the classes of a single row.

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


def _pooled(part: str, single: Indices, classes: Sequence[str]) -> list[str]:
    if len(single) == 0:
        return []
    how = "stays out of it" if len(single) == 1 else "share one stratum"
    return [f"{part} split: one row left of class {_names(single, classes)}, {how}"]


def _absent(y: NDArray[np.int64], parts: dict[str, Indices], classes: Sequence[str]) -> list[str]:
    lacking = {part: np.setdiff1d(y, y[rows]) for part, rows in parts.items()}
    return [
        f"no {part} row of class {_names(absent, classes)}"
        for part, absent in lacking.items()
        if len(absent)
    ]


def _names(labels: Indices, classes: Sequence[str]) -> str:
    return ", ".join(classes[label] for label in np.sort(labels))
