"""CNN: eight convolutions and a hidden linear layer, with a member axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, nn
from torch.nn import functional

from iunet.declare.net import CHANNELS, SIDE
from iunet.nets.convolution import convolve, rows, side_by_side
from iunet.nets.layout import Layout, Slot, linear_slots, norm_slots
from iunet.nets.mlp import linear
from iunet.nets.network import Passed, Statistics, empty_statistics
from iunet.nets.norm import norm, norm_rows


@dataclass(frozen=True)
class Cnn:
    """Nine hidden layers, the first `encoder_layers` of them the encoder, and a linear head.

    Convolutions are 3x3 and padded by one pixel; batch norm and ReLU follow every hidden layer.

    Args:
        steps: channels of each convolution in multiples of alpha, and its stride.
        alpha: width factor.
        n_classes: outputs of the head.
        encoder_layers: hidden layers that belong to the encoder.

    Source: arXiv 2309.08171, appendix; the architecture is that of Neyshabur 2020.
    """

    steps: tuple[tuple[int, int], ...]
    alpha: int
    n_classes: int
    encoder_layers: int

    @property
    def channels(self) -> tuple[int, ...]:
        """Of the picture and after each convolution."""
        return (CHANNELS, *(self.alpha * factor for factor, _ in self.steps))

    @property
    def flat(self) -> int:
        """Values left of a picture after the convolutions, and units of the hidden linear layer."""
        shrunk = SIDE
        for _, stride in self.steps:
            shrunk //= stride
        return self.channels[-1] * shrunk**2

    @cached_property
    def layout(self) -> Layout:
        """Parameters in the order of the layers."""
        slots: list[Slot] = []
        for i, (n_in, n_out) in enumerate(zip(self.channels, self.channels[1:], strict=False)):
            inside, fan_in = i < self.encoder_layers, 9 * n_in
            name, shape = f"layers.{i}", (n_out, n_in, 3, 3)
            slots += [
                Slot(f"{name}.conv.weight", shape, "weight", inside, False, fan_in),
                Slot(f"{name}.conv.bias", (n_out,), "bias", inside, False, fan_in),
                *norm_slots(f"{name}.norm", fan_in, n_out, encoder=inside),
            ]
        name, inside = f"layers.{len(self.steps)}", len(self.steps) < self.encoder_layers
        slots += linear_slots(f"{name}.linear", self.flat, self.flat, encoder=inside)
        slots += norm_slots(f"{name}.norm", self.flat, self.flat, encoder=inside)
        return Layout((*slots, *linear_slots("head", self.flat, self.n_classes, head=True)))

    @property
    def norm_widths(self) -> tuple[int, ...]:
        """Channels of the convolutions, then units of the hidden linear layer."""
        return (*self.channels[1:], self.flat)

    def forward(
        self, weights: Mapping[str, Tensor], x: Tensor, running: Statistics | None
    ) -> Passed:
        """One pass of pictures x [M, B, 3, 32, 32]; see Network."""
        training, statistics, members = running is None, running, len(x)
        if statistics is None:
            statistics = empty_statistics(self, x)
        *parts, last = statistics.split(self.norm_widths, dim=2)
        maps = features = side_by_side(x)
        for i, ((_, stride), part) in enumerate(zip(self.steps, parts, strict=True)):
            kernel, bias = weights[f"layers.{i}.conv.weight"], weights[f"layers.{i}.conv.bias"]
            maps = convolve(maps, kernel, bias, stride=stride)
            maps = norm(maps, *_affine(weights, i), part, training=training)
            maps = functional.relu(maps, inplace=True)
            if i + 1 == self.encoder_layers:
                features = rows(maps, members)
        name = f"layers.{len(self.steps)}.linear"
        hidden = linear(rows(maps, members), weights[f"{name}.weight"], weights[f"{name}.bias"])
        hidden = norm_rows(hidden, *_affine(weights, len(self.steps)), last, training=training)
        if self.encoder_layers > len(self.steps):
            features = hidden
        logits = linear(hidden, weights["head.weight"], weights["head.bias"]).to(hidden.dtype)
        return Passed(features, logits, statistics if training else None)

    def plain(self) -> nn.Sequential:
        """Convolution, batch norm and ReLU eight times, flatten, the hidden layer, the head."""
        layers: list[nn.Module] = []
        pairs = zip(self.channels, self.channels[1:], strict=False)
        for (n_in, n_out), (_, stride) in zip(pairs, self.steps, strict=True):
            conv = nn.Conv2d(n_in, n_out, kernel_size=3, stride=stride, padding=1)
            layers += [conv, nn.BatchNorm2d(n_out), nn.ReLU()]
        hidden = [nn.Linear(self.flat, self.flat), nn.BatchNorm1d(self.flat), nn.ReLU()]
        return nn.Sequential(*layers, nn.Flatten(), *hidden, nn.Linear(self.flat, self.n_classes))


def _affine(weights: Mapping[str, Tensor], layer: int) -> tuple[Tensor, Tensor]:
    return weights[f"layers.{layer}.norm.scale"], weights[f"layers.{layer}.norm.shift"]
