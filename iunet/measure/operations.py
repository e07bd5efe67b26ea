"""How often a net predicts the same class for two views of a picture by one operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

import torch
from torch import Tensor

from iunet.declare.contract import Fact
from iunet.declare.data import Labels, PictureData, Rows
from iunet.declare.settings import Operation, PictureConsistency, PictureViews
from iunet.measure.consistency import Agreement, agreement_of, predicted
from iunet.nets.network import Network
from iunet.nets.snapshot import Snapshot
from iunet.streams import stream
from iunet.views.pictures import apply_draws, draw_operation, normalised

BATCH = 128


@dataclass(frozen=True)
class Look:
    """A state of one member, [1, P] and [1, 2, S], and how it normalises.

    `batch_statistics`: every batch by itself, as in training; else by the running statistics.
    """

    state: Snapshot
    batch_statistics: bool

    def classes(self, net: Network, x: Tensor) -> Labels:
        """The classes [B] predicted for x [B, 3, 32, 32]."""
        return predicted(net, self.state, x, batch_statistics=self.batch_statistics)


def picture_facts(
    net: Network,
    data: PictureData,
    rule: PictureConsistency,
    seed: int,
    *,
    before: Snapshot,
    initial: Snapshot,
    after: Snapshot | None,
) -> dict[str, Fact]:
    """Agreement by state and operation of one member.

    `restart` and `restart_by_running_statistics` are the net before finetuning, `trained` that at
    the end, left out where there is none to look at. `initial` is the net of the unscaled initial
    weights, its batches normalised by themselves, since nothing has been seen yet that could be
    remembered.
    """
    looks = {
        "restart": Look(before, rule.batch_statistics),
        "restart_by_running_statistics": Look(before, batch_statistics=False),
        "initial": Look(initial, batch_statistics=True),
    }
    if after is not None:
        looks["trained"] = Look(after, batch_statistics=False)
    seen = Rows(data.valid.x[: rule.pictures], data.valid.y[: rule.pictures])
    first = replace(data, valid=seen)
    facts: dict[str, Fact] = {}
    for name, found in operation_agreements(net, looks, first, rule.views, seed).items():
        facts |= found.facts(name)
    return facts


def operation_agreements(
    net: Network, looks: Mapping[str, Look], data: PictureData, views: PictureViews, seed: int
) -> dict[str, Agreement]:
    """Agreement by "look_operation" over the validation pictures.

    Two views of every picture are drawn for each operation, the same for all looks.
    """
    like = next(iter(looks.values())).state.weights
    mean, std = (torch.as_tensor(part).to(like) for part in (data.mean, data.std))
    pictures = _as_drawn(torch.as_tensor(data.valid.x).to(like), mean, std)
    found: dict[str, Agreement] = {}
    for operation in get_args(Operation):
        draw = stream(seed, f"consistency {operation}")
        classes: dict[Look, tuple[list[Labels], list[Labels]]] = {
            look: ([], []) for look in looks.values()
        }
        for part in pictures.split(BATCH):
            for n in range(2):
                drawn = draw_operation(len(part), operation, views, draw)
                view = normalised(apply_draws(part, drawn), mean, std)
                for look, seen in classes.items():
                    if len(view) > 1 or not look.batch_statistics:
                        seen[n].append(look.classes(net, view))
        for name, look in looks.items():
            found[f"{name}_{operation}"] = agreement_of(*classes[look], net.n_classes)
    return found


def _as_drawn(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Normalised pictures [N, 3, 32, 32] back in [0, 1], exactly the 255ths they were made of."""
    levels = (x * std.view(3, 1, 1) + mean.view(3, 1, 1)).mul_(255).round_()
    return levels.div_(255).clamp_(0, 1)
