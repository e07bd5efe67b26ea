"""Batch norm of every member by itself."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

NORM_EPS = 1e-5
NORM_MOMENTUM = 0.1


def norm_rows(
    x: Tensor,
    scale: Tensor,
    shift: Tensor,
    statistics: Tensor,
    *,
    training: bool,
    relu: bool = True,
) -> Tensor:
    """Batch norm of rows x [M, B, H], then ReLU where it is asked for; see norm."""
    members, batch, width = x.shape
    channels = x.transpose(0, 1).reshape(batch, members * width)
    out = norm(channels, scale, shift, statistics, training=training)
    if relu:
        out = functional.relu(out, inplace=True)
    return out.view(batch, members, width).transpose(0, 1)


def norm(x: Tensor, scale: Tensor, shift: Tensor, statistics: Tensor, *, training: bool) -> Tensor:
    """Batch norm of x [B, M * C, ...], whose members lie side by side, for each by itself.

    Computed and returned in the precision of scale and shift, whatever that of x.

    Args:
        scale, shift: [M, C].
        statistics: [M, 2, C]; read in evaluation, filled with the batch's in training.
    """
    # In training a momentum of 1 leaves the batch's own statistics in this copy.
    own = statistics.transpose(0, 1).reshape(2, -1).clone()
    mean, variance = own.unbind()
    out = functional.batch_norm(
        x.to(scale.dtype),
        mean,
        variance,
        scale.reshape(-1),
        shift.reshape(-1),
        training=training,
        momentum=1.0 if training else 0.0,
        eps=NORM_EPS,
    )
    if training:
        statistics.copy_(own.view(2, *scale.shape).transpose(0, 1))
    return out
