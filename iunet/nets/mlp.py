"""Multilayer perceptrons with a member axis: linear, batch norm, ReLU, and a linear head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from iunet.nets.layout import Layout, Slot

NORM_EPS = 1e-5
NORM_MOMENTUM = 0.1

Statistics = Tensor
"""Running means and variances of all norms, [M, 2, S] with S the sum of the hidden widths."""


@dataclass(frozen=True)
class Passed:
    """What one forward pass gives: features [M, B, H], logits [M, B, K], batch statistics."""

    features: Tensor
    logits: Tensor
    statistics: Statistics | None


@dataclass(frozen=True)
class Mlp:
    """A perceptron of these hidden widths; the first `encoder_layers` of them are the encoder.

    Source: MLP_TAB is nine hidden layers of 512 (arXiv 2309.08171, appendix).
    """

    n_features: int
    hidden: tuple[int, ...]
    n_classes: int
    encoder_layers: int

    @cached_property
    def layout(self) -> Layout:
        """Parameters in the order of the layers."""
        slots: list[Slot] = []
        fan_in = self.n_features
        for i, width in enumerate(self.hidden):
            inside = i < self.encoder_layers
            slots += [
                Slot(f"layers.{i}.linear.weight", (fan_in, width), "weight", inside, False, fan_in),
                Slot(f"layers.{i}.linear.bias", (width,), "bias", inside, False, fan_in),
                Slot(f"layers.{i}.norm.scale", (width,), "scale", inside, False, fan_in),
                Slot(f"layers.{i}.norm.shift", (width,), "shift", inside, False, fan_in),
            ]
            fan_in = width
        shape = (fan_in, self.n_classes)
        slots += [
            Slot("head.weight", shape, "weight", False, True, fan_in),
            Slot("head.bias", shape[1:], "bias", False, True, fan_in),
        ]
        return Layout(tuple(slots))

    def fresh_statistics(self, members: int, dtype: torch.dtype) -> Statistics:
        """Means 0 and variances 1, [M, 2, S]."""
        zeros_and_ones = torch.zeros(members, 2, sum(self.hidden), dtype=dtype)
        zeros_and_ones[:, 1] = 1
        return zeros_and_ones

    def forward(
        self, weights: Mapping[str, Tensor], x: Tensor, running: Statistics | None
    ) -> Passed:
        """One pass of x [M, B, D].

        Args:
            weights: parameters [M, ...] by name.
            x: inputs.
            running: statistics to normalise by, as in evaluation; None normalises by the batch, as
                in training, and returns its means and unbiased variances.
        """
        batch = None if running is not None else self._empty_statistics(x)
        features, start = x, 0
        for i, width in enumerate(self.hidden):
            x = linear(x, weights[f"layers.{i}.linear.weight"], weights[f"layers.{i}.linear.bias"])
            source = batch if running is None else running
            assert source is not None
            x = norm_relu(
                x,
                weights[f"layers.{i}.norm.scale"],
                weights[f"layers.{i}.norm.shift"],
                source[:, :, start : start + width],
                training=running is None,
            )
            start += width
            if i + 1 == self.encoder_layers:
                features = x
        return Passed(features, linear(x, weights["head.weight"], weights["head.bias"]), batch)

    def _empty_statistics(self, x: Tensor) -> Statistics:
        return torch.zeros(len(x), 2, sum(self.hidden), dtype=x.dtype, device=x.device)


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """x [M, B, in] times weight [M, in, out] plus bias [M, out]."""
    if len(x) == 1:  # squeezed rather than indexed, whose gradient would be a copy
        return torch.addmm(bias.squeeze(0), x.squeeze(0), weight.squeeze(0)).unsqueeze(0)
    return torch.baddbmm(bias.unsqueeze(1), x, weight)


def norm_relu(
    x: Tensor, scale: Tensor, shift: Tensor, statistics: Tensor, *, training: bool
) -> Tensor:
    """Batch norm of x [M, B, H] for each member by itself, then ReLU.

    Args:
        statistics: [M, 2, H]; read in evaluation, filled with the batch's in training.
    """
    members, batch, width = x.shape
    # In training a momentum of 1 leaves the batch's own statistics in these copies.
    mean, variance = statistics.transpose(0, 1).reshape(2, -1).clone().unbind()
    channels = x.transpose(0, 1).reshape(batch, members * width)
    out = functional.batch_norm(
        channels,
        mean,
        variance,
        scale.reshape(-1),
        shift.reshape(-1),
        training=training,
        momentum=1.0 if training else 0.0,
        eps=NORM_EPS,
    )
    if training:
        found = torch.stack([mean, variance]).view(2, members, width)
        statistics.copy_(found.transpose(0, 1))
    return functional.relu(out, inplace=True).view(batch, members, width).transpose(0, 1)
