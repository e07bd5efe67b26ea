"""An epoch of sixteen cocktail configurations against sixteen plain modules, taking turns."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.nn import functional
from turns import medians_in_turn

from bench.run.search import next_configs
from iunet.architectures import find_net
from iunet.declare.protocol import default_protocol, find_protocol
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import resolve
from iunet.nets.export import member
from iunet.nets.network import fresh_statistics
from iunet.nets.start import initial_weights
from iunet.recipes.mlp_tab_c import METHOD, cocktail
from iunet.regularise.adversarial import Adversarial
from iunet.train.batches import epoch_batches
from iunet.train.changes import changing
from iunet.train.cohort import threads_for
from iunet.train.step import Stepper
from iunet.views.pool import Pool

TRIALS, ROWS, FEATURES, CLASSES, BATCH = 16, 500, 20, 2, 128
WORKERS = os.cpu_count() or 1
ROUNDS = 5
RATE = 1e-3
ALIKE_GOAL, MIXED_GOAL = 0.9, 1.0


@pytest.fixture(scope="module")
def pool():
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(ROWS, FEATURES, generator=draw)
    y = torch.randint(CLASSES, (ROWS,), generator=draw)
    return Pool(x, y, torch.arange(FEATURES), FEATURES)


def chains(configs):
    base = resolve(Recipe(key="plain", stage="single"), find_protocol(default_protocol()).table)
    return [cocktail(base, config) for config in configs]


def alike():
    """Configurations of one structure that differ in weight decay alone."""
    (config,) = next_configs(METHOD.space, 1, [], 1)
    plain = {"norm": True, "skip": True, "branches": "one", "dropout": False, "lookahead": False}
    plain |= {"averaging": False, "augmentation": "none", "snapshots": False, "decay": True}
    return [{**config, **plain, "weight_decay": 10 ** (-5 + i / 4)} for i in range(TRIALS)]


class Ours:
    """The configurations walked as a cohort is on a CPU: one arithmetic thread each."""

    def __init__(self, pool, found):
        self.pool = pool
        self.trainings = [chain.pretrain for chain in found]
        self.nets = [find_net("mlp-tab").build(FEATURES, CLASSES, chain.start) for chain in found]
        self.steppers = [
            Stepper(net, *begun(net, seed), None, [training], torch.ones(CLASSES))
            for seed, (net, training) in enumerate(zip(self.nets, self.trainings, strict=True))
        ]
        self.losses = [0.0] * len(found)
        self.threads = ThreadPoolExecutor(
            threads_for(len(found), WORKERS), initializer=torch.set_num_threads, initargs=(1,)
        )

    def walk(self, seed):
        stepper, training = self.steppers[seed], self.trainings[seed]
        stepper.set_rates(torch.tensor([RATE]), training.optimiser.weight_decay)
        change = changing(self.nets[seed], training, [seed], "pretrain", 0)
        for batch in epoch_batches(self.pool, [seed], "pretrain", 0, BATCH, None):
            self.losses[seed] = float(stepper.step(change(batch)))
            for follower in stepper.followers:
                follower.after_step()

    def __call__(self):
        list(self.threads.map(self.walk, range(len(self.steppers))))


class Plain:
    """Modules of the same structure one after another, with PyTorch's fused optimiser."""

    def __init__(self, pool, found):
        self.pool = pool
        nets = [find_net("mlp-tab").build(FEATURES, CLASSES, chain.start) for chain in found]
        self.modules = [member(net, *begun(net, seed), 0).train() for seed, net in enumerate(nets)]
        self.losses = [0.0] * len(found)
        parts = [chain.pretrain.regularisers for chain in found]
        steps = [[one.epsilon for one in own if isinstance(one, Adversarial)] for own in parts]
        self.epsilons = [own[0] if own else None for own in steps]
        self.rules = [
            torch.optim.AdamW(
                module.parameters(),
                lr=RATE,
                weight_decay=chain.pretrain.optimiser.weight_decay,
                fused=True,
            )
            for module, chain in zip(self.modules, found, strict=True)
        ]

    def __call__(self):
        for seed, (module, rule) in enumerate(zip(self.modules, self.rules, strict=True)):
            for batch in epoch_batches(self.pool, [seed], "pretrain", 0, BATCH, None):
                rule.zero_grad()
                loss = self.loss(seed, module, batch.x[0], batch.y[0])
                loss.backward()
                rule.step()
                self.losses[seed] = loss.item()

    def loss(self, seed, module, x, y):
        """The mean of clean and moved rows where the configuration has it, else the clean loss."""
        epsilon = self.epsilons[seed]
        if epsilon is None:
            return functional.cross_entropy(module(x), y)
        rows = x.clone().requires_grad_()
        clean = functional.cross_entropy(module(rows), y)
        (slope,) = torch.autograd.grad(clean, rows, retain_graph=True)
        return (clean + functional.cross_entropy(module(x + epsilon * slope.sign()), y)) / 2


def begun(net, seed):
    weights = initial_weights(net.layout, "torch-default", seed).unsqueeze(0)
    return weights, fresh_statistics(net, 1, torch.float32)


def test_configurations_of_one_structure(pool, benchmark, speed_table):
    found = chains(alike())
    ours, plain = Ours(pool, found), Plain(pool, found)
    ours()
    plain()
    assert ours.losses == pytest.approx(plain.losses, rel=1e-2)

    measured = medians_in_turn(benchmark, ours, plain, ROUNDS)

    speed_table.append(
        f"16 configurations of one structure {measured.ours:.0f} ms an epoch, 16 plain modules one "
        f"after another {measured.theirs:.0f} ms: ratio {measured.ratio:.2f}, goal {ALIKE_GOAL}"
    )


def test_a_mixed_batch_of_the_space(pool, benchmark, speed_table):
    found = chains(next_configs(METHOD.space, 1, [], TRIALS))
    ours, plain = Ours(pool, found), Plain(pool, found)

    measured = medians_in_turn(benchmark, ours, plain, ROUNDS)

    speed_table.append(
        f"16 configurations drawn from the space {measured.ours:.0f} ms an epoch, plain modules of "
        f"their structures without dropout and mixing {measured.theirs:.0f} ms: ratio "
        f"{measured.ratio:.2f}, goal {MIXED_GOAL}"
    )
