"""A training step of three MLP_TAB members against three plain PyTorch models, taking turns."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from turns import medians_in_turn, milliseconds_of

from iunet.architectures import find_net
from iunet.declare.protocol import default_protocol, find_protocol
from iunet.declare.settings import Start
from iunet.nets.export import member
from iunet.nets.network import fresh_statistics
from iunet.nets.start import initial_weights
from iunet.train.batches import epoch_batches
from iunet.train.cohort import threads_for
from iunet.train.schedule import decay_rate
from iunet.train.step import Stepper
from iunet.views.pool import Pool

MEMBERS, BATCH, STEPS, FEATURES, CLASSES = 3, 128, 10, 20, 2
WORKERS = os.cpu_count() or 1
ROUNDS = 7
GOAL = 0.85


@pytest.fixture(scope="module")
def pool():
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(BATCH * STEPS, FEATURES, generator=draw)
    y = torch.randint(CLASSES, (len(x),), generator=draw)
    return Pool(x, y, torch.arange(FEATURES), FEATURES)


@pytest.fixture(scope="module")
def net():
    return find_net("mlp-tab").build(FEATURES, CLASSES, Start("torch-default", 9))


def start(net, seed):
    """Weights [1, P] and statistics [1, 2, S] of one member."""
    weights = initial_weights(net.layout, "torch-default", seed).unsqueeze(0)
    return weights, fresh_statistics(net, 1, torch.float32)


def our_epoch(net, pool) -> Callable[[], None]:
    """An epoch of every member, walked as a cohort is on a CPU: one arithmetic thread each."""
    training = find_protocol(default_protocol()).table.pretrain
    steppers = [Stepper(net, *start(net, seed), None, [training]) for seed in range(MEMBERS)]
    decay = decay_rate(training.optimiser, training.schedule, 0, BATCH, STEPS)
    threads = ThreadPoolExecutor(
        threads_for(MEMBERS, WORKERS), initializer=torch.set_num_threads, initargs=(1,)
    )

    def walk(seed: int) -> None:
        steppers[seed].set_rates(torch.tensor([1e-3]), decay)
        for batch in epoch_batches(pool, [seed], "pretrain", 0, BATCH, None):
            steppers[seed].step(batch)

    return lambda: [None for _ in threads.map(walk, range(MEMBERS))] and None


def plain_epoch(net, pool) -> Callable[[], None]:
    """An epoch of every model, one after another, as one would write it without this suite."""
    models = [member(net, *start(net, seed), 0).train() for seed in range(MEMBERS)]
    rules = [torch.optim.AdamW(model.parameters(), lr=1e-3) for model in models]
    loader = DataLoader(TensorDataset(pool.x, pool.y), batch_size=BATCH, shuffle=True)
    loss_of = nn.CrossEntropyLoss()

    def walk() -> None:
        for model, rule in zip(models, rules, strict=True):
            for x, y in loader:
                rule.zero_grad()
                loss_of(model(x), y).backward()
                rule.step()

    return walk


def matrix_rate() -> float:
    """GFLOP per second of a 2048 x 2048 matrix product in float32 on all threads."""
    a, b = torch.randn(2, 2048, 2048).unbind()
    return 2 * 2048**3 / 1e6 / min(milliseconds_of(lambda: a @ b) for _ in range(5))


def gflop_of_a_step(net) -> float:
    """Of one member: two per weight and row, forward and twice backward."""
    return int(net.layout.in_scope("hidden-weights").sum()) * 2 * 3 * BATCH / 1e9


def test_training_step(net, pool, benchmark, speed_table):
    ours, plain = our_epoch(net, pool), plain_epoch(net, pool)
    load = os.getloadavg()[0]
    found = medians_in_turn(benchmark, ours, plain, ROUNDS)
    rate = matrix_rate()
    share = gflop_of_a_step(net) * MEMBERS / (found.ours / STEPS / 1e3) / rate
    speed_table.append(
        f"three-member step {found.ours / STEPS:.1f} ms, three plain models "
        f"{found.theirs / STEPS:.1f} ms: ratio {found.ratio:.2f}, goal {GOAL}; "
        f"load before the start {load:.1f} on {os.cpu_count()} cores"
    )
    speed_table.append(
        f"share of the matrix rate: {share:.0%} of {rate:.0f} GFLOP/s "
        f"({gflop_of_a_step(net):.2f} GFLOP a member-step)"
    )
