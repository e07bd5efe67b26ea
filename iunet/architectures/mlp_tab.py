"""MLP_TAB: nine hidden layers of 512; those of a regularised one have a structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iunet.declare.net import Net, Size, perceptron_size
from iunet.declare.settings import Start

if TYPE_CHECKING:
    from iunet.nets.mlp import Mlp
    from iunet.nets.regularised import RegularisedMlp

WIDTH, LAYERS = 512, 9


def build(n_features: int, n_classes: int, start: Start) -> Mlp | RegularisedMlp:
    """Source: arXiv 2309.08171, appendix."""
    from iunet.nets.mlp import Mlp
    from iunet.nets.regularised import RegularisedMlp

    hidden = (WIDTH,) * LAYERS
    if start.structure is not None:
        return RegularisedMlp(n_features, hidden, n_classes, start.structure)
    return Mlp(n_features, hidden, n_classes, start.encoder_layers)


def size(n_features: int, n_classes: int, start: Start) -> Size:
    """Two branches count as two layers each, all with batch norm."""
    doubled = start.structure is not None and start.structure.branches == "shake-shake"
    layers = 2 * LAYERS - 1 if doubled else LAYERS
    return perceptron_size(n_features, (WIDTH,) * layers, n_classes)


NET = Net(key="mlp-tab", takes="table", build=build, size=size, usual=True)
