"""Lookahead: slow weights take a part of the way that the optimiser went in some steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from iunet.declare.regulariser import Follower, WeightRegulariser

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Lookahead(WeightRegulariser):
    """After every `steps` steps the weights go back to slow + alpha * (weights - slow).

    The optimiser's moments stay. Predictions are those of the weights as they are, which are the
    slow ones only where an epoch ends with such a step.

    Source: Zhang et al. 2019.
    """

    steps: int
    alpha: float
    kind: Literal["lookahead"] = "lookahead"

    def __post_init__(self) -> None:
        if self.steps < 1 or not 0 < self.alpha <= 1:
            raise ValueError(
                f"Lookahead takes at least 1 step and alpha in (0, 1], not {self.steps} and "
                f"{self.alpha:g}"
            )

    def follow(self, weights: Tensor) -> Follower:
        """Begin with slow weights equal to these; see WeightRegulariser."""
        return _Slow(self, weights)


class _Slow(Follower):
    def __init__(self, rule: Lookahead, weights: Tensor) -> None:
        import torch

        self._rule = rule
        self._weights = weights
        self._slow = weights.detach().clone()
        self._taken = torch.zeros((), dtype=torch.int64)

    def after_step(self) -> None:
        import torch

        self._taken += 1
        if int(self._taken) % self._rule.steps == 0:
            with torch.no_grad():
                self._slow.lerp_(self._weights, self._rule.alpha)
                self._weights.copy_(self._slow)

    def after_epoch(self, epoch: int, epochs: int) -> None:
        pass

    def state(self) -> dict[str, Tensor]:
        return {"slow": self._slow, "taken": self._taken}

    def final(self) -> Tensor | None:
        return None
