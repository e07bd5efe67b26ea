"""Adversarial training: the loss also of rows moved a small step to where it rises fastest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from iunet.declare.regulariser import LossRegulariser

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Adversarial(LossRegulariser):
    """The fast gradient sign method: the mean of the losses of clean and of moved rows.

    Args:
        epsilon: how far every value is moved.

    Source: Goodfellow et al. 2015.
    """

    epsilon: float
    kind: Literal["adversarial"] = "adversarial"

    def __post_init__(self) -> None:
        if self.epsilon < 0:
            raise ValueError(f"epsilon of adversarial training is at least 0, not {self.epsilon:g}")

    def loss(self, x: Tensor, loss_of: Callable[[Tensor], Tensor]) -> Tensor:
        """Half of both losses; see LossRegulariser."""
        import torch

        rows = x.detach().requires_grad_()
        clean = loss_of(rows)
        (slope,) = torch.autograd.grad(clean.sum(), rows, retain_graph=True)
        return (clean + loss_of(x.detach() + self.epsilon * slope.sign())) / 2
