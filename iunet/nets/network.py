"""What every network with a member axis can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from iunet.nets.layout import Layout

Statistics = Tensor
"""Running means and variances of all norms, [M, 2, S] with S the sum of their widths."""


@dataclass(frozen=True)
class Passed:
    """What one forward pass gives: features [M, B, H], logits [M, B, K], batch statistics.

    All of them in the precision of the weights, also where autocast computes in another.
    """

    features: Tensor
    logits: Tensor
    statistics: Statistics | None


class Network(Protocol):
    """A network whose parameters are a flat vector for each member; frozen and hashable."""

    @property
    def n_classes(self) -> int:
        """K."""
        ...

    @property
    def layout(self) -> Layout:
        """Its parameters in the order of the layers."""
        ...

    @property
    def norm_widths(self) -> tuple[int, ...]:
        """Channels of each batch norm, in the order the norms see a batch."""
        ...

    def forward(
        self, weights: Mapping[str, Tensor], x: Tensor, running: Statistics | None
    ) -> Passed:
        """One pass of x, rows [M, B, D] or pictures [M, B, 3, 32, 32].

        Args:
            weights: parameters [M, ...] by name.
            running: statistics to normalise by, as in evaluation; None normalises by the batch, as
                in training, and returns its means and unbiased variances.
        """
        ...

    def plain(self) -> nn.Module:
        """An untrained PyTorch module of this architecture, from a batch [B, ...] to logits [B, K].

        Its parameters come in the order of the layout, weights of linear maps transposed, and its
        norms in that of `norm_widths`.
        """
        ...


def fresh_statistics(net: Network, members: int, dtype: torch.dtype) -> Statistics:
    """Means 0 and variances 1, [M, 2, S]."""
    zeros_and_ones = torch.zeros(members, 2, sum(net.norm_widths), dtype=dtype)
    zeros_and_ones[:, 1] = 1
    return zeros_and_ones


def empty_statistics(net: Network, x: Tensor) -> Statistics:
    """Room for the batch statistics of x [M, B, ...], [M, 2, S]."""
    return torch.zeros(len(x), 2, sum(net.norm_widths), dtype=x.dtype, device=x.device)
