"""The batches of an epoch of pictures: augmented and viewed for every member by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from iunet.declare.data import PictureData
from iunet.declare.settings import PictureContrast, Training
from iunet.streams import stream
from iunet.train.batches import blocks, epoch_order, parts_of
from iunet.train.objective import Batch
from iunet.views.moved import moved
from iunet.views.pictures import (
    Draws,
    Plan,
    draw_augment,
    draw_views,
    joined,
    normalised,
    plan_of,
)

Kind = Literal["augmented", "first view", "second view"]
"""What becomes of a picture; "augmented" is the picture itself where a stage augments nothing."""
Drawn = Draws | None


class Inputs(NamedTuple):
    """What a batch holds: x and view are the pair, supervised is given where it is not x."""

    x: Kind
    view: Kind | None = None
    supervised: Kind | None = None


@dataclass(frozen=True)
class PictureFeed:
    """Training pictures on the device, x [N, 3, 32, 32] in 0..255, y [N], mean and std [3]."""

    x: Tensor
    y: Tensor
    mean: Tensor
    std: Tensor
    dtype: torch.dtype

    @staticmethod
    def of(data: PictureData, device: str, dtype: torch.dtype) -> PictureFeed:
        """Move the training pictures to a device."""
        x, y, mean, std = (
            torch.as_tensor(part).to(device)
            for part in (data.train.x, data.train.y, data.mean, data.std)
        )
        return PictureFeed(x, y, mean.to(dtype), std.to(dtype), dtype)

    @property
    def rows(self) -> int:
        """N."""
        return len(self.x)

    @property
    def device(self) -> torch.device:
        """Where batches are made."""
        return self.x.device

    def batches(
        self, seeds: Sequence[int], stage: str, epoch: int, training: Training
    ) -> Iterator[Batch]:
        """The batches of an epoch, [M, B, ...]; see Feed."""
        inputs = inputs_of(training)
        kinds: list[Kind] = [kind for kind in dict.fromkeys(inputs) if kind is not None]
        streams = {
            kind: [stream(seed, f"{stage} {kind}", epoch) for seed in seeds] for kind in kinds
        }
        order = epoch_order(self.rows, seeds, stage, epoch)
        for block in blocks(order, training.batch):
            parts = parts_of(block, training.batch)
            drawn = {
                kind: [_draw(kind, block.shape[1], training, draw) for draw in own]
                for kind, own in streams.items()
            }
            chosen, plans = self._ahead(block, parts, drawn)
            begun = 0
            for number, part in enumerate(parts):
                size = block[:, part].numel()
                places = chosen[begun : begun + size].view(len(block), -1)
                begun += size
                yield self._batch(number, places, inputs, plans)

    def _ahead(
        self, block: Tensor, parts: Sequence[slice], drawn: Mapping[Kind, Sequence[Drawn]]
    ) -> tuple[Tensor, dict[Kind, Plan | None]]:
        """Which pictures the batches of a block have, one after another, and what becomes of them.

        In one copy; a batch has those of one member after another.
        """
        places = torch.arange(block.numel()).view(block.shape)
        sequence = torch.cat([places[:, part].flatten() for part in parts])
        sizes = [places[:, part].numel() for part in parts]
        plans = {kind: _plan(own, sequence, sizes, self.dtype) for kind, own in drawn.items()}
        tensors = [plan.tensors for plan in plans.values() if plan]
        chosen, *there = moved([block.flatten()[sequence], *chain(*tensors)], self.device)
        found = iter(there)
        return chosen, {
            kind: plan and plan.on([next(found) for _ in plan.tensors])
            for kind, plan in plans.items()
        }

    def _batch(
        self, number: int, chosen: Tensor, inputs: Inputs, plans: Mapping[Kind, Plan | None]
    ) -> Batch:
        plain = self.x[chosen.flatten()].to(self.dtype).div_(255)
        made = {
            kind: self._normalised(plan.apply(plain, number) if plan else plain, chosen)
            for kind, plan in plans.items()
        }
        return Batch(
            made[inputs.x],
            self.y[chosen],
            made[inputs.view] if inputs.view else None,
            made[inputs.supervised] if inputs.supervised else None,
        )

    def _normalised(self, changed: Tensor, chosen: Tensor) -> Tensor:
        """Pictures [M, B, 3, 32, 32] as the net sees them: changed in [0, 1], normalised last."""
        return normalised(changed, self.mean, self.std).view(*chosen.shape, *changed.shape[1:])


def inputs_of(training: Training) -> Inputs:
    """What a stage's batches hold."""
    contrast = training.contrast
    if contrast is None:
        return Inputs("augmented")
    assert isinstance(contrast, PictureContrast), "views of table rows are not for pictures"
    x: Kind = "augmented" if contrast.anchor == "augmented" else "first view"
    view: Kind = "first view" if contrast.anchor == "augmented" else "second view"
    supervised: Kind = "augmented" if contrast.supervised_input == "augmented" else "first view"
    return Inputs(x, view, None if supervised == x else supervised)


def _draw(kind: Kind, count: int, training: Training, draw: torch.Generator) -> Drawn:
    if kind == "augmented":
        return None if training.augment is None else draw_augment(count, training.augment, draw)
    assert isinstance(training.contrast, PictureContrast)
    return draw_views(count, training.contrast.views, draw)


def _plan(
    drawn: Sequence[Drawn], sequence: Tensor, sizes: Sequence[int], dtype: torch.dtype
) -> Plan | None:
    """What the draws of all members come to, put into the sequence in which batches have them."""
    draws = [own for own in drawn if own is not None]
    if not draws:
        return None
    whole = joined(draws)
    return plan_of(type(whole)(*(part[sequence] for part in whole)), sizes, dtype)
