"""The rows that batches and views are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from iunet.declare.data import FitData


@dataclass(frozen=True)
class Pool:
    """Rows of a table on the device: x [N, D], y [N], the raw feature of each column [D]."""

    x: Tensor
    y: Tensor
    groups: Tensor
    raw_features: int

    @staticmethod
    def of(
        data: FitData, device: str, dtype: torch.dtype, rows: Literal["train", "valid"] = "train"
    ) -> Pool:
        """Move the training or the validation rows of a table to a device."""
        part = data.train if rows == "train" else data.valid
        return Pool(
            x=torch.as_tensor(part.x, dtype=dtype).to(device),
            y=torch.as_tensor(part.y).to(device),
            groups=torch.as_tensor(data.groups).to(device),
            raw_features=int(data.groups.max()) + 1,
        )
