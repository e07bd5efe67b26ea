"""CutMix for rows: some columns take the values of another row of the batch, with its label."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Literal

from iunet.declare.regulariser import MixedRows, RowRegulariser

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class CutMix(RowRegulariser):
    """With this probability a batch is cut; the share that is kept is uniform in [0, 1].

    The columns are the same for the whole batch, and the own label counts by the share of the
    columns that a row has kept.

    Source: Yun et al. 2019, whose boxes of a picture become columns of a row.
    """

    probability: float
    kind: Literal["cutmix"] = "cutmix"

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ValueError(f"the probability of CutMix is in [0, 1], not {self.probability:g}")

    def mixed(self, x: Tensor, draw: Generator) -> MixedRows:
        """Rows put together from two of the batch; see RowRegulariser."""
        import torch

        columns = x.shape[1]
        coin, share = torch.rand(2, generator=draw, dtype=torch.float64).tolist()
        cut = floor((1 - share) * columns) if coin < self.probability else 0
        partner = torch.randperm(len(x), generator=draw).to(x.device)
        taken = torch.randperm(columns, generator=draw)[:cut].to(x.device)
        mixed = x.index_copy(1, taken, x[partner][:, taken])
        return MixedRows(mixed, partner, 1 - cut / columns)
