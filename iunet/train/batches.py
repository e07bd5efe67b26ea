"""The batches of an epoch, for every member in its own order and with its own views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from iunet.declare.settings import Views
from iunet.declare.sharing import batch_starts
from iunet.streams import stream
from iunet.train.objective import Batch
from iunet.views.moved import moved
from iunet.views.pool import Pool
from iunet.views.scarf import Swaps, draw_swaps, swapped

BATCHES_A_BLOCK = 64
"""Views are drawn for this many batches at a time, to bound memory on long tables."""


def epoch_batches(
    pool: Pool, seeds: Sequence[int], stage: str, epoch: int, batch: int, views: Views | None
) -> Iterator[Batch]:
    """The batches of an epoch, [M, B, ...]; a member's depend on its seed, stage and epoch only."""
    order = epoch_order(len(pool.x), seeds, stage, epoch)
    draws = [stream(seed, f"{stage} views", epoch) for seed in seeds]
    for block in blocks(order, batch):
        drawn = None if views is None else _swaps(pool, block.shape[1], views, draws)
        chosen, *swaps = moved([block, *(drawn or ())], pool.x.device)
        x, y = pool.x[chosen], pool.y[chosen]
        view = None if views is None else swapped(x, pool.x, pool.groups, views, Swaps(*swaps))
        for part in parts_of(chosen, batch):
            seen = None if view is None else view[:, part]
            yield Batch(x[:, part], y[:, part], seen)


def epoch_order(rows: int, seeds: Sequence[int], stage: str, epoch: int) -> Tensor:
    """The order [M, N] in which each member sees the rows."""
    orders = [
        torch.randperm(rows, generator=stream(seed, f"{stage} order", epoch)) for seed in seeds
    ]
    return torch.stack(orders)


def blocks(order: Tensor, batch: int) -> Iterator[Tensor]:
    """An epoch's order [M, N] in pieces of many batches; see batch_starts for what is left out."""
    starts = batch_starts(order.shape[1], batch)
    for first in range(0, len(starts), BATCHES_A_BLOCK):
        block = starts[first : first + BATCHES_A_BLOCK]
        yield order[:, block[0] : block[-1] + batch]


def parts_of(block: Tensor, batch: int) -> list[slice]:
    """Where the batches of a block [M, ...] are."""
    return [slice(start, start + batch) for start in range(0, block.shape[1], batch)]


def _swaps(pool: Pool, rows: int, views: Views, draws: Sequence[torch.Generator]) -> Swaps:
    """What is replaced in so many rows of each member, stacked."""
    donors, columns = pool.x.shape
    units = pool.raw_features if views.unit == "feature" else columns
    drawn = [draw_swaps(rows, units, donors, views, draw) for draw in draws]
    if len(drawn) == 1:  # a stack would be a copy
        return Swaps(*(part.unsqueeze(0) for part in drawn[0]))
    return Swaps(*map(torch.stack, zip(*drawn, strict=True)))
