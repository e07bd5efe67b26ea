"""Convolutions with a member axis: members lie side by side in the channels, [B, M * C, H, W]."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def side_by_side(x: Tensor) -> Tensor:
    """Pictures [M, B, C, H, W] as [B, M * C, H, W].

    A single member's on a CPU come channel by channel in memory, which convolves faster there.
    """
    merged = x.transpose(0, 1).flatten(1, 2)
    if len(x) == 1 and x.device.type == "cpu":
        return merged.contiguous(memory_format=torch.channels_last)
    return merged


def rows(x: Tensor, members: int) -> Tensor:
    """Each member's values of x [B, M * C, H, W] in a row, [M, B, C * H * W]."""
    return x.reshape(len(x), members, -1).transpose(0, 1)


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None, *, stride: int = 1) -> Tensor:
    """Each member's convolution of x [B, M * C, H, W], padded by half the kernel.

    Args:
        weight: [M, out, C, k, k], k odd.
        bias: [M, out].
    """
    half, kernel = weight.shape[-1] // 2, weight.flatten(0, 1)
    if half and x.shape[2:] == (1, 1):  # of a single pixel, all but the kernel's centre see padding
        centre = weight[0, 0, 0].numel() // 2
        kernel, half = kernel.flatten(2)[:, :, centre, None, None], 0
    offset = None if bias is None else bias.flatten()
    return functional.conv2d(x, kernel, offset, stride, half, groups=len(weight))
