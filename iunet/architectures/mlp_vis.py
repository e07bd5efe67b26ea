"""MLP_VIS: as many units in a layer as CNN has values there, then a hidden layer of 64 alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iunet.declare.net import SIDE, Net, Size, perceptron_size, width_factor
from iunet.declare.settings import Start

if TYPE_CHECKING:
    from iunet.nets.mlp import Mlp


def hidden(alpha: int) -> tuple[int, ...]:
    """Units of the hidden layers.

    Source: arXiv 2309.08171, appendix; the widths are those of Neyshabur 2020.
    """
    widths = tuple(alpha * SIDE**2 // shrunk for shrunk in (1, 2, 2, 4, 4, 8, 8, 16))
    return (*widths, 64 * alpha)


def build(n_features: int, n_classes: int, start: Start) -> Mlp:
    """A perceptron of pictures laid flat."""
    from iunet.nets.mlp import Mlp

    widths = hidden(width_factor(start))
    return Mlp(n_features, widths, n_classes, start.encoder_layers, pictures=True)


def size(n_features: int, n_classes: int, start: Start) -> Size:
    """As of any perceptron."""
    return perceptron_size(n_features, hidden(start.alpha or 1), n_classes)


NET = Net("mlp-vis", "pictures", build, size, scaled=True, usual=True, step_cost=48.0)
