"""One training step of a group of members: gradients, update, what happens after a step."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from iunet.declare.regulariser import Follower, LossRegulariser, WeightRegulariser
from iunet.declare.settings import Training
from iunet.nets.network import Network, Statistics
from iunet.nets.norm import NORM_MOMENTUM
from iunet.train.objective import Batch, Supervised, loss_of
from iunet.train.optimisers import Update, build_update


@dataclass(frozen=True)
class Pull:
    """beta-LASSO of a group: l1 and threshold of each member [M, 1], and the scope [P]."""

    l1: Tensor
    threshold: Tensor
    scope: Tensor
    after_step: bool


class Stepper:
    """Holds the weights [M, P] and statistics [M, 2, S] of a group and trains them step by step.

    Args:
        masks: [M, P] bool or None; weights outside the mask stay zero.
        trainings: the stage's settings of each member; they differ in l1 and learning rate only.
        class_weights: [K], see Supervised.
    """

    def __init__(
        self,
        net: Network,
        weights: Tensor,
        statistics: Statistics,
        masks: Tensor | None,
        trainings: list[Training],
        class_weights: Tensor | None = None,
    ) -> None:
        self.net = net
        self.weights = weights
        self.statistics = statistics
        self._contrast = trainings[0].contrast
        self._precision = trainings[0].precision
        parts = trainings[0].regularisers
        around = tuple(one for one in parts if isinstance(one, LossRegulariser))
        self._supervised = Supervised(class_weights, around)
        self._masks = None if masks is None else masks.to(weights.dtype)
        if self._masks is not None:
            weights.mul_(self._masks)
        self._leaves = {
            name: leaf.requires_grad_() for name, leaf in net.layout.views(weights).items()
        }
        self.update: Update = build_update(weights, trainings[0].optimiser)
        self.followers: list[Follower] = [
            one.follow(weights) for one in parts if isinstance(one, WeightRegulariser)
        ]
        self._rate = weights.new_zeros(len(weights))
        self._pull = _pull_of(net, weights, trainings)
        in_parts = len(weights) == 1 and weights.device.type == "cpu" and self._pull is None
        self._gradient = None if in_parts else torch.empty_like(weights)

    def set_rates(self, learning_rate: Tensor, decay: float) -> None:
        """Learning rates [M] and weight decay of the steps that follow."""
        self._rate.copy_(learning_rate)
        self.update.set_rates(self._rate, decay)

    def state(self) -> dict[str, Tensor]:
        """What a resumed run needs beside weights and statistics, by name; no copies."""
        found = {f"update/{name}": tensor for name, tensor in self.update.state().items()}
        for i, follower in enumerate(self.followers):
            found |= {f"follower {i}/{name}": t for name, t in follower.state().items()}
        return found

    def step(self, batch: Batch) -> Tensor:
        """Train on one batch; returns the loss of each member before the update, [M].

        Followers are told by the caller, since a captured step holds none of them.
        """
        loss = loss_of(
            self.net, self._leaves, batch, self._contrast, self._precision, self._supervised
        )
        gradients = torch.autograd.grad(loss.per_member.sum(), list(self._leaves.values()))
        with torch.no_grad():
            for seen in loss.statistics:
                self.statistics[..., : seen.shape[2]].lerp_(seen, NORM_MOMENTUM)
            self._apply([gradient.reshape(len(gradient), -1) for gradient in gradients])
        return loss.per_member.detach()

    def _apply(self, gradients: list[Tensor]) -> None:
        pull = self._pull
        if self._gradient is not None:
            gradients = [torch.cat(gradients, dim=1, out=self._gradient)]
        sign = self.weights.sign().mul_(pull.scope) if pull is not None else None
        if pull is not None and sign is not None and not pull.after_step:
            gradients[0].addcmul_(sign, pull.l1)
        self.update.step(gradients)
        if pull is not None and sign is not None:
            if pull.after_step:
                self.weights.sub_(sign * (pull.l1 * self._rate.unsqueeze(1)))
            size = self.weights.abs()
            # The algorithm as published keeps a weight at the threshold, the other form cuts it.
            small = size < pull.threshold if pull.after_step else size <= pull.threshold
            self.weights.masked_fill_(small & (pull.scope > 0), 0.0)
        if self._masks is not None:
            self.weights.mul_(self._masks)


def captures(device: torch.device) -> bool:
    """Whether steps on a device are captured once for each shape of a batch, and then replayed."""
    return device.type == "cuda"


def captured(stepper: Stepper, example: Batch) -> Callable[[Batch], Tensor]:
    """The step as a CUDA graph for batches of the example's shape; replaying gives the same losses.

    The three warm-up steps that capturing needs are undone: weights, statistics and optimiser state
    are put back. All graphs share memory for what lives within a step: one is replayed at a time,
    and its losses are copied before the next.
    """
    kept = {name: t.clone() for name, t in _state(stepper).items()}
    static = example.copy()
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            stepper.step(static)
    torch.cuda.current_stream().wait_stream(side)
    gc.collect()  # what frees its memory within a capture breaks it
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, pool=_pool()):
        loss = stepper.step(static)
    for name, tensor in _state(stepper).items():
        tensor.copy_(kept[name])

    def replay(batch: Batch) -> Tensor:
        for into, part in zip(static.parts, batch.parts, strict=True):
            into.copy_(part)
        graph.replay()
        return loss.clone()

    return replay


@cache
def _pool() -> Any:
    """The memory of this process that all graphs share."""
    return torch.cuda.graph_pool_handle()


def _state(stepper: Stepper) -> dict[str, Tensor]:
    own = {"weights": stepper.weights, "statistics": stepper.statistics}
    return own | stepper.update.state()


def _pull_of(net: Network, weights: Tensor, trainings: list[Training]) -> Pull | None:
    shrinks = [t.shrink for t in trainings if t.shrink is not None]
    if not shrinks:
        return None
    l1 = weights.new_tensor([[s.l1] for s in shrinks])
    return Pull(
        l1=l1,
        threshold=weights.new_tensor([[s.l1 * s.beta] for s in shrinks]),
        scope=net.layout.in_scope(shrinks[0].scope).to(weights),
        after_step=shrinks[0].pull == "after-step",
    )
