"""How often a net predicts the same class for a row and its view, and if that means anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from iunet.declare.contract import Fact
from iunet.declare.data import FitData, Labels
from iunet.declare.settings import Consistency, Views
from iunet.measure.metrics import metrics_of
from iunet.nets.network import Network
from iunet.nets.snapshot import Snapshot
from iunet.streams import stream
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

    def facts(self, name: str) -> dict[str, Fact]:
        """Each number under this name and its own."""
        return {f"{name}_{field}": value for field, value in self._asdict().items()}


def table_facts(
    net: Network,
    data: FitData,
    rule: Consistency,
    seed: int,
    before: Snapshot,
    after: Snapshot | None,
) -> dict[str, Fact]:
    """Agreement on the validation rows of one member before finetuning and, if any, at its end."""
    dtype, device = before.weights.dtype, before.weights.device
    pool = Pool.of(data, str(device), dtype, rule.donors)
    rows = torch.as_tensor(data.valid.x, dtype=dtype).to(device)

    def measure(name: str, state: Snapshot, batch_statistics: bool) -> dict[str, Fact]:
        draw = stream(seed, "consistency")
        found = agreement(
            net, state, rows, pool, rule.views, draw, batch_statistics=batch_statistics
        )
        return found.facts(name)

    return (
        measure("restart", before, rule.batch_statistics)
        | measure("restart_by_running_statistics", before, False)
        | (measure("trained", after, False) if after is not None else {})
    )


def agreement(
    net: Network,
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
    for part in rows.split(batch):
        if batch_statistics and len(part) < 2:
            continue
        view = corrupted(part, pool.x, pool.groups, views, draw)
        for source, out in ((part, clean), (view, seen)):
            out.append(predicted(net, state, source, batch_statistics=batch_statistics))
    return agreement_of(clean, seen, net.n_classes)


def predicted(net: Network, state: Snapshot, x: Tensor, *, batch_statistics: bool) -> Labels:
    """The classes [B] that one member predicts for a batch of rows or pictures [B, ...]."""
    weights = net.layout.views(state.weights)
    running = None if batch_statistics else state.statistics
    with torch.no_grad():
        logits = net.forward(weights, x.unsqueeze(0), running).logits[0]
        classes: Labels = logits.argmax(dim=1).cpu().numpy()
    return classes


def agreement_of(first: Sequence[Labels], second: Sequence[Labels], n_classes: int) -> Agreement:
    """Compare two predictions of the same rows, batch by batch."""
    scores = metrics_of(np.concatenate(first), np.concatenate(second), n_classes)
    shares = [(a == b).mean() for a, b in zip(first, second, strict=True)]
    return Agreement(
        consistency=float(np.mean(shares)),
        top_class_share=scores["top_class_share"],
        entropy=scores["predicted_class_entropy"],
        cohen_kappa=scores["cohen_kappa"],
    )
