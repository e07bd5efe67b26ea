"""The member axis against plain PyTorch modules, and how a network begins."""

import pytest
import torch
from small_runs import random_batch, random_weights, tiny_net
from torch.nn import functional

from iunet.architectures import find_net
from iunet.declare.contract import UnknownKey
from iunet.declare.settings import Start
from iunet.nets.export import member
from iunet.nets.start import imprinted, initial_weights
from iunet.train.objective import loss_of
from iunet.train.predictor import outputs

MEMBERS, BATCH = 3, 10


@pytest.fixture
def net():
    return tiny_net()


@pytest.fixture
def group(net):
    return random_weights(net, MEMBERS)


def largest_difference(a, b):
    return (a - b).abs().max().item()


def flat_gradient(plain):
    """The gradients of an exported module in the order of our flat vector."""
    parts = []
    for module in plain:
        if isinstance(module, torch.nn.Linear):
            parts += [module.weight.grad.T.reshape(-1), module.bias.grad]
        elif isinstance(module, torch.nn.BatchNorm1d):
            parts += [module.weight.grad, module.bias.grad]
    return torch.cat(parts)


def test_an_exported_member_predicts_what_the_group_predicts(net, group):
    rows = random_batch(net, 1, 50).x[0]

    found = outputs(net, *group, rows)

    for i in range(MEMBERS):
        assert largest_difference(member(net, *group, i)(rows), found[i]) < 1e-12


def test_an_exported_member_has_its_masked_weights_and_survives_saving(net, group, tmp_path):
    weights, statistics = group
    mask = torch.rand(weights.shape, generator=torch.Generator().manual_seed(3)) > 0.5
    rows = random_batch(net, 1, 20).x[0]

    torch.save(member(net, weights, statistics, 1, mask).state_dict(), tmp_path / "member.pt")
    loaded = member(net, weights, statistics, 0)
    loaded.load_state_dict(torch.load(tmp_path / "member.pt", weights_only=True))

    assert (
        largest_difference(loaded(rows), outputs(net, weights * mask, statistics, rows)[1]) < 1e-12
    )
    kept = net.layout.views(mask)["layers.0.linear.weight"][1]
    assert ((loaded[0].weight != 0) == kept.T).all()


def test_exporting_copies_so_that_training_on_changes_neither(net, group):
    plain = member(net, *group, 0)
    before = group[0].clone()

    with torch.no_grad():
        for parameter in plain.parameters():
            parameter.zero_()

    assert torch.equal(group[0], before)


def test_losses_and_gradients_equal_those_of_plain_modules(net, group):
    weights, statistics = group
    batch = random_batch(net, MEMBERS, BATCH)
    leaf = weights.clone().requires_grad_()

    found = loss_of(net, net.layout.views(leaf), batch, None).per_member
    (gradient,) = torch.autograd.grad(found.sum(), leaf)

    for i in range(MEMBERS):
        plain = member(net, weights, statistics, i).train()
        loss = functional.cross_entropy(plain(batch.x[i]), batch.y[i])
        loss.backward()
        assert abs(loss.item() - found[i].item()) < 1e-12
        assert largest_difference(gradient[i], flat_gradient(plain)) < 1e-12


def test_batch_statistics_are_those_a_plain_norm_sees(net, group):
    weights, statistics = group
    batch = random_batch(net, MEMBERS, BATCH)

    seen = net.forward(net.layout.views(weights), batch.x, None).statistics

    ours = statistics.lerp(seen, 0.1)
    for i in range(MEMBERS):
        plain = member(net, weights, statistics, i).train()
        plain(batch.x[i])
        norms = [m for m in plain if isinstance(m, torch.nn.BatchNorm1d)]
        theirs = torch.stack(
            [torch.cat([n.running_mean for n in norms]), torch.cat([n.running_var for n in norms])]
        )
        assert largest_difference(ours[i], theirs) < 1e-12


@pytest.mark.parametrize(("layers", "index"), [(1, 2), (2, 5), (3, 8)])
def test_features_are_the_rectified_outputs_of_the_last_encoder_layer(group, layers, index):
    net = tiny_net(encoder_layers=layers)
    rows = random_batch(net, MEMBERS, BATCH).x

    found = net.forward(net.layout.views(group[0]), rows, group[1]).features

    for i in range(MEMBERS):
        expected = member(net, *group, i)[: index + 1](rows[i])
        assert largest_difference(found[i], expected) < 1e-12


def test_mlp_tab_has_as_many_parameters_as_counted_by_hand():
    layout = find_net("mlp-tab").build(20, 2, Start("torch-default", 9)).layout

    hidden = (20 * 512 + 512) + 8 * (512 * 512 + 512) + 9 * 2 * 512
    assert layout.total == hidden + 512 * 2 + 2 == 2_122_242
    assert int(layout.in_scope("encoder-weights").sum()) == 20 * 512 + 8 * 512**2 == 2_107_392


def test_an_unknown_net_is_answered_with_the_known_ones():
    with pytest.raises(UnknownKey, match="mlp-tob.*mlp-tab"):
        find_net("mlp-tob").build(20, 2, Start("torch-default", 9))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("encoder-weights", 6 * 16 + 16 * 16),
        ("hidden-weights", 6 * 16 + 2 * 16 * 16),
        ("linear", 6 * 16 + 2 * 16 * 16 + 16 * 3 + 3 * 16 + 3),
        ("weights-and-biases", 6 * 16 + 2 * 16 * 16 + 16 * 3 + 3 * 16 + 3),
        ("hidden-weights-and-biases", 6 * 16 + 2 * 16 * 16 + 3 * 16),
        ("every-parameter", 6 * 16 + 2 * 16 * 16 + 16 * 3 + 3 * 16 + 3 + 6 * 16),
    ],
)
def test_a_scope_covers_the_entries_counted_by_hand(net, scope, expected):
    assert int(net.layout.in_scope(scope).sum()) == expected


def test_an_unknown_scope_is_answered_with_the_known_ones(net):
    with pytest.raises(UnknownKey, match="'half'.*encoder-weights"):
        net.layout.in_scope("half")


@pytest.mark.parametrize("scope", ["hidden-weights", "linear", "every-parameter"])
def test_kappa_multiplies_what_is_in_scope_and_nothing_else(net, scope):
    weights = initial_weights(net.layout, "torch-default", seed=0)

    scaled = imprinted(net.layout, weights, Start("torch-default", 2, 0.25, scope))

    inside = net.layout.in_scope(scope)
    assert torch.equal(scaled[inside], weights[inside] / 4)
    assert torch.equal(scaled[~inside], weights[~inside])


def test_kappa_on_hidden_weights_leaves_the_function_as_it_was(net):
    weights = initial_weights(net.layout, "kaiming-normal", seed=0).double()
    rows = random_batch(net, 1, 500).x * 100  # so that the norm's eps does not show

    def logits(kappa):
        scaled = imprinted(net.layout, weights, Start("kaiming-normal", 2, kappa, "hidden-weights"))
        return net.forward(net.layout.views(scaled.unsqueeze(0)), rows, None).logits

    assert largest_difference(logits(0.25), logits(1.0)) < 1e-3


def test_initial_weights_have_the_spread_of_their_kind():
    layout = find_net("mlp-tab").build(100, 2, Start("torch-default", 9)).layout

    kaiming = layout.views(initial_weights(layout, "kaiming-normal", 0).unsqueeze(0))
    default = layout.views(initial_weights(layout, "torch-default", 0).unsqueeze(0))

    first, later = "layers.0.linear", "layers.4.linear"
    assert kaiming[f"{first}.weight"].std().item() == pytest.approx((2 / 100) ** 0.5, rel=0.02)
    assert kaiming[f"{later}.weight"].std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.02)
    assert not kaiming[f"{later}.bias"].any()
    for name, fan_in in ((first, 100), (later, 512)):
        for part in ("weight", "bias"):
            largest = default[f"{name}.{part}"].abs().max().item()
            assert 0.95 * fan_in**-0.5 < largest <= fan_in**-0.5
    assert (default["layers.0.norm.scale"] == 1).all()
    assert not default["layers.0.norm.shift"].any()


def test_initial_weights_depend_on_seed_and_purpose_only(net):
    first = initial_weights(net.layout, "torch-default", 7)
    torch.manual_seed(123)

    assert torch.equal(initial_weights(net.layout, "torch-default", 7), first)
    assert not torch.equal(initial_weights(net.layout, "torch-default", 8), first)
    assert not torch.equal(initial_weights(net.layout, "torch-default", 7, "restart"), first)
