"""A trained member as a predictor: one net or the average of several snapshots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from iunet.declare.data import Floats
from iunet.nets.network import Network, Statistics

ROWS_AT_ONCE, PICTURES_AT_ONCE = 2048, 512
"""So many are predicted at a time; a picture's hidden values take more room than a row's."""


@dataclass(frozen=True)
class Ensemble:
    """Snapshots of one member, averaged.

    Args:
        weights: [S, P], masked weights of the S snapshots.
        statistics: [S, 2, *], their running statistics.
        average: over "logits" or over "softmax" probabilities.
    """

    net: Network
    weights: Tensor
    statistics: Statistics
    average: str

    def scores(self, x: Floats) -> Floats:
        """Mean logits or probabilities [N, K] of rows x [N, D] or pictures [N, 3, 32, 32]."""
        rows = torch.as_tensor(x, dtype=self.weights.dtype).to(self.weights.device)
        out = averaged(outputs(self.net, self.weights, self.statistics, rows), self.average)
        return out.cpu().numpy().astype(np.float32)


def outputs(net: Network, weights: Tensor, statistics: Statistics, x: Tensor) -> Tensor:
    """Logits [M, N, K] of rows or pictures x [N, ...] in evaluation, by running statistics."""
    views = net.layout.views(weights)
    size = ROWS_AT_ONCE if x.dim() == 2 else PICTURES_AT_ONCE
    with torch.no_grad():
        parts = [
            net.forward(views, part.expand(len(weights), *part.shape), statistics).logits
            for part in x.split(size)
        ]
    return torch.cat(parts, dim=1)


def averaged(logits: Tensor, average: str) -> Tensor:
    """The mean over the first axis of logits [S, N, K], or of their softmax."""
    return (logits if average == "logits" else logits.softmax(dim=2)).mean(dim=0)
