"""A training step of three picture networks against three plain PyTorch models, taking turns."""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from turns import medians_in_turn

from iunet.architectures import find_net
from iunet.declare.data import PictureData, Pictures, Rows
from iunet.declare.protocol import default_protocol, find_protocol
from iunet.declare.settings import Start, Training
from iunet.nets.export import member
from iunet.nets.network import Network, fresh_statistics
from iunet.nets.start import initial_weights
from iunet.train.cohort import threads_for
from iunet.train.feed import Feed, feed_of
from iunet.train.step import Stepper, captured

MEMBERS, BATCH, STEPS, CLASSES = 3, 128, 3, 10
SIZE = (3, 32, 32)
WORKERS = os.cpu_count() or 1
ROUNDS = 3
CPU_GOAL, GPU_GOAL = 1.0, 0.6


def pictures() -> PictureData:
    draw = np.random.default_rng(0)
    x = draw.integers(0, 256, (BATCH * STEPS, *SIZE), dtype=np.uint8)
    y = draw.integers(0, CLASSES, len(x))
    scale = np.full(3, 0.5, dtype=np.float32)
    valid = Rows(np.zeros((1, *SIZE), dtype=np.float32), np.zeros(1, dtype=np.int64))
    return PictureData(Pictures(x, y), valid, CLASSES, scale, scale)


def supervised() -> Training:
    """Without augmentation, which the plain models do without too."""
    return replace(find_protocol(default_protocol()).vision.pretrain, augment=None, contrast=None)


def start(net: Network, seeds: range, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [M, P] and statistics [M, 2, S]."""
    weights = torch.stack([initial_weights(net.layout, "torch-default", seed) for seed in seeds])
    return weights.to(device), fresh_statistics(net, len(seeds), torch.float32).to(device)


def plain_epoch(net: Network, feed: Feed, training: Training) -> Callable[[], None]:
    """An epoch of every model, one after another, as one would write it without this suite."""
    models = [
        member(net, *start(net, range(seed, seed + 1), "cpu"), 0).train().to(feed.device)
        for seed in range(MEMBERS)
    ]
    rules = [torch.optim.SGD(m.parameters(), 1e-3, momentum=0.9, nesterov=True) for m in models]
    data = next(feed.batches([0], "pretrain", 0, replace(training, batch=feed.rows)))
    on_cpu = feed.device.type == "cpu"
    loader = DataLoader(TensorDataset(data.x[0].cpu(), data.y[0].cpu()), BATCH, shuffle=True)
    loss_of = nn.CrossEntropyLoss()

    def walk() -> None:
        for model, rule in zip(models, rules, strict=True):
            for x, y in loader:
                rule.zero_grad()
                loss_of(model(x.to(feed.device)), y.to(feed.device)).backward()
                rule.step()
        if not on_cpu:
            torch.cuda.synchronize()

    return walk


def threaded_epoch(net: Network, feed: Feed, training: Training) -> Callable[[], None]:
    """An epoch of every member, walked as a cohort is on a CPU: one arithmetic thread each."""
    steppers = [
        Stepper(net, *start(net, range(seed, seed + 1), "cpu"), None, [training])
        for seed in range(MEMBERS)
    ]
    threads = ThreadPoolExecutor(
        threads_for(MEMBERS, WORKERS), initializer=torch.set_num_threads, initargs=(1,)
    )

    def walk(seed: int) -> None:
        steppers[seed].set_rates(torch.tensor([1e-3]), 0.0)
        for batch in feed.batches([seed], "pretrain", 0, training):
            steppers[seed].step(batch)

    return lambda: [None for _ in threads.map(walk, range(MEMBERS))] and None


def replayed_epoch(net: Network, feed: Feed, training: Training) -> Callable[[], None]:
    """An epoch of all members as one batched, captured step, as a cohort is walked on a GPU."""
    seeds = range(MEMBERS)
    stepper = Stepper(net, *start(net, seeds, "cuda"), None, [training] * MEMBERS)
    stepper.set_rates(torch.full((MEMBERS,), 1e-3, device="cuda"), 0.0)
    step = captured(stepper, next(feed.batches(seeds, "pretrain", 0, training)))

    def walk() -> None:
        for batch in feed.batches(seeds, "pretrain", 0, training):
            step(batch)
        torch.cuda.synchronize()

    return walk


@pytest.mark.parametrize(("key", "alpha"), [("mlp-vis", 2), ("mlp-vis", 8), ("resnet", 8)])
def test_training_step_of_pictures(key, alpha, benchmark, speed_table):
    compared(key, alpha, "cpu", benchmark, speed_table)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(("key", "alpha"), [("mlp-vis", 8), ("resnet", 8)])
def test_training_step_of_pictures_on_a_gpu(key, alpha, benchmark, speed_table):
    compared(key, alpha, "cuda", benchmark, speed_table)


def compared(key, alpha, device, benchmark, speed_table):
    """Time both, and say what came out."""
    net = find_net(key).build(math.prod(SIZE), CLASSES, Start("torch-default", 8, alpha=alpha))
    training, feed = supervised(), feed_of(pictures(), device, torch.float32)
    our_epoch = threaded_epoch if device == "cpu" else replayed_epoch
    ours, plain = our_epoch(net, feed, training), plain_epoch(net, feed, training)
    load = os.getloadavg()[0]
    found = medians_in_turn(benchmark, ours, plain, ROUNDS)
    goal = CPU_GOAL if device == "cpu" else GPU_GOAL
    speed_table.append(
        f"three-member step of {key} alpha {alpha} on {device} {found.ours / STEPS:.0f} ms, three "
        f"plain models {found.theirs / STEPS:.0f} ms: ratio {found.ratio:.2f}, goal {goal}; "
        f"load before the start {load:.1f} on {os.cpu_count()} cores"
    )
