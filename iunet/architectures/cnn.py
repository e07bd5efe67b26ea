"""CNN: eight convolutions and a hidden linear layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iunet.declare.net import (
    CHANNELS,
    SIDE,
    Net,
    Size,
    check_pictures,
    perceptron_size,
    width_factor,
)
from iunet.declare.settings import Start

if TYPE_CHECKING:
    from iunet.nets.cnn import Cnn

STEPS = ((1, 1), (2, 2), (2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2))
"""Channels of each convolution in multiples of alpha, and its stride."""


def build(n_features: int, n_classes: int, start: Start) -> Cnn:
    """Source: arXiv 2309.08171, appendix; the architecture is that of Neyshabur 2020."""
    from iunet.nets.cnn import Cnn

    check_pictures("cnn", n_features)
    return Cnn(STEPS, width_factor(start), n_classes, start.encoder_layers)


def size(n_features: int, n_classes: int, start: Start) -> Size:
    """Convolutions of 3x3 with a bias and batch norm, then a perceptron of what they leave."""
    parameters, values, n_in, side = 0, 0, CHANNELS, SIDE
    for factor, stride in STEPS:
        n_out, side = (start.alpha or 1) * factor, side // stride
        parameters += n_out * (9 * n_in + 3)
        values += n_out * side**2
        n_in = n_out
    left = n_in * side**2
    rest = perceptron_size(left, (left,), n_classes)
    return Size(parameters + rest.parameters, values + rest.values)


NET = Net("cnn", "pictures", build, size, scaled=True, step_cost=4.0)
