"""Small networks, tables and settings that train in a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch

from baselines.registry import find_method
from iunet.architectures import find_nets
from iunet.declare import sharing
from iunet.declare.contract import Fitted
from iunet.declare.data import Data, FitData, Rows
from iunet.declare.net import Net
from iunet.declare.protocol import Protocol, shipped_protocols
from iunet.declare.resolve import grid, resolve
from iunet.declare.settings import Chain, Start, Training
from iunet.nets.mlp import Mlp
from iunet.nets.network import Network, fresh_statistics
from iunet.train.cohort import fit_cohort
from iunet.train.objective import Batch
from iunet.train.progress import Meter
from iunet.train.stage import Member, StageRun


def from_the_text() -> Protocol:
    """The shipped protocol whose pruned nets go on from their initial weights."""
    return next(p for p in shipped_protocols().values() if p.table.cut.restart == "initial")


def from_the_code() -> Protocol:
    """The shipped protocol whose pruned nets go on from their first epoch."""
    return next(p for p in shipped_protocols().values() if p.table.cut.restart == "first-epoch")


PROTOCOLS = {"text": from_the_text, "code": from_the_code}


def blobs(rows: int = 72, features: int = 6, classes: int = 3, seed: int = 0) -> FitData:
    """Noisy clusters, two thirds for training; the last three columns are one raw feature."""
    draw = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    x = draw.normal(size=(rows, features)) + 1.5 * draw.normal(size=(classes, features))[y]
    parts = [
        Rows(x[i].astype(np.float32), y[i]) for i in np.split(np.arange(rows), [rows * 2 // 3])
    ]
    return FitData(
        train=parts[0],
        valid=parts[1],
        n_classes=classes,
        groups=np.minimum(np.arange(features), features - 3),
        categorical=np.arange(features) >= features - 3,
    )


def tiny_net(n_features: int = 6, n_classes: int = 3, encoder_layers: int = 2) -> Mlp:
    """Three hidden layers of 16."""
    return Mlp(n_features, (16,) * 3, n_classes, encoder_layers)


def build_tiny(n_features: int, n_classes: int, start: Start) -> Mlp:
    """The tiny net as a declared net is built."""
    return tiny_net(n_features, n_classes, start.encoder_layers)


def use_net(monkeypatch: pytest.MonkeyPatch, build: Callable[[int, int, Start], Network]) -> None:
    """Declare a net called "tiny", which has no size rule, for the length of a test."""
    monkeypatch.setitem(find_nets(), "tiny", Net("tiny", "table", build))


def small(training: Training, epochs: int = 6, **changes) -> Training:
    """The same stage with few epochs and small batches, and a cycle that ends within them."""
    cycle = 15 if training.schedule.ticks_per_epoch > 1 else 2
    schedule = replace(training.schedule, first_cycle=cycle)
    return replace(training, epochs=epochs, batch=16, schedule=schedule, **changes)


def small_chain(protocol: Protocol, method: str, epochs: int = 6, **changes) -> Chain:
    """A method's settings under a protocol, made small; `changes` go to both stages."""
    recipe = find_method(method)
    chain = resolve(recipe, protocol.table, grid(recipe, protocol.table)[-1])
    return replace(
        chain,
        start=replace(chain.start, encoder_layers=2),
        pretrain=small(chain.pretrain, epochs, **changes),
        cut=chain.cut and replace(chain.cut, ratio=2),
        finetune=chain.finetune and small(chain.finetune, epochs, **changes),
    )


def cohort_of(chain_of, protocol: Protocol, methods, seeds=(0,), **changes) -> list[sharing.Member]:
    """Runs of methods with seeds; `chain_of` makes a method's settings under a protocol small."""
    return [
        sharing.Member(f"{method} {seed}", chain_of(protocol, method, **changes), seed)
        for method in methods
        for seed in seeds
    ]


def fit(data: Data, members: list[sharing.Member], **options) -> dict[str, Fitted | Exception]:
    """What runs of the tiny net gave."""
    return dict(fit_cohort(data, "tiny", members, data_id="data", **options))


def stop_after(times: int) -> tuple[Callable[[object], None], threading.Event]:
    """Something to tell of progress, and the event that it sets when it was told so often."""
    stop, told = threading.Event(), count(1)

    def tell(_: object) -> None:
        if next(told) == times:
            stop.set()

    return tell, stop


def random_weights(net: Mlp, members: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [M, P] and statistics [M, 2, S] in float64, all of them away from 0 and 1."""
    draw = torch.Generator().manual_seed(seed)
    weights = torch.randn(members, net.layout.total, generator=draw, dtype=torch.float64) * 0.5
    width = sum(net.hidden)
    statistics = torch.rand(members, 2, width, generator=draw, dtype=torch.float64) + 0.5
    return weights, statistics


def random_batch(net: Mlp, members: int, rows: int, seed: int = 0, view: bool = False) -> Batch:
    """Rows, labels and views [M, B, ...] in float64."""
    draw = torch.Generator().manual_seed(seed)
    x, seen = torch.randn(
        2, members, rows, net.n_features, generator=draw, dtype=torch.float64
    ).unbind()
    y = torch.randint(net.n_classes, (members, rows), generator=draw)
    return Batch(x, y, seen if view else None)


def stage_member(net: Mlp, training: Training, seed: int = 0, mask=None) -> Member:
    """A member with random weights at the beginning of a stage."""
    weights, _ = random_weights(net, 1, seed)
    statistics = fresh_statistics(net, 1, torch.float64)[0]
    return Member("pretrain", training, seed, weights[0], statistics, mask)


def stage_run(net: Mlp, data: FitData, members, checkpoints=None, stop=None) -> StageRun:
    """A stage on the CPU; `stop` is an event."""
    meter = Meter(0) if stop is None else Meter(0, stop=stop)
    return StageRun(net, data, members, device="cpu", meter=meter, checkpoints=checkpoints)


def assert_same(a: object, b: object) -> None:
    """Bit-equal results, times aside."""
    assert isinstance(a, Fitted) and isinstance(b, Fitted)
    assert torch.equal(a.predictor.weights, b.predictor.weights)
    assert torch.equal(a.predictor.statistics, b.predictor.statistics)
    assert a.facts == b.facts
    assert a.trace == b.trace
    assert set(a.drawings) == set(b.drawings)
    assert all(np.array_equal(array, b.drawings[name]) for name, array in a.drawings.items())
