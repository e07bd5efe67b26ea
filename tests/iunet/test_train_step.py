"""One training step: masks, the beta-LASSO in both forms, and running statistics."""

from dataclasses import replace

import pytest
import torch
from small_runs import (
    PROTOCOLS,
    from_the_code,
    from_the_text,
    random_batch,
    random_weights,
    small_chain,
    tiny_net,
)

from iunet.declare.settings import Optimiser, Shrink
from iunet.losses.contrastive import supcon_loss
from iunet.nets.export import member
from iunet.train.step import Stepper

BATCH = 12


def stepper(training, members=2, masks=None, weights=None, rate=1e-3, decay=1e-2):
    net = tiny_net()
    start, statistics = random_weights(net, members)
    made = Stepper(
        net,
        start if weights is None else weights,
        statistics,
        masks,
        [training] * members,
    )
    adamw = training.optimiser.kind == "adamw"
    made.set_rates(torch.full((members,), rate, dtype=torch.float64), decay if adamw else 0.0)
    return made


def random_mask(members):
    draw = torch.Generator().manual_seed(9)
    return torch.rand(members, tiny_net().layout.total, generator=draw) > 0.5


def shrinking(protocol, optimiser=None, **changes):
    training = small_chain(protocol, "beta-lasso").pretrain
    optimiser = optimiser or training.optimiser
    return replace(training, optimiser=optimiser, shrink=replace(training.shrink, **changes))


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_pruned_weights_stay_zero_despite_momentum_and_decay(protocol):
    chain = small_chain(protocol(), "iunet")
    for training in (chain.pretrain, chain.finetune):
        masks = random_mask(2)
        trained = stepper(training, masks=masks)
        before = trained.weights.clone()

        for step in range(20):
            trained.step(random_batch(trained.net, 2, BATCH, seed=step, view=True))

        assert not trained.weights[~masks].any()
        assert (trained.weights[masks] != before[masks]).double().mean() > 0.1


def test_momentum_alone_would_move_a_pruned_weight():
    training = small_chain(from_the_text(), "iunet").pretrain
    free = stepper(training)
    free.weights.mul_(random_mask(2))
    zeros = free.weights == 0

    free.step(random_batch(free.net, 2, BATCH))

    assert free.weights[zeros].any()


def gradient_of(net, weights, batch):
    leaf = weights.clone().requires_grad_()
    logits = net.forward(net.layout.views(leaf), batch.x, None).logits
    loss = torch.nn.functional.cross_entropy(logits[0], batch.y[0])
    return torch.autograd.grad(loss, leaf)[0]


def test_the_algorithm_as_published_steps_then_pulls_by_the_old_sign_then_cuts_in_its_scope():
    sgd = Optimiser("sgd", 1e-3, momentum=0.0)
    training = shrinking(from_the_text(), sgd, l1=0.05, beta=1.0)
    made = stepper(training, members=1, rate=2.0)
    old, batch = made.weights.clone(), random_batch(made.net, 1, BATCH)

    made.step(batch)

    stepped = old - 2.0 * gradient_of(made.net, old, batch)
    inside = made.net.layout.in_scope("encoder-weights").unsqueeze(0)
    assert (stepped.sign() != old.sign())[inside].any()
    pulled = torch.where(inside, stepped - 2.0 * 0.05 * old.sign(), stepped)
    cut = inside & (pulled.abs() < 0.05)
    assert cut.any() and (pulled.abs() < 0.05)[~inside].any()
    assert (made.weights - pulled.masked_fill(cut, 0.0)).abs().max() < 1e-12


def test_the_pull_in_the_loss_goes_through_momentum_and_every_parameter_is_cut():
    sgd = Optimiser("sgd", 1e-3, momentum=0.9)
    training = shrinking(from_the_code(), sgd, l1=0.3, beta=1.0)
    made = stepper(training, members=1, rate=0.1)
    old, batch = made.weights.clone(), random_batch(made.net, 1, BATCH)

    made.step(batch)

    gradient = gradient_of(made.net, old, batch) + 0.3 * old.sign()
    stepped = old - 0.1 * (gradient + 0.9 * gradient)
    assert (made.weights - stepped.masked_fill(stepped.abs() <= 0.3, 0.0)).abs().max() < 1e-12


@pytest.mark.parametrize(("protocol", "kept"), [(from_the_text, True), (from_the_code, False)])
def test_a_weight_exactly_at_the_threshold_is_kept_as_published_and_cut_as_released(protocol, kept):
    training = shrinking(protocol(), l1=0.25, beta=2.0)
    weights = torch.full((1, tiny_net().layout.total), 0.5, dtype=torch.float64)
    made = stepper(training, members=1, weights=weights, rate=0.0)

    made.step(random_batch(made.net, 1, BATCH))

    assert bool((made.weights[0, :10] == 0.5).all()) is kept


def test_members_are_pulled_and_cut_each_by_its_own_l1():
    training = shrinking(from_the_text(), l1=1e-5, beta=50.0)
    other = replace(training, shrink=replace(training.shrink, l1=4e-3))
    net = tiny_net()
    weights, statistics = random_weights(net, 2)
    made = Stepper(net, weights, statistics, None, [training, other])
    made.set_rates(torch.full((2,), 1e-3, dtype=torch.float64), 0.0)

    made.step(random_batch(net, 2, BATCH))

    inside = net.layout.in_scope("encoder-weights")
    smallest = [w[inside & (w != 0)].abs().min().item() for w in made.weights]
    assert smallest[1] >= 0.2 > smallest[0]


@pytest.mark.parametrize("passes_through", ["network", "encoder"])
def test_the_elided_third_pass_counts_in_the_running_statistics(passes_through):
    training = small_chain(from_the_code(), "iunet").pretrain
    assert training.contrast.passes == "separate"
    pair = replace(training.contrast, passes_through=passes_through)
    made = stepper(replace(training, contrast=pair), members=1)
    batch = random_batch(made.net, 1, BATCH, view=True)
    plain = member(made.net, made.weights.clone(), made.statistics.clone(), 0).train()
    encoder = plain[: 3 * made.net.encoder_layers]  # linear, batch norm and ReLU a layer
    assert len(encoder) < len(plain) - 1, "the decoder has a batch norm of its own"

    made.step(batch)
    for rows in (batch.x, batch.view):
        (encoder if passes_through == "encoder" else plain)(rows[0])
    plain(batch.x[0])

    assert (made.statistics[0] - statistics_of(plain)).abs().max() < 1e-12


def test_a_joint_pass_cannot_end_with_the_encoder():
    pair = small_chain(from_the_text(), "iunet").pretrain.contrast

    with pytest.raises(ValueError, match='needs passes = "separate"'):
        replace(pair, passes_through="encoder")


def test_a_joint_pass_normalises_both_halves_together_and_counts_once():
    training = small_chain(from_the_text(), "iunet").pretrain
    assert training.contrast.passes == "joint"
    made = stepper(training, members=1)
    batch = random_batch(made.net, 1, BATCH, view=True)
    plain = member(made.net, made.weights.clone(), made.statistics.clone(), 0).train()

    made.step(batch)
    plain(torch.cat([batch.x[0], batch.view[0]]))

    assert (made.statistics[0] - statistics_of(plain)).abs().max() < 1e-12


def statistics_of(plain):
    norms = [m for m in plain if isinstance(m, torch.nn.BatchNorm1d)]
    return torch.stack(
        [torch.cat([n.running_mean for n in norms]), torch.cat([n.running_var for n in norms])]
    )


def test_a_step_with_three_real_passes_has_the_same_gradient():
    training = small_chain(from_the_code(), "iunet").pretrain
    net = tiny_net()
    sgd = replace(training, optimiser=Optimiser("sgd", 1e-3, momentum=0.0))
    made = stepper(sgd, members=1, rate=1.0)
    old, batch = made.weights.clone(), random_batch(net, 1, BATCH, view=True)

    made.step(batch)

    leaf = old.clone().requires_grad_()
    views = net.layout.views(leaf)
    first, second, third = (net.forward(views, r, None) for r in (batch.x, batch.view, batch.x))
    loss = torch.nn.functional.cross_entropy(third.logits[0], batch.y[0])
    loss = loss + supcon_loss(first.features, second.features, batch.y)[0]
    (gradient,) = torch.autograd.grad(loss, leaf)
    assert (made.weights - (old - gradient)).abs().max() < 1e-12


def test_shrink_settings_differ_between_the_protocols_in_scope_and_pull():
    found = {name: small_chain(p(), "beta-lasso").pretrain.shrink for name, p in PROTOCOLS.items()}

    assert found["text"] == Shrink(2e-5, 50, "encoder-weights", "after-step")
    assert found["code"] == Shrink(2e-5, 50, "every-parameter", "loss")
