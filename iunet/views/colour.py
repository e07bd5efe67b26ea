"""Colours of pictures: jitter and gray, every picture of a batch in its own way.

Brightness, contrast and saturation are linear in the three channels of a pixel and the mean of the
picture, so each is one batched matrix product over the pictures, whichever of them is whose turn.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

CONTRAST, SATURATION, HUE = 1, 2, 3
"""Places among the factors; brightness is 0."""
GRAY = (0.2989, 0.587, 0.114)
"""Shares of red, green and blue in a gray value."""
OPPOSITE = (1 / 2, 5 / 6, 1 / 6)
"""The hues farthest from red, green and blue, as parts of a turn."""


def jitter_(x: Tensor, on: Tensor, factors: Tensor, order: Tensor) -> None:
    """Change brightness, contrast, saturation and hue of some pictures, values kept in [0, 1].

    Args:
        x: pictures [B, 3, H, W] in [0, 1], changed in place.
        on: which pictures, [B].
        factors: of brightness, contrast and saturation (1: as it was, 0: black, mean gray, gray),
            and the turn of the hue (1: once round), [B, 4].
        order: which of the four comes first, second, third and last, [B, 4]; `on`, `factors` and
            `order` lie on the CPU.

    Source: torchvision's ColorJitter on floats.
    """
    turn = (order == HUE).int().argmax(dim=1)
    chosen = on.nonzero().squeeze(1)
    chosen = chosen[turn[chosen].argsort(stable=True)]
    ends = turn[chosen].bincount(minlength=order.shape[1]).cumsum(0).tolist()
    mixes, pulls = (_beside(x, part) for part in _blends(factors[chosen], order[chosen]))
    hues = _beside(x, factors[chosen, HUE].view(-1, 1, 1))
    places = chosen.to(x.device, non_blocking=True)
    pixels = x.index_select(0, places).flatten(2)
    for n, (start, end) in enumerate(pairwise([0, *ends])):
        if start < end:
            pixels[start:end] = _hue_turned(pixels[start:end], hues[start:end])
        if n < mixes.shape[1]:
            pulled = pulls[:, n] @ pixels.mean(dim=2, keepdim=True)
            pixels = torch.baddbmm(pulled, mixes[:, n], pixels).clamp_(0, 1)
    x.index_copy_(0, places, pixels.view(-1, *x.shape[1:]))


def gray_(x: Tensor, on: Tensor) -> None:
    """Make some pictures gray in place: x [B, 3, H, W], on [B] on the CPU."""
    places = on.nonzero().squeeze(1).to(x.device, non_blocking=True)
    weights = _beside(x, torch.tensor(GRAY, dtype=torch.float64)).expand(3, 3)
    gray = weights @ x.index_select(0, places).flatten(2)
    x.index_copy_(0, places, gray.view(-1, *x.shape[1:]))


def _blends(factors: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
    """The three blends in their order: what a pixel [J, 3, 3, 3] and the mean [J, 3, 1, 3] add.

    A blend is f * x + (1 - f) * target, the target being 0, the mean gray or the gray.
    """
    kinds = order[order != HUE].view(-1, 3)
    kept = factors.gather(1, kinds)
    gray = torch.tensor(GRAY, dtype=factors.dtype).expand(3, 3)
    to_gray = ((1 - kept) * (kinds == SATURATION))[:, :, None, None] * gray
    to_mean = ((1 - kept) * (kinds == CONTRAST))[:, :, None, None] * gray[:1]
    return kept[:, :, None, None] * torch.eye(3, dtype=factors.dtype) + to_gray, to_mean


def _hue_turned(pixels: Tensor, turns: Tensor) -> Tensor:
    """The hue moved on by `turns` of the colour circle: pixels [J, 3, P], turns [J, 1, 1].

    The least and the greatest channel, so value and saturation, stay. How far the hue is from red
    needs no case distinction: 1 + (green + blue - red - least) / (most - least) sixths of a turn,
    on the side of the larger one of green and blue. A channel is greatest within a sixth of a turn
    of its own hue, least beyond a third, and linear between.
    """
    red, green, blue = pixels.split(1, dim=1)
    most = torch.maximum(red, green).maximum(blue)
    least = torch.minimum(red, green).minimum(blue)
    spread = most - least
    from_red = (green - red).add_(blue).sub_(least)
    from_red.div_(spread.clamp(min=torch.finfo(pixels.dtype).tiny)).add_(1)
    hue = torch.copysign(from_red, green - blue).div_(6).add_(turns)
    away = hue - _beside(pixels, torch.tensor(OPPOSITE, dtype=torch.float64)).view(3, 1)
    away.sub_(away.round())
    return away.abs_().mul_(6).sub_(1).clamp_(0, 1).mul_(spread).add_(least)


def _beside(x: Tensor, part: Tensor) -> Tensor:
    """A part of the draws on the device and in the type of x, without waiting for the device."""
    return part.to(x.device, x.dtype, non_blocking=True)
