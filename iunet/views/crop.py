"""Crops of pictures: drawn, resized and flipped, every picture of a batch in its own way.

A crop is a box (top, left, height, width) in pixels. Each new pixel mixes at most two rows and two
columns of the old ones, so a batch of crops is two batched matrix products.
"""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

SIDE = 32
"""Height and width of a picture in pixels."""
ATTEMPTS = 10
ASPECT = (3 / 4, 4 / 3)
"""Least and greatest width over height of a random crop."""


def draw_boxes(count: int, scale: tuple[float, float], draw: torch.Generator) -> Tensor:
    """Random crops, [count, 4].

    The share of the area is uniform in `scale`, width over height log-uniform in `ASPECT`, and both
    sides are rounded. The first of ten attempts that fits counts, else the whole picture. The place
    is uniform.

    Source: torchvision's RandomResizedCrop, whose fallback for a square picture is the whole one.
    """
    area = SIDE**2 * uniform((count, ATTEMPTS), *scale, draw)
    aspect = uniform((count, ATTEMPTS), log(ASPECT[0]), log(ASPECT[1]), draw).exp()
    tried = torch.stack([area / aspect, area * aspect], dim=2).sqrt().round()
    fits = ((tried > 0) & (tried <= SIDE)).all(dim=2)
    first = tried[torch.arange(count), fits.int().argmax(dim=1)]
    sides = torch.where(fits.any(dim=1, keepdim=True), first, float(SIDE))
    corner = (uniform((count, 2), 0, 1, draw) * (SIDE + 1 - sides)).floor()
    return torch.cat([corner, sides], dim=1).long()


def draw_padded_boxes(count: int, padding: int, draw: torch.Generator) -> Tensor:
    """Boxes of full size, moved by up to `padding` pixels each way, [count, 4]."""
    corner = torch.randint(-padding, padding + 1, (count, 2), generator=draw)
    return torch.cat([corner, torch.full((count, 2), SIDE)], dim=1)


def uniform(shape: tuple[int, ...], low: float, high: float, draw: torch.Generator) -> Tensor:
    """Uniform numbers in [low, high), float64."""
    return low + (high - low) * torch.rand(shape, dtype=torch.float64, generator=draw)


def places_of(boxes: Tensor, flip: Tensor) -> Tensor:
    """Where each new row and column of a crop lies among the old ones, [B, 2, 32] float64.

    Args:
        boxes, flip: [B, 4] and [B], on the CPU; mirrored where `flip` says so.
    """
    sides = boxes[:, 2:, None]
    within = (torch.arange(SIDE, dtype=torch.float64) + 0.5) * sides / SIDE - 0.5
    places = boxes[:, :2, None] + within.clamp(min=0).minimum(sides - 1)
    places[:, 1] = torch.where(flip.unsqueeze(1), places[:, 1].flip(1), places[:, 1])
    return places


def cropped(x: Tensor, places: Tensor) -> Tensor:
    """What the box of every picture holds, at full size.

    Bilinear between the centres of the box's pixels, as torchvision has it on floats, with and
    without antialiasing, since a box is never larger than the picture. On 8-bit pictures
    torchvision rounds twice, so those differ by up to 1/255. Outside of the picture all is 0. A box
    of full size copies values exactly.

    Args:
        x: pictures [B, 3, 32, 32].
        places: see places_of, on the device and in the type of x.
    """
    apart = places.unsqueeze(3) - torch.arange(SIDE, device=x.device)
    rows, columns = apart.abs_().neg_().add_(1).clamp_(min=0).unbind(1)
    across = (x.flatten(1, 2) @ columns.mT).view(x.shape)
    return torch.stack([rows @ channel for channel in across.unbind(1)], dim=1)
