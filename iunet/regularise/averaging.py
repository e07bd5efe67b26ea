"""Stochastic weight averaging: the network ends with the mean of its weights after late epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from iunet.declare.regulariser import Follower, WeightRegulariser

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Averaging(WeightRegulariser):
    """The mean over the ends of the epochs after this share of all of them.

    Args:
        start: in [0, 1); the method's authors begin at three quarters.

    Source: Izmailov et al. 2018.
    """

    start: float = 0.75
    kind: Literal["averaging"] = "averaging"

    def __post_init__(self) -> None:
        if not 0 <= self.start < 1:
            raise ValueError(f"averaging starts at a share in [0, 1), not {self.start:g}")

    def follow(self, weights: Tensor) -> Follower:
        """Begin without any weights in the mean; see WeightRegulariser."""
        return _Mean(self, weights)


class _Mean(Follower):
    def __init__(self, rule: Averaging, weights: Tensor) -> None:
        import torch

        self._rule = rule
        self._weights = weights
        self._mean = torch.zeros_like(weights, requires_grad=False)
        self._count = torch.zeros((), dtype=torch.int64)

    def after_step(self) -> None:
        pass

    def after_epoch(self, epoch: int, epochs: int) -> None:
        if epoch >= self._rule.start * epochs:
            self._count += 1
            self._mean.lerp_(self._weights.detach(), 1 / int(self._count))

    def state(self) -> dict[str, Tensor]:
        return {"mean": self._mean, "count": self._count}

    def final(self) -> Tensor | None:
        return self._mean if int(self._count) else None
