"""SCARF views of table rows: a share of the features takes values of other training rows."""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import torch
from torch import Tensor

from iunet.declare.settings import Views
from iunet.views.moved import moved


class Swaps(NamedTuple):
    """What is replaced in rows, and from where; both lie on the CPU when they are drawn.

    `hit` [..., U]: which units; `sources` [...] or [..., U]: the rows that new values come from.
    """

    hit: Tensor
    sources: Tensor


def corrupted(
    x: Tensor, pool: Tensor, groups: Tensor, views: Views, draw: torch.Generator
) -> Tensor:
    """One view of every row of x.

    Exactly floor(rate * units) units of a row are replaced, a unit being an encoded column or a raw
    feature with all its one-hot columns. The new values come from one training row for the whole
    row, or from a row drawn for each unit.

    Args:
        x: rows [B, D].
        pool: training rows [N, D] to draw from.
        groups: [D], the raw feature of each column, numbered from 0.
        views: rate, unit and donor.
        draw: a CPU generator; the draws are the same on every device.

    Source: SCARF (Bahri et al. 2021), in the two forms of protocol settings `donor` and `unit`.
    """
    units = int(groups.max()) + 1 if views.unit == "feature" else x.shape[1]
    swaps = draw_swaps(len(x), units, len(pool), views, draw)
    return swapped(x, pool, groups, views, Swaps(*moved(swaps, x.device)))


def draw_swaps(rows: int, units: int, donors: int, views: Views, draw: torch.Generator) -> Swaps:
    """Draw what is replaced in so many rows, by values of so many rows."""
    hit = torch.zeros(rows, units, dtype=torch.bool)
    count = floor(views.rate * units)
    shape = (rows,) if views.donor == "one-row" else (rows, units)
    if count == 0:
        return Swaps(hit, torch.zeros(shape, dtype=torch.int64))
    chosen = torch.rand(rows, units, generator=draw).topk(count, dim=1).indices
    return Swaps(hit.scatter_(1, chosen, True), torch.randint(donors, shape, generator=draw))


def swapped(x: Tensor, pool: Tensor, groups: Tensor, views: Views, swaps: Swaps) -> Tensor:
    """The rows x [..., D] with other values where they are hit; see corrupted."""
    hit, sources = swaps
    if views.unit == "feature":
        hit = hit[..., groups]
    if views.donor == "one-row":
        return torch.where(hit, pool[sources], x)
    if views.unit == "feature":
        sources = sources[..., groups]
    donors = pool.gather(0, sources.flatten(0, -2)).view(x.shape)
    return torch.where(hit, donors, x)
