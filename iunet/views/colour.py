"""Colours of pictures: jitter and gray, every picture of a batch in its own way.

Brightness, contrast and saturation are linear in the three channels of a pixel and the mean of the
picture, so each is one batched matrix product over the pictures, whichever of them is whose turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

CONTRAST, SATURATION, HUE = 1, 2, 3
"""Places among the factors; brightness is 0."""
GRAY = (0.2989, 0.587, 0.114)
"""Shares of red, green and blue in a gray value."""
OPPOSITE = (1 / 2, 5 / 6, 1 / 6)
"""The hues farthest from red, green and blue, as parts of a turn."""


class Colours(NamedTuple):
    """How pictures of some batches are coloured; the tensors lie where the pictures do.

    `jittered` [J]: places in their batches, batch after batch, within one by whose turn the hue is;
    `mixes`, `pulls` [J, 3, ...]: see _blends; `hues` [J, 1, 1]: see _hue_turned; `grayed` [G]:
    places in their batches; `gray` [3, 3], `opposite` [3, 1]: GRAY and OPPOSITE.
    """

    jittered: Tensor
    mixes: Tensor
    pulls: Tensor
    hues: Tensor
    grayed: Tensor
    gray: Tensor
    opposite: Tensor


class Ends(NamedTuple):
    """Where the parts of one batch end in Colours.

    `jittered`: the beginning, then the ends of those whose hue is first, second, third and last;
    `grayed`: the beginning and the end.
    """

    jittered: list[int]
    grayed: list[int]


def colours_of(
    jitter: Tensor,
    factors: Tensor,
    order: Tensor,
    gray: Tensor,
    sizes: Sequence[int],
    dtype: torch.dtype,
) -> tuple[Colours, list[Ends]]:
    """Work out what is done to the colours of the pictures of some batches, on the CPU.

    Args:
        jitter, gray: which pictures, [B].
        factors: of brightness, contrast and saturation (1: as it was, 0: black, mean gray, gray),
            and the turn of the hue (1: once round), [B, 4].
        order: which of the four comes first, second, third and last, [B, 4].
        sizes: how many pictures each batch has.
    """
    kinds = order.shape[1]
    batch = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    place = torch.cat([torch.arange(size) for size in sizes])
    turn = batch * kinds + (order == HUE).int().argmax(dim=1)
    chosen, grayed = jitter.nonzero().squeeze(1), gray.nonzero().squeeze(1)
    chosen = chosen[turn[chosen].argsort(stable=True)]
    ends = [0, *turn[chosen].bincount(minlength=len(sizes) * kinds).cumsum(0).tolist()]
    grays = [0, *batch[grayed].bincount(minlength=len(sizes)).cumsum(0).tolist()]
    mixes, pulls = _blends(factors[chosen], order[chosen])
    colours = Colours(
        jittered=place[chosen],
        mixes=mixes.to(dtype),
        pulls=pulls.to(dtype),
        hues=factors[chosen, HUE].view(-1, 1, 1).to(dtype),
        grayed=place[grayed],
        gray=torch.tensor(GRAY, dtype=dtype).repeat(3, 1),
        opposite=torch.tensor(OPPOSITE, dtype=torch.float64).to(dtype).view(3, 1),
    )
    return colours, [
        Ends(ends[n * kinds : (n + 1) * kinds + 1], grays[n : n + 2]) for n in range(len(sizes))
    ]


def jitter_(x: Tensor, colours: Colours, ends: Ends) -> None:
    """Change brightness, contrast, saturation and hue of some pictures, values kept in [0, 1].

    Args:
        x: pictures of a batch [B, 3, H, W] in [0, 1], changed in place.
        ends: those of the batch.

    Source: torchvision's ColorJitter on floats.
    """
    first, last = ends.jittered[0], ends.jittered[-1]
    places, mixes, pulls, hues = (part[first:last] for part in colours[:4])
    pixels = x.index_select(0, places).flatten(2)
    for n, (start, end) in enumerate(pairwise(end - first for end in ends.jittered)):
        if start < end:
            turned = _hue_turned(pixels[start:end], hues[start:end], colours.opposite)
            pixels[start:end] = turned
        if n < mixes.shape[1]:
            pulled = pulls[:, n] @ pixels.mean(dim=2, keepdim=True)
            pixels = torch.baddbmm(pulled, mixes[:, n], pixels).clamp_(0, 1)
    x.index_copy_(0, places, pixels.view(-1, *x.shape[1:]))


def gray_(x: Tensor, colours: Colours, ends: Ends) -> None:
    """Make some pictures of a batch gray in place: x [B, 3, H, W]; see jitter_."""
    places = colours.grayed[slice(*ends.grayed)]
    gray = colours.gray @ x.index_select(0, places).flatten(2)
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


def _hue_turned(pixels: Tensor, turns: Tensor, opposite: Tensor) -> Tensor:
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
    away = hue - opposite
    away.sub_(away.round())
    return away.abs_().mul_(6).sub_(1).clamp_(0, 1).mul_(spread).add_(least)
