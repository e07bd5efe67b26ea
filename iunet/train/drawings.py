"""What of a net is kept to draw it: sizes of the weights of its first layer."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from iunet.declare.data import Bytes
from iunet.nets.layout import Layout, Slot

SMALLEST, LARGEST, BINS = 1e-5, 1.0, 32
"""Bins are the same for every run, so that runs with other kappas can be laid side by side: one up
to the smallest size, then each wider than the one before by the same factor."""
UNITS = 6
"""Of a net for pictures so many units are drawn, those with the largest weights."""
AT_ONCE = 1 << 20
LEVELS = 255


@dataclass(frozen=True)
class Histogram:
    """How many |weights| of the first layer fall into each bin, in the order they were counted.

    Args:
        counts: [M, E, 32] int64; the last bin holds all larger ones, and what is not a number.
    """

    counts: Tensor

    @staticmethod
    def before(layout: Layout, weights: Tensor) -> Histogram | None:
        """Of weights [M, P] before training; None where the first layer is no linear map."""
        if _first_linear(layout) is None:
            return None
        none = Histogram(torch.zeros(len(weights), 0, BINS, dtype=torch.int64))
        return none.after(layout, weights)

    def after(self, layout: Layout, weights: Tensor) -> Histogram:
        """With the weights [M, P] counted as they are now."""
        first = _first_linear(layout)
        assert first is not None
        now = torch.stack([_counted(own) for own in _values(layout, first, weights)])
        return Histogram(torch.cat([self.counts, now.unsqueeze(1)], dim=1))

    def drawn(self, member: int) -> dict[str, NDArray[np.generic]]:
        """`histogram` [E, 32] of a member, and where its bins begin and end."""
        return {"histogram": self.counts[member].numpy(), "histogram_edges": edges().numpy()}


def edges() -> Tensor:
    """Where the bins begin and end, [33]: 0, then 1e-5 to 1 in equal steps of the logarithm."""
    steps = torch.logspace(log10(SMALLEST), log10(LARGEST), BINS, dtype=torch.float64)
    return torch.cat([steps.new_zeros(1), steps])


def first_layer(layout: Layout, weights: Tensor, *, pictures: bool) -> dict[str, Bytes]:
    """`first_layer` [U, D]: |weights| [1, P] in 255ths of the largest; nothing of convolutions.

    Of a net for pictures the units with the largest norm, the largest first; else all of them.
    """
    first = _first_linear(layout)
    if first is None:
        return {}
    size = _values(layout, first, weights)[0].abs().T
    largest = size.max()
    if pictures:
        size = size[size.norm(dim=1).argsort(descending=True, stable=True)[:UNITS]]
    levels = (size / torch.where(largest > 0, largest, 1.0) * LEVELS).round()
    return {"first_layer": levels.to(torch.uint8).cpu().numpy()}


def _first_linear(layout: Layout) -> Slot | None:
    first = next(slot for slot in layout.slots if slot.kind == "weight")
    return first if len(first.shape) == 2 else None


def _values(layout: Layout, slot: Slot, weights: Tensor) -> Tensor:
    return layout.views(weights.detach())[slot.name]


def _counted(own: Tensor) -> Tensor:
    """[32] counts of |own|, a few at a time."""
    between = edges()[1:-1].to(own.device)
    counts = torch.zeros(BINS, dtype=torch.int64)
    for part in own.flatten().split(AT_ONCE):
        size = torch.nan_to_num(part.abs().double(), nan=LARGEST, posinf=LARGEST)
        counts += torch.bucketize(size, between, right=True).bincount(minlength=BINS).cpu()
    return counts
