"""Where each parameter lives in the flat vector of a member, and what role it plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Literal

import torch
from torch import Tensor

from iunet.declare.contract import UnknownKey

Kind = Literal["weight", "bias", "scale", "shift"]


@dataclass(frozen=True)
class Slot:
    """One parameter of a member.

    `weight` and `bias` belong to a linear map or a convolution, `scale` and `shift` to a batch
    norm. `encoder` is False in the decoder, `head` True in the last linear layer. `fan_in` is that
    of its map; `fan_out` too, where torch's own default draws by it, and 0 elsewhere.
    """

    name: str
    shape: tuple[int, ...]
    kind: Kind
    encoder: bool
    head: bool
    fan_in: int
    fan_out: int = 0

    @property
    def size(self) -> int:
        """Number of entries."""
        return prod(self.shape)


SCOPES: Mapping[str, Callable[[Slot], bool]] = {
    "encoder-weights": lambda slot: slot.kind == "weight" and slot.encoder,
    "hidden-weights": lambda slot: slot.kind == "weight" and not slot.head,
    "linear": lambda slot: slot.kind in ("weight", "bias"),
    "weights-and-biases": lambda slot: slot.kind in ("weight", "bias"),
    "hidden-weights-and-biases": lambda slot: slot.kind in ("weight", "bias") and not slot.head,
    "every-parameter": lambda slot: True,
}
"""What kappa, pruning and shrinking can apply to."""


@dataclass(frozen=True)
class Layout:
    """The parameters of a member, laid one after another in one vector of P entries."""

    slots: Sequence[Slot]

    @cached_property
    def total(self) -> int:
        """P."""
        return sum(slot.size for slot in self.slots)

    @cached_property
    def encoder_norms(self) -> int:
        """How many of the S channels that batch norms see are the encoder's; they come first."""
        return sum(slot.size for slot in self.slots if slot.kind == "scale" and slot.encoder)

    @cached_property
    def starts(self) -> list[int]:
        """Where each slot begins."""
        return [sum(slot.size for slot in self.slots[:i]) for i in range(len(self.slots))]

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """The parameters [M, ...] by name, as views of flat [M, P]."""
        return {
            slot.name: flat[:, start : start + slot.size].view(len(flat), *slot.shape)
            for slot, start in zip(self.slots, self.starts, strict=True)
        }

    def in_scope(self, scope: str) -> Tensor:
        """[P] bool: which entries a scope covers.

        Raises:
            UnknownKey: no such scope.
        """
        if scope not in SCOPES:
            raise UnknownKey(f"no scope called {scope!r}; known: {', '.join(SCOPES)}")
        inside = torch.zeros(self.total, dtype=torch.bool)
        for slot, start in zip(self.slots, self.starts, strict=True):
            inside[start : start + slot.size] = SCOPES[scope](slot)
        return inside


def linear_slots(
    name: str, fan_in: int, fan_out: int, *, encoder: bool = False, head: bool = False
) -> list[Slot]:
    """Weight [in, out] and bias of a linear map; torch's default draws both by fan_in."""
    return [
        Slot(f"{name}.weight", (fan_in, fan_out), "weight", encoder, head, fan_in),
        Slot(f"{name}.bias", (fan_out,), "bias", encoder, head, fan_in),
    ]


def norm_slots(name: str, fan_in: int, width: int, *, encoder: bool) -> list[Slot]:
    """Scale and shift of a batch norm after a map of this fan_in."""
    return [
        Slot(f"{name}.scale", (width,), "scale", encoder, False, fan_in),
        Slot(f"{name}.shift", (width,), "shift", encoder, False, fan_in),
    ]
