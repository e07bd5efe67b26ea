"""Views of pictures: what is drawn for each picture, and pictures changed by what was drawn.

Drawing and changing are apart, so that the draws are the same on every device and several members'
draws, each from its own generator, are applied in one go. Draws lie on the CPU. Pictures are floats
in [0, 1] throughout, not rounded to 8 bits between two operations; under autocast or with TF32 on
the matrix products would round them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from iunet.declare.settings import Augment, Operation, PictureViews
from iunet.views.colour import HUE, gray_, jitter_
from iunet.views.crop import SIDE, cropped, draw_boxes, draw_padded_boxes, uniform

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


Draws = TypeVar("Draws", ViewDraws, AugmentDraws)


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


def apply_views(x: Tensor, draws: ViewDraws) -> Tensor:
    """Crop, flip, jitter and gray: x [B, 3, 32, 32] in [0, 1] to new pictures of the same kind."""
    view = apply_augment(x, AugmentDraws(draws.boxes, draws.flip))
    jitter_(view, draws.jitter, draws.factors, draws.order)
    gray_(view, draws.gray)
    return view


def apply_augment(x: Tensor, draws: AugmentDraws) -> Tensor:
    """Crop and flip: x [B, 3, 32, 32] to new pictures of the same kind, values copied exactly."""
    if not x.is_floating_point() or x.shape != (len(draws.boxes), 3, SIDE, SIDE):
        raise ValueError(
            f"draws are for {len(draws.boxes)} float pictures of 3 x {SIDE} x {SIDE}, "
            f"not for {x.dtype} {tuple(x.shape)}; draw as many as there are pictures"
        )
    return cropped(x, draws.boxes, draws.flip)


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
