"""The loss of a batch under a stage's objective, and the batch statistics to remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from iunet.declare.settings import Contrast, PictureContrast
from iunet.losses.contrastive import LOSSES
from iunet.nets.network import Network, Passed, Statistics


@dataclass(frozen=True)
class Batch:
    """Rows x [M, B, D] or pictures [M, B, 3, 32, 32], and labels y [M, B].

    `view`, shaped like x, is paired with it where the objective is contrastive. `supervised`, too,
    is what the cross entropy sees where that is not x.
    """

    x: Tensor
    y: Tensor
    view: Tensor | None = None
    supervised: Tensor | None = None

    @property
    def parts(self) -> list[Tensor]:
        """The tensors there are, in the order above."""
        return [part for part in (self.x, self.y, self.view, self.supervised) if part is not None]

    def copy(self) -> Batch:
        """The same in memory of its own."""
        view = None if self.view is None else self.view.clone()
        supervised = None if self.supervised is None else self.supervised.clone()
        return Batch(self.x.clone(), self.y.clone(), view, supervised)


@dataclass(frozen=True)
class Loss:
    """One loss per member [M], and the batch statistics in the order the norms saw them.

    Those of a pass that ends with the encoder are of its norms alone, the first of [M, 2, S].
    """

    per_member: Tensor
    statistics: Sequence[Statistics]


def loss_of(
    net: Network,
    weights: Mapping[str, Tensor],
    batch: Batch,
    contrast: Contrast | PictureContrast | None,
    precision: str = "float32",
) -> Loss:
    """Cross entropy, plus the weighted contrastive loss where the stage has one.

    Args:
        precision: "bfloat16" computes linear maps and convolutions in it, all else as it is.
    """
    forward = _forward(net, weights, precision)
    if contrast is None or batch.view is None:
        passed = forward(batch.x)
        return Loss(cross_entropy(passed.logits, batch.y), _known(passed.statistics))
    if contrast.passes == "joint":
        clean, view, logits, statistics = _joint(forward, batch)
    else:
        through_network = contrast.passes_through == "network"
        norms = None if through_network else net.layout.encoder_norms
        clean, view, logits, statistics = _separate(forward, batch, norms)
    pull = LOSSES[contrast.loss](clean, view, batch.y, temperature=contrast.temperature)
    return Loss(cross_entropy(logits, batch.y) + contrast.weight * pull, statistics)


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Mean cross entropy of each member, [M], from logits [M, B, K] and labels [M, B]."""
    members, batch, classes = logits.shape
    flat = functional.cross_entropy(
        logits.reshape(members * batch, classes), y.reshape(-1), reduction="none"
    )
    return flat.view(members, batch).mean(dim=1)


Forward = Callable[[Tensor], Passed]
"""A pass of a batch in training mode."""
Halves = tuple[Tensor, Tensor, Tensor, Sequence[Statistics]]
"""Features of the anchor and of its view, logits of the supervised rows, batch statistics."""


def _forward(net: Network, weights: Mapping[str, Tensor], precision: str) -> Forward:
    def forward(x: Tensor) -> Passed:
        if precision != "bfloat16":
            return net.forward(weights, x, None)
        # Weights cast in one pass are not kept for the next: a captured graph would lose them.
        with torch.autocast(x.device.type, torch.bfloat16, cache_enabled=False):
            return net.forward(weights, x, None)

    return forward


def _joint(forward: Forward, batch: Batch) -> Halves:
    """One pass over both halves, and one of its own for supervised rows that are not the anchor."""
    assert batch.view is not None
    size = batch.x.shape[1]
    passed = forward(torch.cat([batch.x, batch.view], dim=1))
    clean, seen = passed.features[:, :size], passed.features[:, size:]
    statistics = _known(passed.statistics)
    if batch.supervised is None:
        return clean, seen, passed.logits[:, :size], statistics
    own = forward(batch.supervised)
    return clean, seen, own.logits, [*statistics, *_known(own.statistics)]


def _separate(forward: Forward, batch: Batch, norms: int | None) -> Halves:
    """Anchor, view and supervised pass.

    A supervised pass that sees the anchor's rows again would compute the same activations, so it is
    not run; its batch statistics enter the running ones a second time, as they would.

    Args:
        norms: how many channels of the batch statistics anchor and view leave; None for all.
    """
    assert batch.view is not None
    first, second = forward(batch.x), forward(batch.view)
    third = first if batch.supervised is None else forward(batch.supervised)
    pair = [part[..., :norms] for one in (first, second) for part in _known(one.statistics)]
    statistics = [*pair, *_known(third.statistics)]
    return first.features, second.features, third.logits, statistics


def _known(statistics: Statistics | None) -> Sequence[Statistics]:
    assert statistics is not None
    return [statistics]
