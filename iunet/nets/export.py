"""One member as a plain PyTorch module, to save and use elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from iunet.nets.mlp import NORM_EPS, NORM_MOMENTUM, Mlp, Statistics


def member(
    net: Mlp, weights: Tensor, statistics: Statistics, i: int, mask: Tensor | None = None
) -> nn.Sequential:
    """Member i in evaluation mode: linear, batch norm and ReLU per layer, then the head.

    Args:
        weights: parameters of the group [M, P].
        statistics: running means and variances [M, 2, S].
        mask: [M, P] bool, what pruning kept; None where the weights are masked already or dense.

    Returns:
        A module of copies, in the precision of the weights and on the CPU, that gives the logits
        [N, K] of rows [N, D].
    """
    flat = weights[i] if mask is None else weights[i] * mask[i]
    values = {name: v[0].cpu() for name, v in net.layout.views(flat.detach().unsqueeze(0)).items()}
    norms = statistics[i].cpu().split(net.hidden, dim=1)
    layers: list[nn.Module] = []
    for n, running in enumerate(norms):
        name = f"layers.{n}"
        layers += [
            _linear(values[f"{name}.linear.weight"], values[f"{name}.linear.bias"]),
            _norm(values[f"{name}.norm.scale"], values[f"{name}.norm.shift"], running),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, _linear(values["head.weight"], values["head.bias"])).eval()


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[0], weight.shape[1], dtype=weight.dtype)
    with torch.no_grad():
        layer.weight.copy_(weight.T)
        layer.bias.copy_(bias)
    return layer


def _norm(scale: Tensor, shift: Tensor, running: Tensor) -> nn.BatchNorm1d:
    """A norm of these parameters [H] and running means and variances [2, H]."""
    layer = nn.BatchNorm1d(len(scale), eps=NORM_EPS, momentum=NORM_MOMENTUM, dtype=scale.dtype)
    with torch.no_grad():
        layer.weight.copy_(scale)
        layer.bias.copy_(shift)
    assert layer.running_mean is not None and layer.running_var is not None
    layer.running_mean.copy_(running[0])
    layer.running_var.copy_(running[1])
    return layer
