"""MixUp: every row and its label are averaged with another of the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from iunet.declare.regulariser import MixedRows, RowRegulariser

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class MixUp(RowRegulariser):
    """One share for a batch, drawn from Beta(alpha, alpha); alpha 0 leaves the rows as they are.

    Source: Zhang et al. 2018.
    """

    alpha: float
    kind: Literal["mixup"] = "mixup"

    def __post_init__(self) -> None:
        if self.alpha < 0:
            raise ValueError(f"alpha of MixUp is at least 0, not {self.alpha:g}")

    def mixed(self, x: Tensor, draw: Generator) -> MixedRows:
        """Rows between two of the batch; see RowRegulariser."""
        import numpy as np
        import torch

        seed = int(torch.randint(2**62, (), generator=draw))
        share = np.random.default_rng(seed).beta(self.alpha, self.alpha) if self.alpha else 1.0
        partner = torch.randperm(len(x), generator=draw).to(x.device)
        return MixedRows(share * x + (1 - share) * x[partner], partner, share)
