"""The vision networks as plain PyTorch modules, and groups of random members of ours."""

from __future__ import annotations

import torch
from torch import nn
from torchvision.models import resnet18

from iunet.architectures import find_net
from iunet.declare.settings import Start
from iunet.nets.network import Network, Passed

CLASSES = 5


def plain_cnn(alpha: int = 2) -> nn.Sequential:
    """Eight convolutions, a hidden linear layer and a head, written out."""
    plan = [(1, 1), (2, 2), (2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2)]
    layers, n_in = [], 3
    for factor, stride in plan:
        n_out = factor * alpha
        conv = nn.Conv2d(n_in, n_out, 3, stride, padding=1)
        layers += [conv, nn.BatchNorm2d(n_out), nn.ReLU()]
        n_in = n_out
    width = 64 * alpha
    hidden = [nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), *hidden, nn.Linear(width, CLASSES))


def plain_mlp() -> nn.Sequential:
    """The perceptron of alpha 1."""
    layers, n_in = [nn.Flatten()], 3072
    for n_out in (1024, 512, 512, 256, 256, 128, 128, 64, 64):
        layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
        n_in = n_out
    return nn.Sequential(*layers, nn.Linear(n_in, CLASSES))


def plain_resnet() -> nn.Module:
    """torchvision's."""
    return resnet18(weights=None, num_classes=CLASSES)


PLAIN = {"cnn": plain_cnn, "mlp-vis": plain_mlp, "resnet": plain_resnet}


def vision_net(key: str, encoder_layers: int = 9) -> Network:
    """Ours, as narrow as the plain one."""
    start = Start("torch-default", encoder_layers, alpha={"cnn": 2}.get(key, 1))
    return find_net(key).build(3072, CLASSES, start)


def random_group(net: Network, members: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [M, P] and statistics [M, 2, S] in float64 at which signals neither die nor grow."""
    draw = torch.Generator().manual_seed(0)
    parts = []
    for slot in net.layout.slots:
        values = torch.randn(members, slot.size, generator=draw, dtype=torch.float64)
        spread = {"weight": (2 / slot.fan_in) ** 0.5}.get(slot.kind, 0.2)
        parts.append(values * spread + (slot.kind == "scale"))
    width = sum(net.norm_widths)
    statistics = torch.rand(members, 2, width, generator=draw, dtype=torch.float64)
    statistics[:, 1] += 0.5
    return torch.cat(parts, dim=1), statistics


def random_pictures(members: int, batch: int = 4, seed: int = 1) -> torch.Tensor:
    """Pictures [M, B, 3, 32, 32] in float64."""
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(members, batch, 3, 32, 32, generator=draw, dtype=torch.float64)


def trained_on(net: Network, weights: torch.Tensor, x: torch.Tensor) -> tuple[Passed, torch.Tensor]:
    """One pass in training mode, and the gradient [M, P] of `loss_of` what it gives."""
    leaves = {name: part.requires_grad_() for name, part in net.layout.views(weights).items()}
    passed = net.forward(leaves, x, None)
    loss = loss_of(passed.features, passed.logits)
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    return passed, torch.cat([g.reshape(len(weights), -1) for g in gradients], dim=1)


def loss_of(features: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """Something that depends on every feature and logit [..., B, .] of every member."""
    return (logits.logsumexp(dim=-1) + features.square().mean(dim=-1)).mean(dim=-1).sum()


def norms_of(module: nn.Module) -> list[nn.BatchNorm1d | nn.BatchNorm2d]:
    """The batch norms of a plain module in its own order."""
    return [m for m in module.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]


def flat_gradient(module: nn.Module) -> torch.Tensor:
    """The gradients of a plain module in the order of our flat vector, [P]."""
    gradients = [parameter.grad for parameter in module.parameters()]
    return torch.cat([(g.T if g.ndim == 2 else g).reshape(-1) for g in gradients])
