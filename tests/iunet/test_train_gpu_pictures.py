"""Pictures on a CUDA device against the CPU, and captured steps of all their kinds."""

import pytest
import torch
from small_pictures import build_tiny, contrast, picture_chain, pictures
from small_runs import PROTOCOLS, from_the_code, random_weights, tiny_net, use_net

from iunet.declare.sharing import Member
from iunet.train.cohort import fit_cohort
from iunet.train.objective import Batch
from iunet.train.step import Stepper, captured

pytestmark = pytest.mark.gpu
BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
VALUES, MEMBERS, BATCH = 3072, 2, 16


def batch_of(seed):
    draw = torch.Generator().manual_seed(seed)
    shape = (3, MEMBERS, BATCH, 3, 32, 32)
    x, view, third = torch.randn(shape, generator=draw, dtype=torch.float64).to("cuda")
    return Batch(x, torch.randint(3, (MEMBERS, BATCH), generator=draw).to("cuda"), view, third)


def test_a_captured_step_with_a_supervised_pass_of_its_own_equals_an_eager_one():
    training = picture_chain(
        from_the_code(), "dense", contrast=contrast("view", "augmented")
    ).pretrain
    net = tiny_net(VALUES, 3)
    eager, replayed = (
        Stepper(net, *(t.to("cuda") for t in random_weights(net, MEMBERS)), None, [training] * 2)
        for _ in range(2)
    )
    for made in (eager, replayed):
        made.set_rates(torch.full((MEMBERS,), 1e-3, dtype=torch.float64, device="cuda"), 0.0)
    replay = captured(replayed, batch_of(0))

    for seed in range(5):
        assert (eager.step(batch_of(seed)) - replay(batch_of(seed))).abs().max() < 1e-12

    assert (eager.weights - replayed.weights).abs().max() < 1e-12


@BOTH
def test_runs_on_the_gpu_equal_those_on_the_cpu(protocol, monkeypatch):
    use_net(monkeypatch, build_tiny)
    members = [
        Member(f"{method} {seed}", picture_chain(protocol(), method, precision="float64"), seed)
        for method in ("iunet", "beta-lasso")
        for seed in (0, 1)
    ]

    slow, fast = (
        dict(fit_cohort(pictures(), "tiny", members, data_id="patches", device=device))
        for device in ("cpu", "cuda")
    )

    for key, fitted in slow.items():
        found = fast[key].predictor.weights.cpu()
        assert (found - fitted.predictor.weights).abs().max() < 1e-8
        assert fast[key].facts.get("mask_hash") == fitted.facts.get("mask_hash")


def test_a_stage_in_bfloat16_trains_when_captured(monkeypatch):
    use_net(monkeypatch, build_tiny)
    chain = picture_chain(from_the_code(), "iunet", precision="bfloat16")

    ((_, fitted),) = fit_cohort(
        pictures(), "tiny", [Member("a", chain, 0)], data_id="patches", device="cuda"
    )

    assert fitted.facts["last_loss"] == pytest.approx(fitted.facts["last_loss"])
    assert fitted.predictor.weights.dtype == torch.float32
