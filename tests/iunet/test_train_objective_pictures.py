"""Steps on pictures: a supervised pass of its own, and computing in bfloat16."""

from dataclasses import replace

import pytest
import torch
from small_pictures import VALUES, contrast
from small_runs import from_the_code, random_weights, tiny_net
from torch.nn import functional

from iunet.declare.settings import Optimiser
from iunet.losses.contrastive import supcon_loss
from iunet.nets.export import member
from iunet.nets.norm import NORM_MOMENTUM
from iunet.train.objective import Batch, loss_of
from iunet.train.step import Stepper

BATCH = 8


@pytest.fixture
def net():
    return tiny_net(VALUES, 3)


def batch_of(supervised=True, dtype=torch.float64, members=1):
    draw = torch.Generator().manual_seed(0)
    x, view, third = torch.randn(
        3, members, BATCH, 3, 32, 32, generator=draw, dtype=torch.float64
    ).to(dtype)
    y = torch.randint(3, (members, BATCH), generator=draw)
    return Batch(x, y, view, third if supervised else None)


def stepper(net, pair, dtype=torch.float64, rate=1.0, **changes):
    weights, statistics = (tensor.to(dtype) for tensor in random_weights(net, 1))
    optimiser = Optimiser("sgd", 1e-3, momentum=0.0)
    stage = replace(from_the_code().vision.pretrain, optimiser=optimiser, contrast=pair, **changes)
    made = Stepper(net, weights, statistics, None, [stage])
    made.set_rates(torch.tensor([rate], dtype=dtype), 0.0)
    return made


def passed(net, weights, batch):
    return [net.forward(weights, x, None) for x in (batch.x, batch.view, batch.supervised)]


def test_supervised_pictures_that_are_not_the_anchor_are_passed_too(net):
    made, batch = stepper(net, contrast("view", "augmented")), batch_of()
    leaf = made.weights.clone().requires_grad_()

    made.step(batch)

    first, second, third = passed(net, net.layout.views(leaf), batch)
    loss = functional.cross_entropy(third.logits[0], batch.y[0])
    loss = loss + supcon_loss(first.features, second.features, batch.y)[0]
    (gradient,) = torch.autograd.grad(loss, leaf)
    assert (made.weights - (leaf.detach() - gradient)).abs().max() < 1e-12


def test_the_batch_statistics_of_three_passes_count(net):
    made, batch = stepper(net, contrast("view", "augmented")), batch_of()
    plain = member(net, made.weights.clone(), made.statistics.clone(), 0).train()

    made.step(batch)
    for x in (batch.x, batch.view, batch.supervised):
        plain(x[0].flatten(1))

    norms = [m for m in plain if isinstance(m, torch.nn.BatchNorm1d)]
    found = torch.stack(
        [torch.cat([n.running_mean for n in norms]), torch.cat([n.running_var for n in norms])]
    )
    assert (made.statistics[0] - found).abs().max() < 1e-12


def test_a_joint_pass_leaves_supervised_pictures_to_a_pass_of_their_own(net):
    weights = net.layout.views(random_weights(net, 1)[0])
    batch = batch_of()

    found = loss_of(net, weights, batch, contrast("view", "augmented", "joint"))

    both = net.forward(weights, torch.cat([batch.x, batch.view], dim=1), None)
    own = net.forward(weights, batch.supervised, None)
    features = both.features[:, :BATCH], both.features[:, BATCH:]
    expected = functional.cross_entropy(own.logits[0], batch.y[0])
    expected = expected + supcon_loss(*features, batch.y)[0]
    assert found.per_member.item() == pytest.approx(expected.item(), abs=1e-12)
    assert [
        torch.equal(a, b)
        for a, b in zip(found.statistics, (both.statistics, own.statistics), strict=True)
    ] == [True, True]


@pytest.mark.parametrize("passes", ["joint", "separate"])
def test_a_batch_of_one_class_has_a_loss_and_gradients(net, passes):
    pair = replace(contrast("augmented", "augmented", passes), loss="other-classes")
    made, batch = stepper(net, pair), batch_of(supervised=False)

    loss = made.step(replace(batch, y=torch.ones_like(batch.y)))

    assert loss.isfinite().all() and made.weights.isfinite().all()


def test_bfloat16_rounds_what_is_computed_and_nothing_that_is_kept(net):
    pair, batch = contrast("view", "augmented"), batch_of(dtype=torch.float32)
    exact, rounded = (
        stepper(net, pair, torch.float32, rate=1e-2, precision=precision)
        for precision in ("float32", "bfloat16")
    )
    before = exact.weights.clone()

    losses = [made.step(batch).item() for made in (exact, rounded)]

    assert losses[1] == pytest.approx(losses[0], rel=0.05) and losses[1] != losses[0]
    assert rounded.weights.dtype == rounded.statistics.dtype == torch.float32
    moved = [(made.weights - before).flatten() for made in (exact, rounded)]
    assert functional.cosine_similarity(*moved, dim=0) > 0.99
    assert (rounded.weights.bfloat16().float() != rounded.weights).any()


def test_batch_norm_in_bfloat16_keeps_its_statistics_in_float32(net):
    batch = batch_of(dtype=torch.float32, supervised=False)
    made = stepper(net, None, torch.float32, precision="bfloat16")
    before = made.statistics.clone()

    made.step(batch)

    seen = (made.statistics - (1 - NORM_MOMENTUM) * before) / NORM_MOMENTUM
    assert (seen.bfloat16().float() - seen).abs().max() > 1e-4
