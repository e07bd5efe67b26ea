"""What a CUDA graph needs of a step, shown without a GPU.

A capture forbids whatever asks the device for a value, and a replay repeats what was captured, with
nothing changed but the tensors in it. The first is watched on the meta device, which holds no
values; for the second a step is traced once for each shape of a batch, and the trace is replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from plain_nets import vision_net
from small_cocktails import SETS, net_of, training_of
from small_pictures import contrast, picture_chain, pictures
from small_runs import PROTOCOLS, blobs, from_the_code, random_batch, small_chain, tiny_net
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._python_dispatch import TorchDispatchMode

from baselines.registry import find_methods
from iunet.declare.data import Data
from iunet.declare.recipe import Recipe
from iunet.declare.settings import Training
from iunet.nets.network import Network, fresh_statistics
from iunet.nets.start import initial_weights
from iunet.train import stage
from iunet.train.batched import ieee_float32
from iunet.train.changes import changing
from iunet.train.feed import feed_of
from iunet.train.objective import Batch
from iunet.train.progress import Meter
from iunet.train.step import Stepper

MEMBERS = 2
RECIPES = sorted(key for key, method in find_methods().items() if isinstance(method, Recipe))
ASKS = {
    *("_local_scalar_dense", "is_nonzero", "equal", "item", "nonzero", "masked_select", "bincount"),
    *("_unique", "_unique2", "unique_dim", "unique_consecutive", "repeat_interleave", "histc"),
}
"""Operations whose result, or its shape, the processor has to know."""


@dataclass(frozen=True)
class Case:
    """A stage of a network on data; `masked` members keep two thirds of their weights."""

    net: Network
    data: Data
    training: Training
    masked: bool = False

    def members(self) -> list[stage.Member]:
        """Members that differ in seed, weights, mask, learning rate and l1."""
        return [self._member(seed) for seed in range(MEMBERS)]

    def _member(self, seed: int) -> stage.Member:
        weights = initial_weights(self.net.layout, "torch-default", seed).double()
        draw = torch.Generator().manual_seed(seed)
        mask = torch.rand(weights.shape, generator=draw) > 1 / 3
        shrink, optimiser = self.training.shrink, self.training.optimiser
        training = replace(
            self.training,
            optimiser=replace(optimiser, learning_rate=optimiser.learning_rate / (seed + 1)),
            shrink=shrink and replace(shrink, l1=shrink.l1 * (seed + 1)),
        )
        statistics = fresh_statistics(self.net, 1, torch.float64)[0]
        return stage.Member(
            "pretrain", training, seed, weights, statistics, mask if self.masked else None
        )


def table_cases() -> Iterator[tuple[str, Case]]:
    """Both stages of every recipe under both protocols, and every regulariser."""
    for name, protocol in PROTOCOLS.items():
        for method in RECIPES:
            chain = small_chain(protocol(), method, epochs=2, precision="float64")
            yield f"{name}-{method}", Case(TABLE, blobs(), chain.pretrain)
            if chain.finetune:
                yield f"{name}-{method}-finetune", Case(TABLE, blobs(), chain.finetune, True)
    for name, (structure, parts) in SETS.items():
        for kind, balanced in (("", False), (", balanced", True)):
            training = training_of(parts, balanced, epochs=2)
            yield name + kind, Case(net_of(structure), blobs(), training)


def picture_cases(net: Network) -> Iterator[tuple[str, Case]]:
    """Both stages of every recipe under both protocols, and every contrast."""
    data = pictures(count=20, classes=5, valid=5)
    for name, protocol in PROTOCOLS.items():
        for method in RECIPES:
            chain = picture_chain(protocol(), method, epochs=2, precision="float64")
            yield f"{name}-{method}", Case(net, data, chain.pretrain)
            if chain.finetune:
                yield f"{name}-{method}-finetune", Case(net, data, chain.finetune, True)
    for passes in ("joint", "separate"):
        for anchor in ("clean", "view"):
            for supervised in ("clean", "augmented"):
                pair = contrast(anchor, supervised, passes)
                chain = picture_chain(from_the_code(), "dense", 2, precision="float64")
                training = replace(chain.pretrain, contrast=pair)
                yield f"{passes}-{anchor}-{supervised}", Case(net, data, training)


def distinct(cases: Iterator[tuple[str, Case]]) -> dict[str, Case]:
    """Each once: recipes share stages."""
    found: dict[Any, tuple[str, Case]] = {}
    for key, case in cases:
        found.setdefault((case.training, case.masked, id(case.net)), (key, case))
    return dict(found.values())


TABLE, TINY = tiny_net(), tiny_net(3072, 5)
TABLES = distinct(table_cases())
PICTURES = distinct(picture_cases(vision_net("cnn")))
NARROW = {key: replace(case, net=TINY) for key, case in PICTURES.items()}
RESNET = {"resnet": replace(PICTURES["code-iunet"], net=vision_net("resnet"))}


class Capture(TorchDispatchMode):
    """Raises on what a capture forbids: asking for a value, a shape that hangs on values, and
    going from one device to another."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name = func.overloadpacket.__name__
        tensors = [part for part in (*args, *(kwargs or {}).values()) if isinstance(part, Tensor)]
        if name in ASKS:
            raise AssertionError(f"a step calls {name}")
        if name in ("index", "index_put_"):
            places = [one for one in args[1] if one is not None]
            assert all(one.dtype != torch.bool for one in places), "a step indexes by a mask"
        devices = {one.device for one in tensors if one.ndim}
        assert len(devices) <= 1, f"{name} takes tensors of {devices}"
        found = func(*args, **(kwargs or {}))
        if isinstance(found, Tensor) and devices:
            assert {found.device} == devices, f"{name} leaves the device"
        return found


def stepper_of(case: Case, device: str) -> Stepper:
    members = case.members()
    mask = torch.stack([one.mask for one in members]).to(device) if case.masked else None
    return Stepper(
        case.net,
        torch.stack([one.weights for one in members]).to(device),
        torch.stack([one.statistics for one in members]).to(device),
        mask,
        [one.training for one in members],
    )


def first_batch(case: Case) -> Batch:
    feed = feed_of(case.data, "cpu", torch.float64)
    seeds = range(MEMBERS)
    change = changing(case.net, case.training, seeds, "pretrain", 0)
    return change(next(iter(feed.batches(seeds, "pretrain", 0, case.training))))


def moved(batch: Batch, device: str) -> Batch:
    parts = vars(batch).items()
    return Batch(**{name: part if part is None else part.to(device) for name, part in parts})


def check_capture(case: Case) -> None:
    made = stepper_of(case, "meta")
    batch = moved(first_batch(case), "meta")
    made.set_rates(torch.zeros(MEMBERS, dtype=torch.float64, device="meta"), 0.0)

    with Capture():
        loss = made.step(batch)

    assert loss.shape == (MEMBERS,)


@pytest.mark.parametrize("case", TABLES.values(), ids=TABLES)
def test_a_step_on_a_table_asks_the_device_for_nothing(case):
    check_capture(case)


@pytest.mark.parametrize("case", (PICTURES | RESNET).values(), ids=PICTURES | RESNET)
def test_a_step_on_pictures_asks_the_device_for_nothing(case):
    check_capture(case)


@pytest.mark.parametrize(
    "asking",
    [
        lambda x: x.sum().item(),
        lambda x: x[x > 0],
        lambda x: torch.bincount((x > 0).long().flatten()),
        lambda x: bool((x > 0).any()),
        lambda x: x.to("cpu"),
        lambda x: torch.zeros(3) + x[:, :3],
    ],
)
def test_a_step_that_asked_would_be_seen(asking):
    with pytest.raises((AssertionError, RuntimeError, NotImplementedError)), Capture():
        asking(torch.ones(2, 3, device="meta"))


def replayed(stepper: Stepper, example: Batch) -> Callable[[Batch], Tensor]:
    """A step traced once and replayed, as `captured` does it on a GPU: numbers are frozen in it."""
    static = example.copy()
    state = {"weights": stepper.weights, "statistics": stepper.statistics}
    state |= stepper.update.state()
    before = {name: tensor.clone() for name, tensor in state.items()}
    graph = make_fx(lambda: stepper.step(static))()
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(before[name])

    def replay(batch: Batch) -> Tensor:
        for into, part in zip(static.parts, batch.parts, strict=True):
            into.copy_(part)
        with torch.no_grad():
            return graph().clone()

    return replay


def run_stage(case: Case, members: list[stage.Member]) -> list[stage.Trained]:
    found = stage.StageRun(case.net, case.data, members, device="cpu", meter=Meter(0)).run()
    assert all(isinstance(one, stage.Trained) for one in found)
    return found


def check_replay(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    walked = [run_stage(case, [member])[0] for member in case.members()]
    traced: list[tuple[int, ...]] = []

    def counted(stepper: Stepper, example: Batch) -> Callable[[Batch], Tensor]:
        traced.append(tuple(example.x.shape))
        return replayed(stepper, example)

    monkeypatch.setattr(stage, "captures", lambda device: True)
    monkeypatch.setattr(stage, "captured", counted)
    together = run_stage(case, case.members())

    assert len(traced) == len(set(traced)) == 2  # whole batches, and the shorter last one
    for alone, one in zip(walked, together, strict=True):
        assert torch.allclose(alone.last.weights, one.last.weights, rtol=0, atol=1e-8)
        assert torch.allclose(alone.last.statistics, one.last.statistics, rtol=0, atol=1e-8)
        assert alone.epoch == one.epoch


REPLAYED = {key: case for key, case in TABLES.items() if not key.endswith(", balanced")}


@pytest.mark.parametrize("case", REPLAYED.values(), ids=REPLAYED)
def test_replayed_steps_on_a_table_train_what_a_walk_trains(case, monkeypatch):
    check_replay(replace(case, data=blobs(rows=66)), monkeypatch)


@pytest.mark.parametrize("case", NARROW.values(), ids=NARROW)
def test_replayed_steps_on_pictures_train_what_a_walk_trains(case, monkeypatch):
    check_replay(case, monkeypatch)


def test_a_number_that_changes_from_step_to_step_is_frozen_as_on_a_gpu():
    case = TABLES["code-dense"]
    made, batch = stepper_of(case, "cpu"), random_batch(TABLE, MEMBERS, 8)
    factors = iter(range(1, 9))
    step = made.step
    made.step = lambda batch: step(batch) * next(factors)  # a rate of zero leaves the loss alone

    replay = replayed(made, batch)

    assert torch.equal(replay(batch), replay(batch))
    assert torch.equal(made.step(batch), 2 * replay(batch))


def test_float32_of_a_gpu_is_not_rounded_to_tf32():
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    matmul.allow_tf32 = cudnn.allow_tf32 = True

    ieee_float32()

    assert not matmul.allow_tf32
    assert not cudnn.allow_tf32
