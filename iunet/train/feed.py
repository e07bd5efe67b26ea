"""Where the batches of a stage come from: a table's rows or pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from iunet.declare.data import Data, PictureData
from iunet.declare.settings import Contrast, Training
from iunet.train.batches import epoch_batches
from iunet.train.objective import Batch
from iunet.train.pictures import PictureFeed
from iunet.views.pool import Pool


class Feed(Protocol):
    """The training rows or pictures on the device."""

    @property
    def rows(self) -> int:
        """N."""
        ...

    @property
    def device(self) -> torch.device:
        """Where batches are made."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """What the numbers of a batch are."""
        ...

    def batches(
        self, seeds: Sequence[int], stage: str, epoch: int, training: Training
    ) -> Iterator[Batch]:
        """The batches of an epoch, [M, B, ...]; a member's depend on its seed, stage and epoch.

        What they hold is said by the augmentation and the contrast of `training`.
        """
        ...


@dataclass(frozen=True)
class TableFeed:
    """The rows of a table."""

    pool: Pool

    @property
    def rows(self) -> int:
        """N."""
        return len(self.pool.x)

    @property
    def device(self) -> torch.device:
        """Where batches are made."""
        return self.pool.x.device

    @property
    def dtype(self) -> torch.dtype:
        """That of the rows."""
        return self.pool.x.dtype

    def batches(
        self, seeds: Sequence[int], stage: str, epoch: int, training: Training
    ) -> Iterator[Batch]:
        """The batches of an epoch; see Feed."""
        contrast = training.contrast
        assert contrast is None or isinstance(contrast, Contrast), "views of pictures, not of rows"
        views = contrast.views if contrast else None
        return epoch_batches(self.pool, seeds, stage, epoch, training.batch, views)


def feed_of(data: Data, device: str, dtype: torch.dtype) -> Feed:
    """Move training data to a device."""
    if isinstance(data, PictureData):
        return PictureFeed.of(data, device, dtype)
    return TableFeed(Pool.of(data, device, dtype))


def storage_type(training: Training) -> torch.dtype:
    """What weights and batches are kept in; bfloat16 is for computing only."""
    kept = "float32" if training.precision == "bfloat16" else training.precision
    dtype: torch.dtype = getattr(torch, kept)
    return dtype
