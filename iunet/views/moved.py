"""Tensors brought to the device together: a copy to a GPU costs as much as a kernel or more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor

ALIGNMENT = 64
"""Bytes; each tensor begins at a multiple in the buffer."""


def moved(parts: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """Tensors of the CPU on a device, in one copy that nobody waits for; on the CPU themselves."""
    if device.type == "cpu":
        return list(parts)
    rooms = [-(-part.nbytes // ALIGNMENT) * ALIGNMENT for part in parts]
    starts = [0, *accumulate(rooms)]
    pinned = device.type == "cuda"
    buffer = torch.empty(starts[-1], dtype=torch.uint8, pin_memory=pinned)
    for start, part in zip(starts, parts, strict=False):
        _within(buffer, start, part).copy_(part)
    there = buffer.to(device, non_blocking=True)
    return [_within(there, start, part) for start, part in zip(starts, parts, strict=False)]


def _within(buffer: Tensor, start: int, part: Tensor) -> Tensor:
    return buffer[start : start + part.nbytes].view(part.dtype).view(part.shape)
