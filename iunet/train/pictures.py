"""The batches of an epoch of pictures: augmented and viewed for every member by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from iunet.declare.data import PictureData
from iunet.declare.settings import PictureContrast, Training
from iunet.streams import stream
from iunet.train.batches import blocks, epoch_order, parts_of
from iunet.train.objective import Batch
from iunet.views.pictures import (
    AugmentDraws,
    Draws,
    ViewDraws,
    apply_augment,
    apply_views,
    draw_augment,
    draw_views,
    joined,
    normalised,
)

Kind = Literal["augmented", "first view", "second view"]
"""What becomes of a picture; "augmented" is the picture itself where a stage augments nothing."""
Drawn = ViewDraws | AugmentDraws | None


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
        order = epoch_order(self.rows, seeds, stage, epoch).to(self.device)
        for chosen in blocks(order, training.batch):
            count = chosen.shape[1]
            drawn = {
                kind: [_draw(kind, count, training, draw) for draw in own]
                for kind, own in streams.items()
            }
            for part in parts_of(chosen, training.batch):
                now = {kind: _joined(own, part) for kind, own in drawn.items()}
                yield self._batch(chosen[:, part], inputs, now)

    def _batch(self, chosen: Tensor, inputs: Inputs, drawn: Mapping[Kind, Drawn]) -> Batch:
        plain = self.x[chosen.flatten()].to(self.dtype).div_(255)
        made = {kind: self._made(plain, draws, chosen) for kind, draws in drawn.items()}
        return Batch(
            made[inputs.x],
            self.y[chosen],
            made[inputs.view] if inputs.view else None,
            made[inputs.supervised] if inputs.supervised else None,
        )

    def _made(self, plain: Tensor, drawn: Drawn, chosen: Tensor) -> Tensor:
        """Pictures [M, B, 3, 32, 32] as the net sees them: changed in [0, 1], normalised last."""
        if isinstance(drawn, ViewDraws):
            plain = apply_views(plain, drawn)
        elif drawn is not None:
            plain = apply_augment(plain, drawn)
        return normalised(plain, self.mean, self.std).view(*chosen.shape, *plain.shape[1:])


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


def _joined(drawn: Sequence[Drawn], part: slice) -> Drawn:
    """The draws of a batch's pictures, those of one member after another."""
    views = [_cut(own, part) for own in drawn if isinstance(own, ViewDraws)]
    if views:
        return joined(views)
    augments = [_cut(own, part) for own in drawn if isinstance(own, AugmentDraws)]
    return joined(augments) if augments else None


def _cut(drawn: Draws, part: slice) -> Draws:
    return type(drawn)._make(values[part] for values in drawn)
