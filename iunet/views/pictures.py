"""Views of pictures: what is drawn for each picture, and pictures changed by what was drawn.

Drawing and changing are apart, so that the draws are the same on every device and several members'
draws, each from its own generator, are applied in one go. Draws lie on the CPU, and so does what
they come to for many batches, until all of it is brought to the device together. Pictures are
floats in [0, 1] throughout, not rounded to 8 bits between two operations; under autocast or with
TF32 on the matrix products would round them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from iunet.declare.settings import Augment, Operation, PictureViews
from iunet.views.colour import HUE, Colours, Ends, colours_of, gray_, jitter_
from iunet.views.crop import SIDE, cropped, draw_boxes, draw_padded_boxes, places_of, uniform
from iunet.views.moved import moved

NOTHING = PictureViews((1.0, 1.0), 0.0, (0.0, 0.0, 0.0, 0.0), 0.0, 0.0)
"""Views that leave a picture as it is."""


class ViewDraws(NamedTuple):
    """One view of each of B pictures.

    `boxes` [B, 4]: the crop, (top, left, height, width); `flip`, `jitter`, `gray` [B]: whether;
    `factors` [B, 4]: of brightness, contrast, saturation, hue; `order` [B, 4]: their order.
    """

    boxes: Tensor
    flip: Tensor
    jitter: Tensor
    factors: Tensor
    order: Tensor
    gray: Tensor


class AugmentDraws(NamedTuple):
    """One supervised augmentation of each of B pictures: crops `boxes` [B, 4] and `flip` [B]."""

    boxes: Tensor
    flip: Tensor


Draws = ViewDraws | AugmentDraws


def draw_views(count: int, views: PictureViews, draw: torch.Generator) -> ViewDraws:
    """Draw SimCLR's operations for `count` pictures with a CPU generator.

    Source: Chen et al. 2020, drawn by the rules of torchvision's transforms.
    """
    strength = torch.tensor(views.jitter, dtype=torch.float64)
    least, greatest = (1 - strength).clamp(min=0), 1 + strength
    least[HUE], greatest[HUE] = -strength[HUE], strength[HUE]
    return ViewDraws(
        boxes=draw_boxes(count, views.crop_scale, draw),
        flip=torch.rand(count, generator=draw) < views.flip,
        jitter=torch.rand(count, generator=draw) < views.jitter_probability,
        factors=least + (greatest - least) * uniform((count, 4), 0, 1, draw),
        order=uniform((count, 4), 0, 1, draw).argsort(dim=1),
        gray=torch.rand(count, generator=draw) < views.grayscale,
    )


def draw_operation(
    count: int, operation: Operation, views: PictureViews, draw: torch.Generator
) -> ViewDraws:
    """Draw one of the operations as `views` has it; the others leave the picture as it is."""
    return draw_views(count, _only(operation, views), draw)


def draw_augment(count: int, augment: Augment, draw: torch.Generator) -> AugmentDraws:
    """Draw the crop of the zero-padded picture and the flip for `count` pictures."""
    boxes = draw_padded_boxes(count, augment.crop_padding, draw)
    return AugmentDraws(boxes, torch.rand(count, generator=draw) < augment.flip)


def joined(draws: Sequence[Draws]) -> Draws:
    """The draws of several batches as those of one, in the order given."""
    return type(draws[0])._make(torch.cat(parts) for parts in zip(*draws, strict=True))


@dataclass(frozen=True)
class Plan:
    """What is done to the pictures of some batches, one batch after another, worked out ahead.

    Args:
        places: see places_of; the tensors lie where the pictures do.
        sizes: how many pictures each batch has.
        colours, ends: see Colours, and Ends of each batch; nothing where none is changed.
    """

    places: Tensor
    sizes: Sequence[int]
    colours: Colours | None = None
    ends: Sequence[Ends] = ()

    @property
    def tensors(self) -> list[Tensor]:
        """All there are."""
        return [self.places, *(self.colours or ())]

    def on(self, tensors: Sequence[Tensor]) -> Plan:
        """The same with these tensors, as they are on a device."""
        colours = Colours(*tensors[1:]) if self.colours else None
        return replace(self, places=tensors[0], colours=colours)

    def apply(self, x: Tensor, batch: int = 0) -> Tensor:
        """New pictures [B, 3, 32, 32] of those of a batch, which are floats in [0, 1]."""
        first = sum(self.sizes[:batch])
        count = self.sizes[batch]
        if not x.is_floating_point() or x.shape != (count, 3, SIDE, SIDE):
            raise ValueError(
                f"draws are for {count} float pictures of 3 x {SIDE} x {SIDE}, "
                f"not for {x.dtype} {tuple(x.shape)}; draw as many as there are pictures"
            )
        made = cropped(x, self.places[first : first + count])
        if self.colours is not None:
            jitter_(made, self.colours, self.ends[batch])
            gray_(made, self.colours, self.ends[batch])
        return made


def plan_of(draws: Draws, sizes: Sequence[int], dtype: torch.dtype) -> Plan:
    """What draws for the pictures of batches of these sizes come to, for pictures of this type."""
    places = places_of(draws.boxes, draws.flip).to(dtype)
    if isinstance(draws, AugmentDraws):
        return Plan(places, sizes)
    changes = (draws.jitter, draws.factors, draws.order, draws.gray)
    return Plan(places, sizes, *colours_of(*changes, sizes, dtype))


def apply_draws(x: Tensor, draws: Draws) -> Tensor:
    """Crop and flip, and for views jitter and gray: x [B, 3, 32, 32] in [0, 1] to new pictures.

    Values are copied exactly where a crop is not resized and no colour is changed.
    """
    plan = plan_of(draws, [len(draws.boxes)], x.dtype)
    return plan.on(moved(plan.tensors, x.device)).apply(x)


def normalised(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """(x - mean) / std for each channel: x [B, 3, H, W], mean and std [3]."""
    return (x - mean.to(x).view(3, 1, 1)).div_(std.to(x).view(3, 1, 1))


def _only(operation: Operation, views: PictureViews) -> PictureViews:
    """The views with nothing but one operation left."""
    match operation:
        case "resize":
            return replace(NOTHING, crop_scale=views.crop_scale)
        case "horiz":
            return replace(NOTHING, flip=views.flip)
        case "color":
            return replace(
                NOTHING, jitter=views.jitter, jitter_probability=views.jitter_probability
            )
        case "grayscale":
            return replace(NOTHING, grayscale=views.grayscale)
