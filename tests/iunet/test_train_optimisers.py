"""Our update rules against torch.optim, in float64 over 20 steps."""

import subprocess
import sys

import pytest
import torch

from iunet.declare.settings import Optimiser
from iunet.train import optimisers
from iunet.train.optimisers import FusedAdamW, MemberAdamW, NesterovSgd, build_update

STEPS, MEMBERS, SIZE = 20, 3, 17
RATES = [1e-3, 1e-2, 0.5e-3]


def gradients(members=MEMBERS):
    draw = torch.Generator().manual_seed(2)
    return torch.randn(STEPS, members, SIZE, generator=draw, dtype=torch.float64)


def start(members=MEMBERS):
    draw = torch.Generator().manual_seed(1)
    return torch.randn(members, SIZE, generator=draw, dtype=torch.float64)


def factor_and_decay(step):
    """A learning rate factor and a weight decay that change on the way, as a schedule's do."""
    return 1 - step / 25, (0.0, 1e-2, 0.3)[step % 3]


def by_torch(optimiser, parameter, member, *, decays):
    """Train one member with torch's rule on the same gradients."""
    rule = optimiser([parameter])
    for step, gradient in enumerate(gradients()):
        factor, decay = factor_and_decay(step)
        rule.param_groups[0]["lr"] = RATES[member] * factor
        if decays:
            rule.param_groups[0]["weight_decay"] = decay
        parameter.grad = gradient[member].clone()
        rule.step()
    return parameter.detach()


def by_us(update, members, *, decays):
    """Train a group of these members with our rule, in place."""
    rates = torch.tensor([RATES[m] for m in members], dtype=torch.float64)
    for step, gradient in enumerate(gradients()):
        factor, decay = factor_and_decay(step)
        update.set_rates(rates * factor, decay if decays else 0.0)
        update.step([gradient[members].clone()])


def adamw(parameters):
    return torch.optim.AdamW(parameters, betas=(0.9, 0.999), eps=1e-8)


def nesterov(parameters):
    return torch.optim.SGD(parameters, lr=1.0, momentum=0.9, nesterov=True)


def test_adamw_over_members_equals_torch_with_each_members_own_rate():
    weights = start()
    by_us(MemberAdamW(weights), [0, 1, 2], decays=True)

    for i in range(MEMBERS):
        expected = by_torch(adamw, start()[i].clone().requires_grad_(), i, decays=True)
        assert (weights[i] - expected).abs().max() < 1e-12


def test_adamw_of_a_single_member_equals_torch():
    weights = start()[1:2].clone()
    by_us(FusedAdamW(weights), [1], decays=True)

    expected = by_torch(adamw, start()[1].clone().requires_grad_(), 1, decays=True)
    assert (weights[0] - expected).abs().max() < 1e-12


def test_sgd_over_members_equals_torch_with_nesterov_momentum():
    weights = start()
    by_us(NesterovSgd(weights, 0.9), [0, 1, 2], decays=False)

    for i in range(MEMBERS):
        expected = by_torch(nesterov, start()[i].clone().requires_grad_(), i, decays=False)
        assert (weights[i] - expected).abs().max() < 1e-12


@pytest.mark.parametrize("members", [1, 3])
def test_sgd_in_parts_small_enough_for_the_cache_is_sgd_to_the_last_bit(members, monkeypatch):
    whole, parts = start(members), start(members)
    by_us(NesterovSgd(whole, 0.9), list(range(members)), decays=False)
    monkeypatch.setattr(optimisers, "AT_ONCE", 5 * members)

    by_us(NesterovSgd(parts, 0.9), list(range(members)), decays=False)

    assert torch.equal(whole, parts)


def test_sgd_refuses_a_decay_it_would_not_apply():
    with pytest.raises(ValueError, match="no weight decay, got 0.1"):
        NesterovSgd(start(), 0.9).set_rates(torch.tensor(RATES), 0.1)


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
@pytest.mark.parametrize("members", [1, 3])
def test_a_rule_goes_on_from_its_saved_state_as_if_it_had_not_stopped(kind, members):
    whole, halves = start(members), start(members)
    settings = Optimiser(kind, 1e-3)
    rule, first, second = (build_update(w, settings) for w in (whole, halves, halves))
    rates = torch.tensor(RATES[:members], dtype=torch.float64)

    for step, gradient in enumerate(gradients(members)):
        if step == 10:
            for name, tensor in second.state().items():
                tensor.copy_(first.state()[name])
        for update in (rule, first if step < 10 else second):
            update.set_rates(rates, 0.0)
            update.step([gradient.clone()])

    assert torch.equal(whole, halves)


def test_making_a_rule_changes_no_weights():
    for settings in (Optimiser("adamw", 1e-3), Optimiser("sgd", 1e-3)):
        weights = start(1)
        build_update(weights, settings)
        assert torch.equal(weights, start(1))


def test_a_gradient_in_parts_is_the_whole_gradient_to_the_last_bit():
    for settings in (Optimiser("adamw", 1e-3), Optimiser("sgd", 1e-3)):
        whole, parts = start(1).float(), start(1).float()
        for weights, cut in ((whole, SIZE), (parts, 5)):
            update = build_update(weights, settings)
            update.set_rates(torch.tensor(RATES[:1]), 0.0)
            for gradient in gradients(1).float():
                update.step(gradient.split(cut, dim=1))

        assert torch.equal(whole, parts)


def test_training_on_a_cpu_does_not_import_the_compiler_of_torch():
    program = (
        "import sys, torch\n"
        "from iunet.declare.settings import Optimiser\n"
        "from iunet.train.optimisers import build_update\n"
        "update = build_update(torch.zeros(1, 8), Optimiser('adamw', 1e-3))\n"
        "update.set_rates(torch.ones(1), 0.0)\n"
        "update.step([torch.ones(1, 8)])\n"
        "sys.exit('torch._dynamo' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
