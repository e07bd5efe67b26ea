"""Update rules on flat parameters [M, P], with a learning rate for each member."""

from __future__ import annotations

from collections.abc import Sequence
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

    def step(self, gradients: Sequence[Tensor]) -> None:
        """Update the weights in place by a gradient [M, P] in parts [M, n], in their order."""
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
    """AdamW of a single member by the CPU kernel of torch.optim.AdamW, to the last bit.

    torch.optim itself imports torch's compiler, which takes seconds.
    """

    def __init__(self, weights: Tensor) -> None:
        self._weights = weights
        self._mean = torch.zeros_like(weights)
        self._square = torch.zeros_like(weights)
        self._steps = torch.zeros(())
        self._rate = self._decay = 0.0

    def set_rates(self, learning_rate: Tensor, decay: float) -> None:
        self._rate, self._decay = float(learning_rate[0]), decay

    def step(self, gradients: Sequence[Tensor]) -> None:
        sizes = [gradient.shape[1] for gradient in gradients]
        weights, mean, square = (
            whole.split(sizes, dim=1) for whole in (self._weights, self._mean, self._square)
        )
        self._steps += 1
        torch._fused_adamw_(
            weights,
            list(gradients),
            mean,
            square,
            [],
            [self._steps] * len(sizes),
            lr=self._rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=self._decay,
            eps=EPS,
            amsgrad=False,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        return {"exp_avg": self._mean, "exp_avg_sq": self._square, "step": self._steps}


class MemberAdamW:
    """AdamW (Loshchilov and Hutter 2019) over all members at once; can be captured in a graph.

    Takes the gradient in one part.
    """

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

    def step(self, gradients: Sequence[Tensor]) -> None:
        (gradient,) = gradients
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

    def step(self, gradients: Sequence[Tensor]) -> None:
        sizes = [gradient.shape[1] for gradient in gradients]
        wholes = (whole.split(sizes, dim=1) for whole in (self._weights, self._velocity))
        for weights, velocity, gradient in zip(*wholes, gradients, strict=True):
            self._part(weights, velocity, gradient)

    def _part(self, *part: Tensor) -> None:
        """Weights, velocity and gradient [M, n]; a few of them at a time on a CPU."""
        members, size = part[0].shape
        if part[0].device.type == "cpu":
            size = max(AT_ONCE // members, 1)
        for weights, velocity, slope in zip(*(t.split(size, dim=1) for t in part), strict=True):
            velocity.mul_(self._momentum).add_(slope)
            weights.sub_(slope.add(velocity, alpha=self._momentum).mul_(self._rate))

    def state(self) -> dict[str, Tensor]:
        return {"velocity": self._velocity}
