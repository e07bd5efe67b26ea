"""A training step of three MLP_TAB members against three plain PyTorch models, taking turns."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

import pytest
import torch
from steps import (
    MEMBERS,
    OPTIMISERS,
    RATE,
    compared,
    contrastive,
    plain_epoch,
    plain_models,
    supervised,
    threaded_epoch,
)
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from turns import milliseconds_of, times_in_turn

from baselines.registry import find_methods
from iunet.architectures import find_net
from iunet.declare.protocol import default_protocol, find_protocol
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import grid, resolve
from iunet.declare.settings import Contrast, Start, Training
from iunet.declare.sharing import Member, batch_starts, member_steps, supernets
from iunet.train.feed import TableFeed
from iunet.train.schedule import decay_rate
from iunet.views.pool import Pool
from iunet.views.scarf import corrupted

BATCH, FEATURES, CLASSES = 128, 20, 2
ROWS = {"large": 640, "small": 150}
"""Five whole batches, and one with a short one after it."""
GOALS = {"large": 0.8, "small": 0.95}
ROUNDS = 5
TABLE = find_protocol(default_protocol()).table


@pytest.fixture(scope="module")
def net():
    return find_net("mlp-tab").build(FEATURES, CLASSES, Start("torch-default", 9))


def pool_of(rows: int) -> Pool:
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(rows, FEATURES, generator=draw)
    y = torch.randint(CLASSES, (len(x),), generator=draw)
    return Pool(x, y, torch.arange(FEATURES), FEATURES)


def our_epoch(net, pool: Pool, training: Training):
    steps = len(batch_starts(len(pool.x), BATCH))
    decay = decay_rate(training.optimiser, training.schedule, 0, BATCH, steps)
    return threaded_epoch(net, TableFeed(pool), training, decay)


@dataclass(frozen=True)
class Viewed:
    """Batches of a loader, each with its views, drawn by this suite's function."""

    loader: DataLoader
    pool: Pool
    contrast: Contrast

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        draw = torch.Generator().manual_seed(1)
        for x, y in self.loader:
            yield x, corrupted(x, self.pool.x, self.pool.groups, self.contrast.views, draw), y


def their_epoch(net, pool: Pool, contrast: Contrast | None, optimiser: str):
    models = plain_models(net)
    options = OPTIMISERS[optimiser]
    rules = [torch.optim.AdamW(m.parameters(), lr=RATE, **options) for m in models]
    loader = DataLoader(TensorDataset(pool.x, pool.y), batch_size=BATCH, shuffle=True)
    if contrast is None:
        return plain_epoch(models, rules, loader, supervised)
    batches = Viewed(loader, pool, contrast)
    return plain_epoch(models, rules, batches, contrastive(contrast, decoder_layers=0))


def matrix_rate() -> float:
    """GFLOP per second of a 2048 x 2048 matrix product in float32 on all threads."""
    a, b = torch.randn(2, 2048, 2048).unbind()
    return 2 * 2048**3 / 1e6 / min(milliseconds_of(lambda: a @ b) for _ in range(5))


def gflop_of_a_step(net) -> float:
    """Of one member: two per weight and row, forward and twice backward."""
    return int(net.layout.in_scope("hidden-weights").sum()) * 2 * 3 * BATCH / 1e9


@pytest.mark.parametrize("objective", ["supervised", "ILO"])
@pytest.mark.parametrize("table", ROWS)
def test_training_step(table, objective, net, benchmark, speed_table):
    pool, contrast = pool_of(ROWS[table]), TABLE.contrast if objective == "ILO" else None
    steps = len(batch_starts(len(pool.x), BATCH))
    milliseconds = compared(
        f"MLP_TAB, {table} table, {objective}",
        our_epoch(net, pool, replace(TABLE.pretrain, contrast=contrast)),
        {name: their_epoch(net, pool, contrast, name) for name in OPTIMISERS},
        steps,
        ROUNDS,
        GOALS[table],
        benchmark,
        speed_table,
    )
    if (table, objective) == ("large", "supervised"):
        gflop, rate = gflop_of_a_step(net), matrix_rate()
        share = gflop * MEMBERS / (milliseconds / 1e3) / rate
        speed_table.append(
            f"  share of the matrix rate: {share:.0%} of {rate:.0f} GFLOP/s "
            f"({gflop:.2f} GFLOP a member-step)"
        )


def test_bfloat16_against_float32(net, benchmark, speed_table):
    pool = pool_of(ROWS["large"])
    works = {
        precision: our_epoch(net, pool, replace(TABLE.pretrain, precision=precision))
        for precision in ("bfloat16", "float32")
    }
    narrow, usual = times_in_turn(benchmark, works, ROUNDS)
    speed_table.append(
        f"a step in bfloat16 takes {narrow.over(usual)} of one in float32 on this processor"
    )


def test_what_a_cohort_shares(benchmark, speed_table):
    taken: list[float] = []

    def import_() -> None:
        command = [sys.executable, "-c", "import iunet.train.cohort"]
        taken.append(milliseconds_of(lambda: subprocess.run(command, check=True)) / 1e3)

    benchmark.pedantic(import_, rounds=3, warmup_rounds=1)
    members = [
        Member(key, resolve(recipe, TABLE, grid(recipe, TABLE)[0]), seed)
        for key, recipe in find_methods().items()
        if isinstance(recipe, Recipe)
        for seed in range(MEMBERS)
    ]
    alone = [supernets([member])[0] for member in members]
    steps = [sum(member_steps(s, 1000) for s in sets) for sets in (supernets(members), alone)]
    speed_table += [
        f"what a cohort brings on a CPU: methods that share a supernet train it once, which takes "
        f"{steps[0] / steps[1]:.0%} of the steps for all methods at one grid point; start-up "
        f"({median(taken[1:]):.1f} s to import) and preparing the data are paid once",
        "what it does not bring: each member is walked alone, on one thread, so company makes none "
        "of its steps cheaper; validation and test rows are scored for each member by itself",
    ]
