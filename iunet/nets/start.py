"""How a supernet begins: initial weights by seed, and PIS, their scaling by kappa."""

from __future__ import annotations

import torch
from torch import Tensor

from iunet.declare.settings import Start
from iunet.nets.layout import Layout, Slot
from iunet.streams import stream


def initial_weights(
    layout: Layout, init: str, seed: int, purpose: str = "initial weights"
) -> Tensor:
    """Unscaled initial weights of one member, [P] float32, drawn from the stream of this purpose.

    "kaiming-normal": N(0, 2 / fan_in) and zero biases (He et al. 2015). "torch-default": uniform
    within 1 / sqrt(fan_in), biases too; N(0, 2 / fan_out) where a slot has one, as torchvision
    begins a ResNet. Batch norm starts at scale 1 and shift 0.
    """
    generator = stream(seed, purpose)
    return torch.cat([_slot(slot, init, generator) for slot in layout.slots])


def imprinted(layout: Layout, weights: Tensor, start: Start) -> Tensor:
    """PIS: a copy of weights [P] with the entries in scope multiplied by kappa."""
    return torch.where(layout.in_scope(start.kappa_scope), weights * start.kappa, weights)


def _slot(slot: Slot, init: str, generator: torch.Generator) -> Tensor:
    if slot.kind in ("scale", "shift"):
        return torch.full((slot.size,), 1.0 if slot.kind == "scale" else 0.0)
    if init == "torch-default" and not slot.fan_out:
        bound = slot.fan_in**-0.5
        return torch.rand(slot.size, generator=generator).mul_(2).sub_(1).mul_(bound)
    if slot.kind == "bias":
        return torch.zeros(slot.size)
    fan = slot.fan_out if init == "torch-default" else slot.fan_in
    return torch.randn(slot.size, generator=generator).mul_((2 / fan) ** 0.5)
