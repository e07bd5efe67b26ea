"""Which training pictures are for validation, which are kept, and how pictures are scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.datasets.errors import DataMismatch
from bench.datasets.preparation import Normalise
from iunet.declare.data import Bytes, Floats
from iunet.declare.vision import PictureSplit

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Scale:
    """What a picture in [0, 1] is normalised by, channel by channel: mean [3], std [3]."""

    mean: Floats
    std: Floats

    def __call__(self, x: Bytes) -> Floats:
        """Normalise pictures [N, 3, 32, 32] in 0..255."""
        scaled = x.astype(np.float32)
        scaled /= 255
        scaled -= self.mean[:, None, None]
        scaled /= self.std[:, None, None]
        return scaled


def split_sizes(pictures: int, split: PictureSplit, kept: int | None = None) -> tuple[int, int]:
    """Training and validation pictures of so many official training pictures.

    Args:
        pictures: official training pictures.
        split: the validation share, rounded down.
        kept: at most so many training pictures, and validation pictures in proportion.

    Raises:
        DataMismatch: a part would be empty.
    """
    valid = int(split.valid * pictures)
    train = pictures - valid
    if kept is not None and kept < train:
        train, valid = kept, round(kept * valid / train)
    if train < 1 or valid < 1:
        raise DataMismatch(
            f"{pictures:,} pictures give {train:,} for training and {valid:,} for validation; "
            f"neither part may be empty"
        )
    return train, valid


def split_pictures(
    pictures: int, split: PictureSplit, kept: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the training and of the validation pictures, as torch's `random_split` draws them.

    Where only some are kept, they are the first of each part in the order of the split.
    """
    import torch

    generator = torch.Generator().manual_seed(split.seed)
    drawn = torch.randperm(pictures, generator=generator).numpy()
    whole_train, _ = split_sizes(pictures, split)
    train, valid = split_sizes(pictures, split, kept)
    return drawn[:train], drawn[whole_train : whole_train + valid]


def fit_scale(normalise: Normalise, train: Bytes) -> Scale:
    """The means and deviations to normalise by.

    Args:
        normalise: "own" are those of the training pictures (deviation with ddof 0).
        train: the training pictures [N, 3, 32, 32] that are kept.

    Raises:
        DataMismatch: "own", and a channel has the same value everywhere.
    """
    if normalise == "imagenet":
        return _scale(IMAGENET_MEAN, IMAGENET_STD)
    if normalise == "none":
        return _scale((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    moments = [_moments(train[:, channel]) for channel in range(3)]
    flat = [channel for channel, (_, std) in enumerate(moments) if std == 0]
    if flat:
        raise DataMismatch(
            f"channel {flat[0]} of the {len(train):,} training pictures is {moments[flat[0]][0]:g} "
            f"everywhere; pictures cannot be normalised by that"
        )
    return _scale(tuple(mean for mean, _ in moments), tuple(std for _, std in moments))


def _scale(mean: tuple[float, ...], std: tuple[float, ...]) -> Scale:
    return Scale(np.array(mean, dtype=np.float32), np.array(std, dtype=np.float32))


def _moments(channel: Bytes) -> tuple[float, float]:
    """Mean and deviation of values 0..255 scaled to [0, 1], from how often each occurs."""
    often = np.zeros(256, dtype=np.int64)
    for start in range(0, len(channel), 1000):  # counting widens bytes to eight times their size
        often += np.bincount(channel[start : start + 1000].ravel(), minlength=256)
    values = np.arange(256) / 255
    mean = float(often @ values / often.sum())
    return mean, float(np.sqrt(often @ (values - mean) ** 2 / often.sum()))
