"""How often a net predicts the same class for a row and its view, and if that means anything."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from iunet.declare.data import Labels
from iunet.declare.settings import Views
from iunet.measure.metrics import metrics_of
from iunet.nets.mlp import Mlp
from iunet.nets.snapshot import Snapshot
from iunet.views.pool import Pool
from iunet.views.scarf import corrupted


class Agreement(NamedTuple):
    """Consistency of one net.

    Args:
        consistency: share of rows whose class stays, averaged over batches.
        top_class_share: share of the class predicted most; near 1 means collapse.
        entropy: of the predicted classes, in nats.
        cohen_kappa: agreement between the two predictions beyond chance; 0 under collapse.
    """

    consistency: float
    top_class_share: float
    entropy: float
    cohen_kappa: float


def agreement(
    net: Mlp,
    state: Snapshot,
    rows: Tensor,
    pool: Pool,
    views: Views,
    draw: torch.Generator,
    *,
    batch_statistics: bool,
    batch: int = 128,
) -> Agreement:
    """Compare predictions of rows [N, D] and of one view of each, batch by batch.

    Args:
        state: one member, [1, P] and [1, 2, S].
        batch_statistics: normalise every batch by itself, as in training mode.
    """
    clean: list[Labels] = []
    seen: list[Labels] = []
    weights = net.layout.views(state.weights)
    running = None if batch_statistics else state.statistics
    with torch.no_grad():
        for part in rows.split(batch):
            if batch_statistics and len(part) < 2:
                continue
            view = corrupted(part, pool.x, pool.groups, views, draw)
            for source, out in ((part, clean), (view, seen)):
                logits = net.forward(weights, source.unsqueeze(0), running).logits[0]
                out.append(logits.argmax(dim=1).cpu().numpy())
    first, second = np.concatenate(clean), np.concatenate(seen)
    scores = metrics_of(first, second, net.n_classes)
    return Agreement(
        consistency=float(np.mean([(a == b).mean() for a, b in zip(clean, seen, strict=True)])),
        top_class_share=scores["top_class_share"],
        entropy=scores["predicted_class_entropy"],
        cohen_kappa=scores["cohen_kappa"],
    )
