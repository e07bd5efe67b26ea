"""Pruning at random: the control for every learned mask."""

from __future__ import annotations

import torch
from torch import Tensor

from iunet.prune.candidates import Candidates

KEY = "random"


def scores(candidates: Candidates) -> dict[str, Tensor]:
    """Uniform draws, each member's from its own generator."""
    return {
        name: torch.stack([_draw(weight.shape[1:], g) for g in candidates.generators]).to(
            weight.device
        )
        for name, weight in candidates.trained.items()
    }


def _draw(shape: torch.Size, generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator, device=generator.device, dtype=torch.float64)
