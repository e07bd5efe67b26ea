"""The regularised perceptron: structure, branches and noise, against plain PyTorch modules."""

import pytest
import torch
from torch.nn import functional

from iunet.architectures import find_net
from iunet.declare.settings import Start, Structure
from iunet.nets.export import member
from iunet.nets.network import fresh_statistics
from iunet.nets.regularised import RegularisedMlp, shaken_drop, shaken_sum
from iunet.regularise.dropout import Dropout
from iunet.train.predictor import outputs

MEMBERS, ROWS, FEATURES, CLASSES = 2, 24, 6, 3
STRUCTURES = {
    "plain": Structure(),
    "no norm": Structure(norm=False),
    "skip": Structure(skip=True),
    "skip, no norm": Structure(norm=False, skip=True),
    "shake-shake": Structure(skip=True, branches="shake-shake"),
    "random shake-shake": Structure(skip=True, branches="shake-shake", shake="random"),
    "shake-drop": Structure(skip=True, branches="shake-drop", shake_drop=0.4),
    "random shake-drop": Structure(
        skip=True, branches="shake-drop", shake="random", shake_drop=0.4
    ),
    "dropout": Structure(hidden=(Dropout(0.5, "funnel"),)),
    "everything": Structure(
        skip=True, branches="shake-shake", shake="random", hidden=(Dropout(0.5, "stairs"),)
    ),
}
ALL = pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)


def net_of(structure):
    return RegularisedMlp(FEATURES, (16,) * 5, CLASSES, structure)


def weights_of(net):
    draw = torch.Generator().manual_seed(0)
    weights = torch.randn(MEMBERS, net.layout.total, generator=draw, dtype=torch.float64) * 0.4
    statistics = fresh_statistics(net, MEMBERS, torch.float64)
    return weights, statistics + torch.rand(statistics.shape, generator=draw) / 2


def rows():
    draw = torch.Generator().manual_seed(1)
    return torch.randn(MEMBERS, ROWS, FEATURES, generator=draw, dtype=torch.float64)


def noise_of(net, rows=ROWS, seed=2):
    draw = torch.Generator().manual_seed(seed)
    return torch.rand(MEMBERS, rows, net.noise_width, generator=draw, dtype=torch.float64)


@ALL
def test_an_exported_member_predicts_what_the_group_predicts(structure):
    net = net_of(structure)
    weights, statistics = weights_of(net)
    x = rows()[0]

    found = outputs(net, weights, statistics, x)

    for i in range(MEMBERS):
        assert torch.allclose(member(net, weights, statistics, i)(x), found[i], atol=1e-12)


@ALL
def test_without_noise_training_is_the_plain_module_in_training_mode(structure):
    net = net_of(structure)
    weights, statistics = weights_of(net)
    x = rows()
    leaf = weights.clone().requires_grad_()

    logits = net.forward(net.layout.views(leaf), x, None).logits
    (gradient,) = torch.autograd.grad(logits.square().sum(), leaf)

    for i in range(MEMBERS):
        module = member(net, weights, statistics, i).train()
        plain = module(x[i])
        plain.square().sum().backward()
        slopes = [p.grad.T if p.ndim == 2 else p.grad for p in module.parameters()]
        assert torch.allclose(plain, logits[i], atol=1e-10)
        flat = torch.cat([slope.reshape(-1) for slope in slopes])
        assert torch.allclose(flat, gradient[i], atol=1e-8)


@ALL
def test_a_member_passes_alone_as_in_company(structure):
    net = net_of(structure)
    weights, _ = weights_of(net)
    noise = noise_of(net) if net.noise_width else None

    together = net.forward(net.layout.views(weights), rows(), None, noise)
    for i in range(MEMBERS):
        own = None if noise is None else noise[i : i + 1]
        alone = net.forward(net.layout.views(weights[i : i + 1]), rows()[i : i + 1], None, own)
        assert torch.allclose(alone.logits[0], together.logits[i], atol=1e-12)
        assert torch.allclose(alone.statistics[0], together.statistics[i], atol=1e-12)


def test_without_anything_it_is_the_perceptron():
    net = find_net("mlp-tab").build(FEATURES, CLASSES, Start("torch-default", 8))
    same = find_net("mlp-tab").build(
        FEATURES, CLASSES, Start("torch-default", 8, structure=Structure())
    )
    weights, _ = torch.randn(2, 1, net.layout.total, generator=torch.Generator().manual_seed(3))
    x = rows()[:1].float()

    assert net.layout.total == same.layout.total
    found = [one.forward(one.layout.views(weights), x, None) for one in (net, same)]
    assert torch.equal(found[0].logits, found[1].logits)
    assert torch.equal(found[0].statistics, found[1].statistics)


def test_dropout_follows_every_relu_with_the_rate_of_its_layer():
    net = net_of(Structure(norm=False, hidden=(Dropout(0.5, "funnel"),)))
    weights, _ = weights_of(net)
    views, x, noise = net.layout.views(weights), rows(), noise_of(net)

    found = net.forward(views, x, None, noise).logits

    for i, part in enumerate(noise.split(16, dim=2)):
        rate = 0.5 * (5 - i) / 5
        x = functional.relu(
            x @ views[f"layers.{i}.linear.weight"] + views[f"layers.{i}.linear.bias"].unsqueeze(1)
        )
        x = torch.where(part < rate, 0.0, x / (1 - rate))
    expected = x @ views["head.weight"] + views["head.bias"].unsqueeze(1)
    assert torch.allclose(found, expected)


class Shake(torch.autograd.Function):
    """Shake-Shake as its authors define it: one factor forward, another backward."""

    @staticmethod
    def forward(context, first, second, alpha, beta):
        context.save_for_backward(beta)
        return alpha * first + (1 - alpha) * second

    @staticmethod
    def backward(context, slope):
        (beta,) = context.saved_tensors
        return beta * slope, (1 - beta) * slope, None, None


def test_random_shake_shake_has_one_factor_forward_and_another_backward():
    draw = torch.Generator().manual_seed(0)
    pairs = [torch.randn(1, ROWS, 4, generator=draw).requires_grad_() for _ in range(2)]
    draws = torch.rand(1, ROWS, 3, generator=draw)
    goal = torch.randn(1, ROWS, 4, generator=draw)

    found = shaken_sum(*pairs, draws, random=True)
    slopes = torch.autograd.grad((found * goal).sum(), pairs)
    expected = Shake.apply(*pairs, draws[..., 1:2], draws[..., 2:3])
    wanted = torch.autograd.grad((expected * goal).sum(), pairs)

    assert torch.allclose(found, expected, atol=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(slopes, wanted, strict=True))


@pytest.mark.parametrize(("random", "factor"), [(False, 0.5), (True, None)])
def test_shake_drop_weakens_the_share_of_rows_that_it_should(random, factor):
    draws = torch.rand(1, 4000, 3, generator=torch.Generator().manual_seed(0))
    ones = torch.ones(1, 4000, 1)

    factors = shaken_drop(ones, 0.3, draws, random=random).flatten()

    shaken = factors[factors != 1]
    assert len(shaken) / 4000 == pytest.approx(0.3, abs=0.03)
    if factor is not None:
        assert (shaken == factor).all()
    else:
        assert -1 <= shaken.min() < -0.9 and 0.9 < shaken.max() <= 1
    # In evaluation a branch has the mean of its factors in training.
    mean = shaken_drop(ones[:, :1], 0.3, None, random=random).item()
    assert mean == pytest.approx(factors.mean().item(), abs=0.02)


def test_the_share_of_shake_drop_rises_to_the_last_block():
    net = net_of(STRUCTURES["shake-drop"])
    one = torch.ones(1, 1, 1)

    factors = [net.summed([one], k).item() for k in range(2)]

    # Half of the weight with probabilities .2 and .4.
    assert factors == pytest.approx([0.9, 0.8])


def test_two_branches_have_their_own_weights_and_as_many_parameters_as_planned():
    start = Start("torch-default", 9, structure=STRUCTURES["shake-shake"])
    net = find_net("mlp-tab").build(FEATURES, CLASSES, start)

    assert find_net("mlp-tab").size(FEATURES, CLASSES, start).parameters == net.layout.total
    assert len([slot for slot in net.layout.slots if slot.kind == "weight"]) == 1 + 16 + 1


def test_what_cannot_be_built_is_refused():
    with pytest.raises(ValueError, match="needs skip = true"):
        Structure(branches="shake-drop")
    with pytest.raises(ValueError, match="odd number of equal hidden layers"):
        RegularisedMlp(FEATURES, (16,) * 4, CLASSES, Structure(skip=True))
