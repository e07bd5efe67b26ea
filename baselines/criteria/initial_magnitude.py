"""Magnitude before training: the control that asks what training added to the mask."""

from __future__ import annotations

from torch import Tensor

from iunet.prune.candidates import Candidates

KEY = "initial-magnitude"


def scores(candidates: Candidates) -> dict[str, Tensor]:
    """|initial weight|."""
    return {name: weight.abs() for name, weight in candidates.initial.items()}
