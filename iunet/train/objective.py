"""The loss of a batch under a stage's objective, and the batch statistics to remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from iunet.declare.settings import Contrast
from iunet.losses.contrastive import LOSSES
from iunet.nets.mlp import Mlp, Statistics


@dataclass(frozen=True)
class Batch:
    """Rows x [M, B, D], labels y [M, B], and a view [M, B, D] where the objective has one."""

    x: Tensor
    y: Tensor
    view: Tensor | None = None


@dataclass(frozen=True)
class Loss:
    """One loss per member [M], and the batch statistics in the order the norms saw them."""

    per_member: Tensor
    statistics: Sequence[Statistics]


def loss_of(
    net: Mlp, weights: Mapping[str, Tensor], batch: Batch, contrast: Contrast | None
) -> Loss:
    """Cross entropy, plus the weighted contrastive loss where the stage has one."""
    if contrast is None or batch.view is None:
        passed = net.forward(weights, batch.x, None)
        return Loss(cross_entropy(passed.logits, batch.y), _known(passed.statistics))
    together = _joint if contrast.passes == "joint" else _separate
    clean, view, logits, statistics = together(net, weights, batch.x, batch.view)
    pull = LOSSES[contrast.loss](clean, view, batch.y, temperature=contrast.temperature)
    return Loss(cross_entropy(logits, batch.y) + contrast.weight * pull, statistics)


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Mean cross entropy of each member, [M], from logits [M, B, K] and labels [M, B]."""
    members, batch, classes = logits.shape
    flat = functional.cross_entropy(
        logits.reshape(members * batch, classes), y.reshape(-1), reduction="none"
    )
    return flat.view(members, batch).mean(dim=1)


Halves = tuple[Tensor, Tensor, Tensor, Sequence[Statistics]]


def _joint(net: Mlp, weights: Mapping[str, Tensor], x: Tensor, view: Tensor) -> Halves:
    size = x.shape[1]
    passed = net.forward(weights, torch.cat([x, view], dim=1), None)
    clean, seen = passed.features[:, :size], passed.features[:, size:]
    return clean, seen, passed.logits[:, :size], _known(passed.statistics)


def _separate(net: Mlp, weights: Mapping[str, Tensor], x: Tensor, view: Tensor) -> Halves:
    """Anchor, view and supervised pass.

    The supervised pass sees the anchor's rows again and would compute the same activations, so it
    is not run; its batch statistics enter the running ones a second time, as they would.
    """
    first = net.forward(weights, x, None)
    second = net.forward(weights, view, None)
    statistics = [*_known(first.statistics), *_known(second.statistics), *_known(first.statistics)]
    return first.features, second.features, first.logits, statistics


def _known(statistics: Statistics | None) -> Sequence[Statistics]:
    assert statistics is not None
    return [statistics]
