"""Base classes of regularisers, one for each thing they act on; `iunet/regularise` has the rest.

Weight decay, batch norm, snapshots and the structure of a network are settings of their own. This
file imports no torch, since settings are read without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class Regulariser(ABC):
    """One regulariser with its settings; `kind` names it in run ids."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """Its name."""


class MixedRows(NamedTuple):
    """A batch of one member after a regulariser.

    Args:
        x: rows [B, D].
        partner: [B], the row of the batch whose label counts beside a row's own.
        share: weight of the own label in the loss, in [0, 1]; the partner's label has the rest.
    """

    x: Tensor
    partner: Tensor
    share: float


class RowRegulariser(Regulariser):
    """Changes the rows of a batch, and which labels count for them."""

    @abstractmethod
    def mixed(self, x: Tensor, draw: Generator) -> MixedRows:
        """The rows [B, D] of one member, changed; `draw` is a CPU generator."""


class LossRegulariser(Regulariser):
    """Changes the loss of a batch."""

    @abstractmethod
    def loss(self, x: Tensor, loss_of: Callable[[Tensor], Tensor]) -> Tensor:
        """The loss of each member [M].

        Args:
            x: the rows [M, B, D].
            loss_of: the loss [M] of rows like x under their labels.
        """


class HiddenRegulariser(Regulariser):
    """Changes the values of a hidden layer in training."""

    @abstractmethod
    def hidden(self, x: Tensor, noise: Tensor, layer: int, layers: int) -> Tensor:
        """The values [M, B, H] of a layer, changed.

        Args:
            noise: [M, B, H], uniform in [0, 1).
            layer, layers: which of how many hidden layers, from 0.
        """


class Follower(ABC):
    """What a weight regulariser remembers of a group while it trains."""

    @abstractmethod
    def after_step(self) -> None:
        """Called after every step; it may change the weights in place."""

    @abstractmethod
    def after_epoch(self, epoch: int, epochs: int) -> None:
        """Called after an epoch, counted from 0, of so many."""

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Everything a resumed run needs, by name; the tensors themselves, not copies."""

    @abstractmethod
    def final(self) -> Tensor | None:
        """Weights [M, P] to end with, whose batch norm is then estimated anew; None for none."""


class WeightRegulariser(Regulariser):
    """Follows the weights from step to step."""

    @abstractmethod
    def follow(self, weights: Tensor) -> Follower:
        """Begin with the weights [M, P] of a group, which later steps change in place."""
