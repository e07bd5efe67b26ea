"""What regularisers change in a batch, and what they need of all training rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from iunet.declare.data import Data
from iunet.declare.regulariser import MixedRows, RowRegulariser
from iunet.declare.settings import Training
from iunet.declare.sharing import batch_starts
from iunet.nets.network import Network, Statistics
from iunet.nets.regularised import RegularisedMlp
from iunet.streams import stream
from iunet.train.feed import Feed, TableFeed
from iunet.train.objective import Batch

Change = Callable[[Batch], Batch]


def changing(
    net: Network, training: Training, seeds: Sequence[int], stage: str, epoch: int
) -> Change:
    """What happens to each batch of an epoch, in their order; a member's draws are its own."""
    rules = [one for one in training.regularisers if isinstance(one, RowRegulariser)]
    width = net.noise_width if isinstance(net, RegularisedMlp) else 0
    if not rules and not width:
        return lambda batch: batch
    rows = [stream(seed, f"{stage} regularisers", epoch) for seed in seeds]
    noises = [stream(seed, f"{stage} noise", epoch) for seed in seeds]

    def change(batch: Batch) -> Batch:
        for rule in rules:
            mixed = [rule.mixed(x, draw) for x, draw in zip(batch.x, rows, strict=True)]
            batch = _mixed(batch, mixed)
        return replace(batch, noise=_noise(batch.x, width, noises)) if width else batch

    return change


def class_weights_of(data: Data, dtype: torch.dtype) -> Tensor:
    """Rows over classes times the rows of a class, [K]; 0 for a class that training lacks."""
    counts = torch.bincount(torch.as_tensor(data.train.y), minlength=data.n_classes)
    weights = counts.sum() / (data.n_classes * counts.clamp(min=1))
    return torch.where(counts > 0, weights, 0.0).to(dtype)


def norms_of(net: Network, weights: Tensor, feed: Feed, training: Training) -> Statistics:
    """Means and variances [M, 2, S] of all norms, averaged over the batches of the training rows.

    Args:
        weights: [M, P].

    Raises:
        ValueError: pictures, which change from epoch to epoch.
    """
    if not isinstance(feed, TableFeed):
        raise ValueError("weights are averaged on tables only, not on pictures")
    views, found = net.layout.views(weights), []
    with torch.no_grad():
        for start in batch_starts(feed.rows, training.batch):
            rows = feed.pool.x[start : start + training.batch]
            found.append(
                net.forward(views, rows.expand(len(weights), *rows.shape), None).statistics
            )
    known = [one for one in found if one is not None]
    return torch.stack(known).mean(dim=0)


def _mixed(batch: Batch, mixed: Sequence[MixedRows]) -> Batch:
    x = torch.stack([one.x for one in mixed])
    others = [y[one.partner] for y, one in zip(batch.y, mixed, strict=True)]
    return replace(
        batch,
        x=x,
        other=torch.stack(others),
        share=x.new_tensor([one.share for one in mixed]),
    )


def _noise(x: Tensor, width: int, draws: Sequence[torch.Generator]) -> Tensor:
    rows = x.shape[1]
    return torch.stack([torch.rand(rows, width, generator=draw) for draw in draws]).to(x)
