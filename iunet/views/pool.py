"""The rows that batches and views are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from iunet.declare.data import FitData


@dataclass(frozen=True)
class Pool:
    """The training rows on the device: x [N, D], y [N], feature groups [D]."""

    x: Tensor
    y: Tensor
    groups: Tensor

    @staticmethod
    def of(data: FitData, device: str, dtype: torch.dtype) -> Pool:
        """Move the training rows of a table to a device."""
        return Pool(
            x=torch.as_tensor(data.train.x, dtype=dtype).to(device),
            y=torch.as_tensor(data.train.y).to(device),
            groups=torch.as_tensor(data.groups).to(device),
        )
