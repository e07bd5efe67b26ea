"""The loss of a batch under a stage's objective, and the batch statistics to remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from iunet.declare.regulariser import LossRegulariser
from iunet.declare.settings import Contrast, PictureContrast
from iunet.losses.contrastive import LOSSES
from iunet.nets.network import Network, Passed, Statistics
from iunet.nets.regularised import RegularisedMlp

Forward = Callable[[Tensor], Passed]
"""A pass of a batch in training mode."""


@dataclass(frozen=True)
class Batch:
    """Rows x [M, B, D] or pictures [M, B, 3, 32, 32], and labels y [M, B].

    `view`, shaped like x, is paired with it where the objective is contrastive. `supervised`, too,
    is what the cross entropy sees where that is not x. `other`, shaped like y, are labels that
    count beside y, which has this `share` [M] of the loss. `noise` [M, B, W] is what a regularised
    perceptron draws with.
    """

    x: Tensor
    y: Tensor
    view: Tensor | None = None
    supervised: Tensor | None = None
    other: Tensor | None = None
    share: Tensor | None = None
    noise: Tensor | None = None

    @property
    def parts(self) -> list[Tensor]:
        """The tensors there are, in the order above."""
        parts = (getattr(self, field.name) for field in fields(self))
        return [part for part in parts if part is not None]

    def copy(self) -> Batch:
        """The same in memory of its own."""
        optional = (self.view, self.supervised, self.other, self.share, self.noise)
        copies = (None if part is None else part.clone() for part in optional)
        return Batch(self.x.clone(), self.y.clone(), *copies)


@dataclass(frozen=True)
class Supervised:
    """The supervised half of an objective, beyond the cross entropy.

    Args:
        class_weights: [K], of each class in the mean; None for equal ones.
        around: regularisers of the loss, the first innermost.
    """

    class_weights: Tensor | None = None
    around: tuple[LossRegulariser, ...] = ()

    def loss(self, forward: Forward, batch: Batch) -> Loss:
        """The loss of a batch without views."""
        statistics: list[Statistics] = []

        def of(x: Tensor) -> Tensor:
            passed = forward(x)
            statistics.extend(_known(passed.statistics))
            own = cross_entropy(passed.logits, batch.y, self.class_weights)
            if batch.other is None or batch.share is None:
                return own
            other = cross_entropy(passed.logits, batch.other, self.class_weights)
            return batch.share * own + (1 - batch.share) * other

        for one in self.around:
            of = partial(one.loss, loss_of=of)
        return Loss(of(batch.x), statistics)


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
    supervised: Supervised | None = None,
) -> Loss:
    """Cross entropy, plus the weighted contrastive loss where the stage has one.

    Args:
        precision: "bfloat16" computes linear maps and convolutions in it, all else as it is.
        supervised: what there is beyond cross entropy, in a stage without contrastive loss.
    """
    forward = _forward(net, weights, precision, batch.noise)
    if contrast is None or batch.view is None:
        return (supervised or Supervised()).loss(forward, batch)
    if contrast.passes == "joint":
        clean, view, logits, statistics = _joint(forward, batch)
    else:
        through_network = contrast.passes_through == "network"
        norms = None if through_network else net.layout.encoder_norms
        clean, view, logits, statistics = _separate(forward, batch, norms)
    pull = LOSSES[contrast.loss](clean, view, batch.y, temperature=contrast.temperature)
    return Loss(cross_entropy(logits, batch.y) + contrast.weight * pull, statistics)


def cross_entropy(logits: Tensor, y: Tensor, class_weights: Tensor | None = None) -> Tensor:
    """Mean cross entropy of each member, [M], from logits [M, B, K] and labels [M, B].

    Args:
        class_weights: [K]; the mean is weighted by that of each row's class.
    """
    members, batch, classes = logits.shape
    flat = functional.cross_entropy(
        logits.reshape(members * batch, classes), y.reshape(-1), class_weights, reduction="none"
    ).view(members, batch)
    if class_weights is None:
        return flat.mean(dim=1)
    return flat.sum(dim=1) / class_weights[y].sum(dim=1)


Halves = tuple[Tensor, Tensor, Tensor, Sequence[Statistics]]
"""Features of the anchor and of its view, logits of the supervised rows, batch statistics."""


def _forward(
    net: Network, weights: Mapping[str, Tensor], precision: str, noise: Tensor | None
) -> Forward:
    once = net.forward
    if isinstance(net, RegularisedMlp):
        once = partial(net.forward, noise=noise)

    def forward(x: Tensor) -> Passed:
        if precision != "bfloat16":
            return once(weights, x, None)
        # Weights cast in one pass are not kept for the next: a captured graph would lose them.
        with torch.autocast(x.device.type, torch.bfloat16, cache_enabled=False):
            return once(weights, x, None)

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
