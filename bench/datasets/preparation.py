"""How a dataset is prepared for its runs: what of a protocol and a budget reaches the data.

Field names and values are part of the run id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iunet.declare.protocol import TablePreprocessing, TableSplit
from iunet.declare.vision import PictureSplit, VisionProtocol

Normalise = Literal["own", "imagenet", "none"]


@dataclass(frozen=True)
class TablePreparation:
    """Split, then encode."""

    split: TableSplit
    preprocessing: TablePreprocessing


@dataclass(frozen=True)
class PicturePreparation:
    """Split off validation, then keep at most so many training pictures.

    Args:
        pictures: None keeps all; else as many training pictures, and validation pictures in
            proportion.
        normalise: means and deviations of the training pictures, of ImageNet, or none.
    """

    split: PictureSplit
    normalise: Normalise
    pictures: int | None = None


Preparation = TablePreparation | PicturePreparation


def training_rows(preparation: Preparation, rows: int) -> int:
    """Training rows or pictures of a dataset that has so many, to within a row; at least 1."""
    if isinstance(preparation, TablePreparation):
        split = preparation.split
        return max(int(rows * (1 - split.test) * (1 - split.valid_of_rest)), 1)
    left = int(rows * (1 - preparation.split.valid))
    return left if preparation.pictures is None else min(left, preparation.pictures)


def normalise_for(dataset: str, vision: VisionProtocol) -> Normalise:
    """What the pictures of a dataset are scaled by: SVHN's by a setting, others' by their own."""
    return vision.normalise_svhn if dataset == "svhn" else "own"
