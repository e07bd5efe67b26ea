"""The batched, captured step on a CUDA device against the eager one and against the CPU."""

import threading

import pytest
import torch
from small_runs import (
    PROTOCOLS,
    blobs,
    build_tiny,
    random_batch,
    random_weights,
    small_chain,
    stage_member,
    tiny_net,
    use_net,
)

from iunet.declare.sharing import Member
from iunet.train.cohort import Interrupted, fit_cohort
from iunet.train.objective import Batch
from iunet.train.progress import Meter
from iunet.train.stage import StageRun
from iunet.train.step import Stepper, captured

pytestmark = pytest.mark.gpu
BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
METHODS = ["dense", "omp", "iunet", "beta-lasso"]
MEMBERS, BATCH = 3, 16


def on_gpu(batch: Batch) -> Batch:
    """The same batch on the device."""
    return Batch(*(part.to("cuda") for part in (batch.x, batch.y, batch.view)))


def stepper(training, members=MEMBERS):
    net = tiny_net()
    weights, statistics = (tensor.to("cuda") for tensor in random_weights(net, members))
    masks = torch.rand(weights.shape, generator=torch.Generator().manual_seed(1)) > 0.3
    return Stepper(net, weights, statistics, masks.to("cuda"), [training] * members)


@pytest.mark.parametrize("method", ["iunet", "beta-lasso"])
@BOTH
def test_a_captured_step_equals_an_eager_one_even_when_rates_change_on_the_way(protocol, method):
    training = small_chain(protocol(), method).pretrain
    eager, replayed = stepper(training), stepper(training)
    decay = training.optimiser.weight_decay
    batches = [on_gpu(random_batch(tiny_net(), MEMBERS, BATCH, n, view=True)) for n in range(20)]
    for made in (eager, replayed):
        made.set_rates(torch.full((MEMBERS,), 1e-3, dtype=torch.float64, device="cuda"), decay)
    replay = captured(replayed, batches[0])
    assert torch.equal(replayed.weights, eager.weights)  # capturing itself trained nothing

    for n, batch in enumerate(batches):
        rates = torch.full((MEMBERS,), 1e-3 / (n + 1), dtype=torch.float64, device="cuda")
        for made in (eager, replayed):
            made.set_rates(rates, decay / (n + 1))
        assert (eager.step(batch) - replay(batch)).abs().max() < 1e-12

    assert (eager.weights - replayed.weights).abs().max() < 1e-12
    assert (eager.statistics - replayed.statistics).abs().max() < 1e-12


@BOTH
def test_a_stage_on_the_gpu_equals_the_cpu_to_1e_9_in_float64_after_50_steps(protocol):
    data, net = blobs(rows=102), tiny_net()  # 68 training rows: five batches, the last of four
    for training in small_stages(protocol()):
        group = [stage_member(net, training, seed) for seed in range(MEMBERS)]
        results = [
            StageRun(net, data, group, device=device, meter=Meter(0)).run()
            for device in ("cpu", "cuda")
        ]

        for slow, fast in zip(*results, strict=True):
            assert (fast.last.weights.cpu() - slow.last.weights).abs().max() < 1e-9
            assert (fast.last.statistics.cpu() - slow.last.statistics).abs().max() < 1e-9
            assert fast.epoch == slow.epoch


def small_stages(protocol):
    chain = small_chain(protocol, "iunet", epochs=10, precision="float64")
    return chain.pretrain, chain.finetune


@BOTH
def test_whole_runs_on_the_gpu_equal_those_on_the_cpu(protocol, monkeypatch):
    use_net(monkeypatch, build_tiny)
    members = [
        Member(f"{method} {seed}", small_chain(protocol(), method, 17, precision="float64"), seed)
        for method in METHODS
        for seed in (0, 1)
    ]

    slow, fast = (
        dict(fit_cohort(blobs(), "tiny", members, data_id="blobs", device=device))
        for device in ("cpu", "cuda")
    )

    assert set(fast) == set(slow)
    for key, fitted in slow.items():
        found = fast[key].predictor.weights.cpu()
        assert (found - fitted.predictor.weights).abs().max() < 1e-8  # two stages of 51 steps
        assert fast[key].facts.get("mask_hash") == fitted.facts.get("mask_hash")


def test_a_stage_interrupted_on_the_gpu_goes_on_where_it_was(tmp_path, monkeypatch):

    use_net(monkeypatch, build_tiny)
    chain = small_chain(PROTOCOLS["code"](), "iunet", precision="float64")
    members = [Member(f"run {seed}", chain, seed) for seed in (0, 1)]
    stop = threading.Event()

    def fit(cache, **options):
        return dict(
            fit_cohort(
                blobs(), "tiny", members, data_id="blobs", device="cuda", cache=cache, **options
            )
        )

    with pytest.raises(Interrupted):
        fit(tmp_path, progress=lambda told: stop.set() if told.done >= 12 else None, stop=stop)
    resumed, whole = fit(tmp_path), fit(None)

    for key, fitted in whole.items():
        assert (resumed[key].predictor.weights - fitted.predictor.weights).abs().max() < 1e-9
