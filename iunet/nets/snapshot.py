"""The state of a group of members at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from iunet.nets.network import Statistics


@dataclass(frozen=True)
class Snapshot:
    """The weights [M, P] and statistics [M, 2, S] of a group at one moment."""

    weights: Tensor
    statistics: Statistics

    @staticmethod
    def of(weights: Tensor, statistics: Statistics) -> Snapshot:
        """A copy of the present state."""
        return Snapshot(weights.detach().clone(), statistics.clone())
