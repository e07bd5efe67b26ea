"""Dropout with a rate for each layer, all of them given by one rate and a shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal

from iunet.declare.regulariser import HiddenRegulariser

if TYPE_CHECKING:
    from torch import Tensor

Shape = Literal["brick", "funnel", "long-funnel", "triangle", "diamond", "hexagon", "stairs"]


def _long_funnel(layer: int, layers: int) -> float:
    flat = layers // 2
    return 1.0 if layer < flat else (layers - layer) / (layers - flat)


def _hexagon(layer: int, layers: int) -> float:
    third = ceil(layers / 3)
    return min(layer + 1, layers - layer, third) / third


SHAPES: Mapping[Shape, Callable[[int, int], float]] = {
    "brick": lambda layer, layers: 1.0,
    "funnel": lambda layer, layers: (layers - layer) / layers,
    "long-funnel": _long_funnel,
    "triangle": lambda layer, layers: (layer + 1) / layers,
    "diamond": lambda layer, layers: min(layer + 1, layers - layer) / ceil(layers / 2),
    "hexagon": _hexagon,
    "stairs": lambda layer, layers: (layers - 2 * (layer // 2)) / layers,
}
"""The share of the largest rate that a layer has.

The names are those of the published search space, which does not give the formulas: these are ours.
A funnel falls by equal steps to the last layer, a triangle rises, a long funnel falls in its second
half only, stairs fall after every second layer, a diamond has its peak in the middle, a hexagon in
the middle third.
"""


@dataclass(frozen=True)
class Dropout(HiddenRegulariser):
    """Sets values to zero with the layer's probability, and scales the others up.

    Args:
        rate: the largest probability of any layer, in [0, 1).

    Source: Srivastava et al. 2014.
    """

    rate: float
    shape: Shape = "brick"
    kind: Literal["dropout"] = "dropout"

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"the rate of dropout is in [0, 1), not {self.rate:g}")

    def rate_of(self, layer: int, layers: int) -> float:
        """The probability of a layer, counted from 0."""
        return self.rate * SHAPES[self.shape](layer, layers)

    def hidden(self, x: Tensor, noise: Tensor, layer: int, layers: int) -> Tensor:
        """The values with some of them dropped; see HiddenRegulariser."""
        rate = self.rate_of(layer, layers)
        return x * (noise >= rate).to(x.dtype).div_(1 - rate)
