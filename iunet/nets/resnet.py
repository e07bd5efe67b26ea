"""RESNET: torchvision's ResNet-18 with a member axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from iunet.declare.net import CHANNELS
from iunet.nets.convolution import convolve, rows, side_by_side
from iunet.nets.layout import Layout, Slot, linear_slots
from iunet.nets.mlp import linear
from iunet.nets.network import Passed, Statistics, empty_statistics
from iunet.nets.norm import norm


class _Block(NamedTuple):
    """Two 3x3 convolutions; where the shape changes, a 1x1 convolution takes the input along."""

    name: str
    n_in: int
    n_out: int
    stride: int


STEM = 64
BLOCKS = (
    _Block("layer1.0", STEM, 64, 1),
    _Block("layer1.1", 64, 64, 1),
    _Block("layer2.0", 64, 128, 2),
    _Block("layer2.1", 128, 128, 1),
    _Block("layer3.0", 128, 256, 2),
    _Block("layer3.1", 256, 256, 1),
    _Block("layer4.0", 256, 512, 2),
    _Block("layer4.1", 512, 512, 1),
)


class _Unit(NamedTuple):
    """A convolution without bias and the batch norm after it, by their names in torchvision."""

    conv: str
    norm: str
    n_in: int
    n_out: int
    side: int


@dataclass(frozen=True)
class ResNet18:
    """ResNet-18 with its stem for large pictures; the encoder is all but the last linear layer.

    Parameters are named as in torchvision's state_dict; `fc.weight` is transposed.

    Source: He et al. 2016; torchvision.models.resnet18.
    """

    n_classes: int

    @cached_property
    def layout(self) -> Layout:
        """Parameters in torchvision's order."""
        slots: list[Slot] = []
        for conv, bn, n_in, n_out, side in _units():
            fan_in, fan_out = n_in * side**2, n_out * side**2
            shape = (n_out, n_in, side, side)
            slots += [
                Slot(f"{conv}.weight", shape, "weight", True, False, fan_in, fan_out),
                Slot(f"{bn}.weight", (n_out,), "scale", True, False, fan_in),
                Slot(f"{bn}.bias", (n_out,), "shift", True, False, fan_in),
            ]
        return Layout((*slots, *linear_slots("fc", BLOCKS[-1].n_out, self.n_classes, head=True)))

    @property
    def norm_widths(self) -> tuple[int, ...]:
        """Channels of each convolution."""
        return tuple(unit.n_out for unit in _units())

    def forward(
        self, weights: Mapping[str, Tensor], x: Tensor, running: Statistics | None
    ) -> Passed:
        """One pass of pictures x [M, B, 3, 32, 32]; see Network."""
        training, statistics = running is None, running
        if statistics is None:
            statistics = empty_statistics(self, x)
        units = _Pass(weights, iter(statistics.split(self.norm_widths, dim=2)), training)
        maps = functional.relu(units.through("conv1", "bn1", side_by_side(x), 2), inplace=True)
        maps = functional.max_pool2d(maps, kernel_size=3, stride=2, padding=1)
        for block in BLOCKS:
            maps = units.block(block, maps)
        features = rows(maps.mean(dim=(2, 3)), len(x))
        logits = linear(features, weights["fc.weight"], weights["fc.bias"]).to(features.dtype)
        return Passed(features, logits, statistics if training else None)

    def plain(self) -> nn.Module:
        """torchvision's own."""
        from torchvision.models import resnet18

        module: nn.Module = resnet18(weights=None, num_classes=self.n_classes)
        return module


@dataclass(frozen=True)
class _Pass:
    """One forward pass; its norms take their parts [M, 2, C] of the statistics in turn."""

    weights: Mapping[str, Tensor]
    parts: Iterator[Tensor]
    training: bool

    def through(self, conv: str, bn: str, x: Tensor, stride: int = 1) -> Tensor:
        """A convolution and its batch norm of x [B, M * C, H, W]."""
        scale, shift = self.weights[f"{bn}.weight"], self.weights[f"{bn}.bias"]
        x = convolve(x, self.weights[f"{conv}.weight"], stride=stride)
        return norm(x, scale, shift, next(self.parts), training=self.training)

    def block(self, block: _Block, x: Tensor) -> Tensor:
        """A block of x [B, M * C, H, W], which is added before the last ReLU."""
        name, shrinks = block.name, block.n_in != block.n_out
        if shrinks:
            x = x.contiguous()  # small maps of many channels are faster plane by plane
        inner = self.through(f"{name}.conv1", f"{name}.bn1", x, block.stride)
        inner = functional.relu(inner, inplace=True)
        inner = self.through(f"{name}.conv2", f"{name}.bn2", inner)
        if shrinks:
            x = self.through(f"{name}.downsample.0", f"{name}.downsample.1", x, block.stride)
        return functional.relu(inner.add_(x), inplace=True)


def _units() -> Iterator[_Unit]:
    """In the order of torchvision's parameters, which is also the order norms see a batch in."""
    yield _Unit("conv1", "bn1", CHANNELS, STEM, 7)
    for name, n_in, n_out, _ in BLOCKS:
        yield _Unit(f"{name}.conv1", f"{name}.bn1", n_in, n_out, 3)
        yield _Unit(f"{name}.conv2", f"{name}.bn2", n_out, n_out, 3)
        if n_in != n_out:
            yield _Unit(f"{name}.downsample.0", f"{name}.downsample.1", n_in, n_out, 1)
