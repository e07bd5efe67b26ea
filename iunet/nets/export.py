"""One member as a plain PyTorch module, to save and use elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from iunet.nets.network import Network, Statistics
from iunet.nets.norm import NORM_EPS, NORM_MOMENTUM


def member(
    net: Network, weights: Tensor, statistics: Statistics, i: int, mask: Tensor | None = None
) -> nn.Module:
    """Member i in evaluation mode: a perceptron or CNN as nn.Sequential, a ResNet as torchvision's.

    Args:
        weights: parameters of the group [M, P].
        statistics: running means and variances [M, 2, S].
        mask: [M, P] bool, what pruning kept; None where the weights are masked already or dense.

    Returns:
        A module of copies, in the precision of the weights and on the CPU, that gives the logits
        [N, K] of rows [N, D] or pictures [N, 3, 32, 32].
    """
    flat = weights[i] if mask is None else weights[i] * mask[i]
    values = net.layout.views(flat.detach().cpu().unsqueeze(0)).values()
    module = net.plain().to(flat.dtype)
    with torch.no_grad():
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.copy_(value[0].T if parameter.ndim == 2 else value[0])
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    running = statistics[i].cpu().split(net.norm_widths, dim=1)
    for norm, (mean, variance) in zip(norms, running, strict=True):
        norm.eps, norm.momentum = NORM_EPS, NORM_MOMENTUM
        assert norm.running_mean is not None and norm.running_var is not None
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
    return module.eval()
