"""The data a method is given: training and validation rows or pictures, never the test part."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Encoded rows of one split: x [N, D] float32, y [N] class indices.

    Pictures that are only looked at come this way too: x [N, 3, 32, 32], normalised.
    """

    x: Floats
    y: Labels

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} rows of features but {len(self.y)} labels")


def without_rows(rows: Rows) -> Rows:
    """None of the rows, of the same shape otherwise."""
    return Rows(rows.x[:0], rows.y[:0])


@dataclass(frozen=True)
class FitData:
    """What a method may see.

    Args:
        train, valid: encoded rows.
        n_classes: K; labels are in [0, K).
        groups: [D], for every encoded column the raw feature it came from (one-hot columns of one
            feature share a number), so that views can corrupt a raw feature as a whole.
        categorical: [D], True where a column holds category codes or a one-hot indicator.
    """

    train: Rows
    valid: Rows
    n_classes: int
    groups: NDArray[np.int64]
    categorical: NDArray[np.bool_]

    @property
    def n_features(self) -> int:
        """D, the number of encoded columns."""
        return int(self.train.x.shape[1])

    def joined(self) -> FitData:
        """The same with the validation rows among the training rows, after these.

        They stay the validation rows too, so that whatever watches them still runs; a score of
        theirs then says nothing.
        """
        x = np.concatenate([self.train.x, self.valid.x])
        y = np.concatenate([self.train.y, self.valid.y])
        return replace(self, train=Rows(x, y))


@dataclass(frozen=True)
class Pictures:
    """Training pictures before any augmentation: x [N, 3, 32, 32] in 0..255, y [N] classes."""

    x: Bytes
    y: Labels

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} pictures but {len(self.y)} labels")


@dataclass(frozen=True)
class PictureData:
    """What a method may see of a set of pictures.

    Args:
        train: as they are; they are augmented first and normalised last.
        valid: normalised.
        n_classes: K; labels are in [0, K).
        mean, std: [3], what a picture in [0, 1] is normalised by, channel by channel.
    """

    train: Pictures
    valid: Rows
    n_classes: int
    mean: Floats
    std: Floats

    @property
    def n_features(self) -> int:
        """D, the number of values of a picture."""
        return int(np.prod(self.train.x.shape[1:]))


Data = FitData | PictureData
