"""CutOut for rows: some columns of a batch are set to zero, the mean of a standardised column."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Literal

from iunet.declare.regulariser import MixedRows, RowRegulariser

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class CutOut(RowRegulariser):
    """With this probability a share of the columns, `patch`, is zero for the whole batch.

    Source: DeVries and Taylor 2017, whose square of a picture becomes columns of a row.
    """

    probability: float
    patch: float
    kind: Literal["cutout"] = "cutout"

    def __post_init__(self) -> None:
        for name in ("probability", "patch"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} of CutOut is in [0, 1], not {getattr(self, name):g}")

    def mixed(self, x: Tensor, draw: Generator) -> MixedRows:
        """Rows with columns set to zero, whose own label counts alone; see RowRegulariser."""
        import torch

        coin = float(torch.rand((), generator=draw, dtype=torch.float64))
        cut = floor(self.patch * x.shape[1]) if coin < self.probability else 0
        taken = torch.randperm(x.shape[1], generator=draw)[:cut].to(x.device)
        own = torch.arange(len(x), device=x.device)
        return MixedRows(x.index_fill(1, taken, 0.0), own, 1.0)
