"""Multilayer perceptrons with a member axis: linear, batch norm, ReLU, and a linear head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from iunet.nets.layout import Layout, Slot, linear_slots, norm_slots
from iunet.nets.network import Passed, Statistics, empty_statistics
from iunet.nets.norm import norm_rows


@dataclass(frozen=True)
class Mlp:
    """A perceptron of these hidden widths; the first `encoder_layers` of them are the encoder.

    `pictures`: whether its rows are pictures laid flat.

    Source: MLP_TAB is nine hidden layers of 512 (arXiv 2309.08171, appendix).
    """

    n_features: int
    hidden: tuple[int, ...]
    n_classes: int
    encoder_layers: int
    pictures: bool = False

    @cached_property
    def layout(self) -> Layout:
        """Parameters in the order of the layers."""
        slots: list[Slot] = []
        fan_in = self.n_features
        for i, width in enumerate(self.hidden):
            inside = i < self.encoder_layers
            slots += linear_slots(f"layers.{i}.linear", fan_in, width, encoder=inside)
            slots += norm_slots(f"layers.{i}.norm", fan_in, width, encoder=inside)
            fan_in = width
        return Layout((*slots, *linear_slots("head", fan_in, self.n_classes, head=True)))

    @property
    def norm_widths(self) -> tuple[int, ...]:
        """The hidden widths: every hidden layer is normalised."""
        return self.hidden

    def forward(
        self, weights: Mapping[str, Tensor], x: Tensor, running: Statistics | None
    ) -> Passed:
        """One pass of rows x [M, B, D], or of pictures, which are laid flat; see Network."""
        features = x = x.flatten(2)
        training, statistics = running is None, running
        if statistics is None:
            statistics = empty_statistics(self, x)
        for i, part in enumerate(statistics.split(self.hidden, dim=2)):
            name = f"layers.{i}"
            x = linear(x, weights[f"{name}.linear.weight"], weights[f"{name}.linear.bias"])
            scale, shift = weights[f"{name}.norm.scale"], weights[f"{name}.norm.shift"]
            x = norm_rows(x, scale, shift, part, training=training)
            if i + 1 == self.encoder_layers:
                features = x
        logits = linear(x, weights["head.weight"], weights["head.bias"]).to(x.dtype)
        return Passed(features, logits, statistics if training else None)

    def plain(self) -> nn.Sequential:
        """Linear, batch norm and ReLU per layer, then the head; pictures are laid flat first."""
        layers: list[nn.Module] = [nn.Flatten()] if self.pictures else []
        fan_in = self.n_features
        for width in self.hidden:
            layers += [nn.Linear(fan_in, width), nn.BatchNorm1d(width), nn.ReLU()]
            fan_in = width
        return nn.Sequential(*layers, nn.Linear(fan_in, self.n_classes))


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """x [M, B, in] times weight [M, in, out] plus bias [M, out]."""
    if len(x) == 1:  # squeezed rather than indexed, whose gradient would be a copy
        return torch.addmm(bias.squeeze(0), x.squeeze(0), weight.squeeze(0)).unsqueeze(0)
    return torch.baddbmm(bias.unsqueeze(1), x, weight)
