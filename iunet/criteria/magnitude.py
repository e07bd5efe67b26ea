"""Magnitude pruning."""

from __future__ import annotations

from torch import Tensor

from iunet.prune.candidates import Candidates

KEY = "magnitude"


def scores(candidates: Candidates) -> dict[str, Tensor]:
    """|weight|."""
    return {name: weight.abs() for name, weight in candidates.trained.items()}
