"""The perceptron whose batch norm, skip connections, branches and hidden values a run chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional

from iunet.declare.settings import Structure
from iunet.nets.layout import Layout, Slot, linear_slots, norm_slots
from iunet.nets.mlp import linear
from iunet.nets.network import Passed, Statistics, empty_statistics
from iunet.nets.norm import norm_rows

DRAWS = 3
"""A residual block uses so many random numbers of a row: whether it is shaken, alpha and beta."""


@dataclass(frozen=True)
class RegularisedMlp:
    """A perceptron of these hidden widths, all equal where it has skip connections.

    With skip connections the first layer stands alone, and every two layers after it are a residual
    block; Shake-Shake blocks have two branches. A block's last ReLU comes after the sum.

    Args:
        structure: which of its parts there are.
    """

    n_features: int
    hidden: tuple[int, ...]
    n_classes: int
    structure: Structure

    def __post_init__(self) -> None:
        if self.structure.skip and (len(self.hidden) % 2 == 0 or len(set(self.hidden)) > 1):
            raise ValueError(
                f"skip connections take an odd number of equal hidden layers, not {self.hidden}"
            )

    @cached_property
    def blocks(self) -> list[list[list[str]]]:
        """Of each residual block its branches, of each branch its two layers; none without skip."""
        if not self.structure.skip:
            return []
        branches = 2 if self.structure.branches == "shake-shake" else 1
        return [
            [[f"blocks.{k}.{b}.{i}" for i in range(2)] for b in range(branches)]
            for k in range(len(self.hidden) // 2)
        ]

    @cached_property
    def layers(self) -> list[tuple[str, int, int]]:
        """Name, inputs and outputs of every hidden layer, in the order of the layout."""
        if not self.structure.skip:
            fans = (self.n_features, *self.hidden[:-1])
            sizes = zip(fans, self.hidden, strict=True)
            return [(f"layers.{i}", *size) for i, size in enumerate(sizes)]
        width = self.hidden[0]
        inner = [name for block in self.blocks for branch in block for name in branch]
        return [("layers.0", self.n_features, width), *((name, width, width) for name in inner)]

    @cached_property
    def layout(self) -> Layout:
        """Parameters in the order of the layers."""
        slots: list[Slot] = []
        for name, fan_in, width in self.layers:
            slots += linear_slots(f"{name}.linear", fan_in, width, encoder=True)
            if self.structure.norm:
                slots += norm_slots(f"{name}.norm", fan_in, width, encoder=True)
        last = self.hidden[-1]
        return Layout((*slots, *linear_slots("head", last, self.n_classes, head=True)))

    @property
    def norm_widths(self) -> tuple[int, ...]:
        """Those of the hidden layers; none without batch norm."""
        return tuple(width for _, _, width in self.layers) if self.structure.norm else ()

    @property
    def noise_width(self) -> int:
        """How many random numbers of a row a pass in training uses."""
        hidden = sum(self.hidden) if self.structure.hidden else 0
        return hidden + DRAWS * len(self.blocks) * (self.structure.branches != "one")

    def forward(
        self,
        weights: Mapping[str, Tensor],
        x: Tensor,
        running: Statistics | None,
        noise: Tensor | None = None,
    ) -> Passed:
        """One pass of rows x [M, B, D]; see Network.

        Args:
            noise: [M, B, noise_width], uniform in [0, 1), in training; without it nothing is
                dropped, and branches have their mean weights.
        """
        statistics = empty_statistics(self, x) if running is None else running
        one = _Pass(self, weights, statistics, running is None, noise)
        features = one.through(x)
        logits = linear(features, weights["head.weight"], weights["head.bias"])
        return Passed(features, logits, statistics if running is None else None)

    def summed(self, outs: Sequence[Tensor], k: int, draws: Tensor | None = None) -> Tensor:
        """What block k adds to its input: the outputs of its branches [M, B, H], put together.

        Args:
            draws: [M, B, 3], uniform; None in evaluation.
        """
        structure, random = self.structure, self.structure.shake == "random"
        if structure.branches == "shake-shake":
            return shaken_sum(outs[0], outs[1], draws, random=random)
        if structure.branches == "shake-drop":
            share = structure.shake_drop * (k + 1) / len(self.blocks)
            return shaken_drop(outs[0], share, draws, random=random)
        return outs[0]

    def plain(self) -> nn.Module:
        """Linear maps, norms and sums as a module, without what acts in training only."""
        return _Plain(self)


class _Pass:
    """One pass of a batch in training or evaluation."""

    def __init__(
        self,
        net: RegularisedMlp,
        weights: Mapping[str, Tensor],
        statistics: Statistics,
        training: bool,
        noise: Tensor | None,
    ) -> None:
        self._net = net
        self._weights = weights
        self._training = training
        self._statistics = iter(statistics.split(net.norm_widths, dim=2) if net.norm_widths else ())
        depth = len(net.hidden)
        split = net.hidden if net.structure.hidden else ()
        shaken = [DRAWS] * len(net.blocks) if net.structure.branches != "one" else []
        parts = noise.split([*split, *shaken], dim=2) if noise is not None else None
        self._hidden = parts[:depth] if parts and split else None
        self._shaken = parts[-len(shaken) :] if parts and shaken else None

    def through(self, x: Tensor) -> Tensor:
        """The values of the last hidden layer [M, B, H]."""
        net = self._net
        if not net.blocks:
            for depth, (name, _, _) in enumerate(net.layers):
                x = self._dropped(functional.relu(self._layer(name, x)), depth)
            return x
        x = self._dropped(functional.relu(self._layer("layers.0", x)), 0)
        for k, block in enumerate(net.blocks):
            outs = [self._branch(branch, x, 1 + 2 * k) for branch in block]
            added = net.summed(outs, k, self._shaken and self._shaken[k])
            x = self._dropped(functional.relu(x + added), 2 + 2 * k)
        return x

    def _branch(self, names: Sequence[str], x: Tensor, depth: int) -> Tensor:
        first, second = names
        inner = self._dropped(functional.relu(self._layer(first, x)), depth)
        return self._layer(second, inner)

    def _layer(self, name: str, x: Tensor) -> Tensor:
        weights = self._weights
        x = linear(x, weights[f"{name}.linear.weight"], weights[f"{name}.linear.bias"])
        if not self._net.structure.norm:
            return x
        scale, shift = weights[f"{name}.norm.scale"], weights[f"{name}.norm.shift"]
        own = next(self._statistics)
        return norm_rows(x, scale, shift, own, training=self._training, relu=False)

    def _dropped(self, x: Tensor, depth: int) -> Tensor:
        if self._hidden is None:
            return x
        for one in self._net.structure.hidden:
            x = one.hidden(x, self._hidden[depth], depth, len(self._net.hidden))
        return x


def shaken_sum(first: Tensor, second: Tensor, draws: Tensor | None, *, random: bool) -> Tensor:
    """Shake-Shake: alpha * first + (1 - alpha) * second, whose gradient has beta for alpha.

    Args:
        draws: [M, B, 3], uniform; the last two are alpha and beta. None in evaluation, where both
            are 1/2, as they always are where it is not `random`.

    Source: Gastaldi 2017.
    """
    if draws is None or not random:
        return (first + second) / 2
    alpha, beta = draws[..., 1:2], draws[..., 2:3]
    return _weighted(first, alpha, beta) + _weighted(second, 1 - alpha, 1 - beta)


def shaken_drop(out: Tensor, share: float, draws: Tensor | None, *, random: bool) -> Tensor:
    """ShakeDrop: a branch times 1, or with probability `share` times alpha and its gradient beta.

    Args:
        draws: [M, B, 3], uniform: which rows are shaken, alpha and beta. None in evaluation, where
            the branch has the mean of its factors.
        random: alpha is uniform in [-1, 1] and beta in [0, 1]; else both are 1/2.

    Source: Yamada et al. 2019, for each row by itself.
    """
    alpha, beta = (0.0, 0.5) if random else (0.5, 0.5)
    if draws is None:
        return out * (1 - share + share * alpha)
    shaken = draws[..., :1] < share
    ahead = 2 * draws[..., 1:2] - 1 if random else torch.full_like(draws[..., :1], alpha)
    back = draws[..., 2:3] if random else torch.full_like(draws[..., :1], beta)
    return _weighted(out, torch.where(shaken, ahead, 1.0), torch.where(shaken, back, 1.0))


def _weighted(x: Tensor, ahead: Tensor, back: Tensor) -> Tensor:
    """`ahead` times x, with the gradient of `back` times x."""
    return back * x + (ahead - back) * x.detach()


class _Plain(nn.Module):
    """One member as plain PyTorch, in evaluation."""

    def __init__(self, net: RegularisedMlp) -> None:
        super().__init__()
        self._net = net
        self.hidden = nn.ModuleList(_layer(net, n_in, n_out) for _, n_in, n_out in net.layers)
        self.head = nn.Linear(net.hidden[-1], net.n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [B, K] of rows [B, D]."""
        start, *rest = self.hidden
        x = functional.relu(start(x))
        if not self._net.blocks:
            for layer in rest:
                x = functional.relu(layer(x))
            return self._logits(x)
        layers = iter(rest)
        for k, block in enumerate(self._net.blocks):
            pairs = [(next(layers), next(layers)) for _ in block]
            outs = [second(functional.relu(first(x))) for first, second in pairs]
            x = functional.relu(x + self._net.summed(outs, k))
        return self._logits(x)

    def _logits(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(x)
        return out


def _layer(net: RegularisedMlp, n_in: int, n_out: int) -> nn.Module:
    linear_map = nn.Linear(n_in, n_out)
    return nn.Sequential(linear_map, nn.BatchNorm1d(n_out)) if net.structure.norm else linear_map
