"""RESNET: ResNet-18, whose width and encoder are fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iunet.declare.net import Net, Size, check_pictures
from iunet.declare.settings import Start

if TYPE_CHECKING:
    from iunet.nets.resnet import ResNet18

WIDTH = 512
"""Values of a picture after pooling."""

ENCODER, VALUES = 11_176_512, 50_688
"""Parameters but the last layer's, and values of a picture of 32 x 32 in the hidden layers."""


def build(n_features: int, n_classes: int, start: Start) -> ResNet18:
    """Source: He et al. 2016; torchvision.models.resnet18."""
    from iunet.nets.resnet import ResNet18

    check_pictures("resnet", n_features)
    return ResNet18(n_classes)


def size(n_features: int, n_classes: int, start: Start) -> Size:
    """Only the last layer depends on the data."""
    return Size(ENCODER + n_classes * (WIDTH + 1), VALUES)


NET = Net("resnet", "pictures", build, size, step_cost=18.0)
