"""Epochs of three networks: as a cohort walks them on a CPU, and in plain PyTorch."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from turns import times_in_turn

from iunet.declare.settings import Contrast, PictureContrast, Training
from iunet.losses.contrastive import LOSSES
from iunet.nets.export import member
from iunet.nets.network import Network, fresh_statistics
from iunet.nets.start import initial_weights
from iunet.train.cohort import threads_for
from iunet.train.feed import Feed
from iunet.train.step import Stepper

MEMBERS = 3
RATE = 1e-3
WORKERS = os.cpu_count() or 1
OPTIMISERS: dict[str, dict[str, Any]] = {"default": {}, "fused": {"fused": True}}
"""How the plain models' optimiser is made: as torch does by default, and by its fused kernel."""

HEADER = f"{'a step of three members':<48}{'ms':>6}{'default':>14}{'fused':>14}{'goal':>6}"
NOTE = (
    "  ratios to three plain models one after another, by torch's default optimiser and its fused "
    "one;\n  on the clock, and of processor seconds in brackets"
)
Work = Callable[[], object]
Loss = Callable[..., Tensor]


def start(net: Network, seeds: Iterable[int], device: str = "cpu") -> tuple[Tensor, Tensor]:
    """Weights [M, P] and statistics [M, 2, S]."""
    weights = torch.stack([initial_weights(net.layout, "torch-default", seed) for seed in seeds])
    return weights.to(device), fresh_statistics(net, len(weights), torch.float32).to(device)


def threaded_epoch(net: Network, feed: Feed, training: Training, decay: float = 0.0) -> Work:
    """An epoch of every member, walked as a cohort is on a CPU: one arithmetic thread each."""
    steppers = [Stepper(net, *start(net, [seed]), None, [training]) for seed in range(MEMBERS)]
    threads = ThreadPoolExecutor(
        threads_for(MEMBERS, WORKERS), initializer=torch.set_num_threads, initargs=(1,)
    )

    def walk(seed: int) -> None:
        steppers[seed].set_rates(torch.tensor([RATE]), decay)
        for batch in feed.batches([seed], "pretrain", 0, training):
            steppers[seed].step(batch)

    return lambda: [None for _ in threads.map(walk, range(MEMBERS))] and None


def plain_models(net: Network, device: str = "cpu") -> list[nn.Module]:
    """The same networks as modules, with the same initial weights."""
    seeds = range(MEMBERS)
    return [member(net, *start(net, [seed]), 0).train().to(device) for seed in seeds]


def plain_epoch(
    models: list[nn.Module], rules: list[torch.optim.Optimizer], batches: Iterable, loss_of: Loss
) -> Work:
    """An epoch of every model, one after another, as one would write it without this suite."""

    def walk() -> None:
        for model, rule in zip(models, rules, strict=True):
            for batch in batches:
                rule.zero_grad()
                loss_of(model, *batch).backward()
                rule.step()

    return walk


def supervised(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Cross entropy."""
    return functional.cross_entropy(model(x), y)


def contrastive(contrast: Contrast | PictureContrast, decoder_layers: int) -> Loss:
    """Cross entropy of the anchor, and the contrastive loss of anchor and view."""

    def loss_of(model: nn.Module, x: Tensor, view: Tensor, y: Tensor) -> Tensor:
        encoder, decoder = _halves(model, decoder_layers)
        clean, seen = encoder(x), encoder(view)
        one = (part.unsqueeze(0) for part in (clean, seen, y))
        pull = LOSSES[contrast.loss](*one, temperature=contrast.temperature)[0]
        return functional.cross_entropy(decoder(clean), y) + contrast.weight * pull

    return loss_of


def _halves(model: nn.Module, decoder_layers: int) -> tuple[nn.Module, nn.Module]:
    """Encoder and decoder; a hidden layer is a linear map, a batch norm and a ReLU."""
    if isinstance(model, nn.Sequential):
        cut = len(model) - 1 - 3 * decoder_layers
        return model[:cut], model[cut:]
    *encoder, last = model.children()
    return nn.Sequential(*encoder, nn.Flatten()), last


def compared(
    name: str,
    ours: Work,
    plain: dict[str, Work],
    steps: int,
    rounds: int,
    goal: float,
    benchmark,
    speed_table: list[str],
) -> float:
    """A line of the table; returns the milliseconds of our step."""
    load = os.getloadavg()[0]
    found = times_in_turn(benchmark, {"ours": ours} | plain, rounds)
    if HEADER not in speed_table:
        speed_table += [HEADER, NOTE]
    ratios = "".join(f"{found[0].over(theirs):>14}" for theirs in found[1:])
    speed_table.append(
        f"{name:<48}{found[0].passed / steps:>6.1f}{ratios}{goal:>6}; "
        f"load before the start {load:.1f} on {WORKERS} cores"
    )
    return found[0].passed / steps
