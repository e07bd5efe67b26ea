"""Update rules on flat parameters [M, P], with a learning rate for each member."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from iunet.declare.settings import Optimiser

BETAS = (0.9, 0.999)
EPS = 1e-8
AT_ONCE = 1 << 17
"""A CPU updates so many parameters at a time, few enough to stay in its cache."""


class Update(Protocol):
    """An update rule bound to one flat parameter tensor [M, P]."""

    def set_rates(self, learning_rate: Tensor, decay: float) -> None:
        """Learning rates [M] and the weight decay they multiply, for the steps that follow."""
        ...

    def step(self, gradient: Tensor) -> None:
        """Update the weights in place by a gradient [M, P]."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Everything a resumed run needs, by name; the tensors themselves, not copies."""
        ...


def build_update(weights: Tensor, settings: Optimiser) -> Update:
    """The rule of these settings; one member on a CPU takes torch's fused kernel."""
    if settings.kind == "sgd":
        return NesterovSgd(weights, settings.momentum)
    if len(weights) == 1 and weights.device.type == "cpu":
        return FusedAdamW(weights)
    return MemberAdamW(weights)


class FusedAdamW:
    """torch.optim.AdamW for a single member."""

    def __init__(self, weights: Tensor) -> None:
        self._weights = weights
        self._rule = torch.optim.AdamW([weights], lr=0.0, betas=BETAS, eps=EPS, fused=True)
        weights.grad = torch.zeros_like(weights)
        self._rule.step()  # creates the state; a zero rate and gradient change nothing
        self._rule.state[weights]["step"].zero_()

    def set_rates(self, learning_rate: Tensor, decay: float) -> None:
        self._rule.param_groups[0].update(lr=float(learning_rate[0]), weight_decay=decay)

    def step(self, gradient: Tensor) -> None:
        self._weights.grad = gradient
        self._rule.step()

    def state(self) -> dict[str, Tensor]:
        state = self._rule.state[self._weights]
        return {name: state[name] for name in ("exp_avg", "exp_avg_sq", "step")}


class MemberAdamW:
    """AdamW (Loshchilov and Hutter 2019) over all members at once; can be captured in a graph."""

    def __init__(self, weights: Tensor) -> None:
        self._weights = weights
        self._mean = torch.zeros_like(weights)
        self._square = torch.zeros_like(weights)
        self._steps = torch.zeros((), dtype=weights.dtype, device=weights.device)
        self._rate = weights.new_zeros(len(weights), 1)
        self._shrink = weights.new_ones(len(weights), 1)

    def set_rates(self, learning_rate: Tensor, decay: float) -> None:
        self._rate.copy_(learning_rate.unsqueeze(1))
        self._shrink.copy_(1 - self._rate * decay)

    def step(self, gradient: Tensor) -> None:
        self._steps += 1
        self._weights.mul_(self._shrink)
        self._mean.lerp_(gradient, 1 - BETAS[0])
        self._square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        size = (self._square / (1 - BETAS[1] ** self._steps)).sqrt_().add_(EPS)
        self._weights.sub_(self._mean / size * (self._rate / (1 - BETAS[0] ** self._steps)))

    def state(self) -> dict[str, Tensor]:
        return {"exp_avg": self._mean, "exp_avg_sq": self._square, "step": self._steps}


class NesterovSgd:
    """SGD with Nesterov momentum as torch.optim.SGD defines it; no weight decay.

    torch's fused kernel is a little faster on a CPU, but rounds differently.
    """

    def __init__(self, weights: Tensor, momentum: float) -> None:
        self._weights = weights
        self._momentum = momentum
        self._velocity = torch.zeros_like(weights)
        self._rate = weights.new_zeros(len(weights), 1)

    def set_rates(self, learning_rate: Tensor, decay: float) -> None:
        if decay:
            raise ValueError(f"SGD here has no weight decay, got {decay}")
        self._rate.copy_(learning_rate.unsqueeze(1))

    def step(self, gradient: Tensor) -> None:
        whole = gradient.device.type != "cpu"
        size = gradient.shape[1] if whole else max(AT_ONCE // len(gradient), 1)
        parts = zip(
            *(t.split(size, 1) for t in (self._weights, self._velocity, gradient)), strict=True
        )
        for weights, velocity, slope in parts:
            velocity.mul_(self._momentum).add_(slope)
            weights.sub_(slope.add(velocity, alpha=self._momentum).mul_(self._rate))

    def state(self) -> dict[str, Tensor]:
        return {"velocity": self._velocity}
