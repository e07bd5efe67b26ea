"""What a pruning criterion may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Candidates:
    """The parameters that may be pruned, by name, each [M, ...].

    Args:
        trained: at the end of pre-training.
        initial: before it, kappa included.
        generators: one per member, for criteria that draw.
    """

    trained: Mapping[str, Tensor]
    initial: Mapping[str, Tensor]
    generators: Sequence[torch.Generator]


Criterion = Callable[[Candidates], Mapping[str, Tensor]]
"""Scores by name, each [M, ...]; the highest are kept."""
