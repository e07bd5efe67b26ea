"""A network as data: what it takes, how large it is, and how it is built. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from iunet.declare.settings import Start

if TYPE_CHECKING:
    from iunet.nets.network import Network

Kind = Literal["table", "pictures"]

CHANNELS, SIDE = 3, 32
"""A picture is [CHANNELS, SIDE, SIDE]."""


@dataclass(frozen=True)
class Size:
    """Parameters of a network, and values that one row or picture becomes in its hidden layers."""

    parameters: int
    values: int


@dataclass(frozen=True)
class Net:
    """One network, with a member axis.

    Args:
        key: the name in tables and on the command line.
        takes: rows of a table, or pictures.
        build: the network for D features, or values of a picture, and K classes.
        size: how large that network is, in closed form, for plans, which must not build it;
            without it no plan says how much memory a run holds.
        scaled: whether its layers widen with the protocol's alpha.
        usual: whether recipes run on it unless another one is named.
        step_cost: what a training step costs, in steps of MLP_TAB, for estimates; measured on two
            cores at alpha 8.
    """

    key: str
    takes: Kind
    build: Callable[[int, int, Start], Network]
    size: Callable[[int, int, Start], Size] | None = None
    scaled: bool = False
    usual: bool = False
    step_cost: float = 1.0


def perceptron_size(n_features: int, hidden: tuple[int, ...], n_classes: int) -> Size:
    """Of a perceptron: hidden layers have weights, biases and the two parameters of batch norm."""
    fans = (n_features, *hidden[:-1])
    layers = sum(width * (fan_in + 3) for fan_in, width in zip(fans, hidden, strict=True))
    return Size(layers + n_classes * (hidden[-1] + 1), sum(hidden))


def width_factor(start: Start) -> int:
    """Alpha.

    Raises:
        ValueError: the settings have none.
    """
    if start.alpha is None or start.alpha < 1:
        raise ValueError(
            f"the width factor alpha is at least 1, not {start.alpha}; set it in the protocol"
        )
    return start.alpha


def check_pictures(key: str, n_values: int) -> None:
    """A net that convolves takes pictures of one size.

    Raises:
        ValueError: these are not as many values.
    """
    if n_values != CHANNELS * SIDE**2:
        raise ValueError(
            f"{key} takes pictures of {CHANNELS} x {SIDE} x {SIDE} = {CHANNELS * SIDE**2:,} "
            f"values, not {n_values:,}; take a net for tables"
        )
