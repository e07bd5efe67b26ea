"""The vision networks with a member axis against plain PyTorch modules."""

import pytest
import torch
from plain_nets import (
    PLAIN,
    flat_gradient,
    loss_of,
    norms_of,
    plain_cnn,
    random_group,
    random_pictures,
    trained_on,
    vision_net,
)
from torch import nn

from iunet.architectures import find_net
from iunet.declare.settings import Cut, Start
from iunet.nets.export import member
from iunet.nets.norm import norm
from iunet.nets.start import initial_weights
from iunet.prune.cut import kept_count

MEMBERS = 2
EACH = pytest.mark.parametrize("key", PLAIN)


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


def plain_member(key, net, group, i):
    """A module written elsewhere that holds the weights of one member."""
    module = PLAIN[key]().double()
    module.load_state_dict(member(net, *group, i).state_dict())
    return module


def seen_by_the_head(module, x):
    """(features, logits) of a plain module, the former with its gradient."""
    inputs = []
    head = [m for m in module.modules() if isinstance(m, nn.Linear)][-1]
    with head.register_forward_pre_hook(lambda _, arguments: inputs.append(arguments[0])):
        logits = module(x)
    return inputs[0], logits


@EACH
def test_in_training_outputs_gradients_and_statistics_equal_those_of_the_plain_module(key):
    net = vision_net(key)
    weights, statistics = group = random_group(net, MEMBERS)
    x = random_pictures(MEMBERS)

    passed, gradient = trained_on(net, weights, x)

    for i in range(MEMBERS):
        plain = plain_member(key, net, group, i).train()
        features, logits = seen_by_the_head(plain, x[i])
        loss_of(features, logits).backward()
        close(passed.features[i], features)
        close(passed.logits[i], logits)
        close(gradient[i], flat_gradient(plain))
        close(statistics[i].lerp(passed.statistics[i], 0.1), running(plain))


def running(plain):
    """Running means and variances of a plain module, [2, S]."""
    norms = norms_of(plain)
    return torch.stack(
        [torch.cat([n.running_mean for n in norms]), torch.cat([n.running_var for n in norms])]
    )


@EACH
def test_in_evaluation_outputs_follow_the_running_statistics(key):
    net = vision_net(key)
    group = random_group(net, MEMBERS)
    x = random_pictures(MEMBERS)

    with torch.no_grad():
        passed = net.forward(net.layout.views(group[0]), x, group[1])

    assert passed.statistics is None
    for i in range(MEMBERS):
        with torch.no_grad():
            features, logits = seen_by_the_head(plain_member(key, net, group, i).eval(), x[i])
        close(passed.features[i], features)
        close(passed.logits[i], logits)


@EACH
def test_a_member_gets_the_same_alone_and_in_company(key):
    net = vision_net(key)
    weights, _ = random_group(net, MEMBERS)
    x = random_pictures(MEMBERS)

    def outputs(which):
        passed, gradient = trained_on(net, weights[which], x[which])
        return passed.features, passed.logits, passed.statistics, gradient

    together = outputs(slice(None))

    for i in range(MEMBERS):
        for found, alone in zip(together, outputs(slice(i, i + 1)), strict=True):
            close(found[i], alone[0])


def test_a_cnn_whose_encoder_is_eight_layers_gives_the_rectified_maps_laid_flat():
    net = vision_net("cnn", encoder_layers=8)
    group = random_group(net, 2)
    x = random_pictures(2)

    features = net.forward(net.layout.views(group[0]), x, group[1]).features

    for i in range(2):
        up_to_the_flattening = plain_member("cnn", net, group, i).eval()[:25]
        close(features[i], up_to_the_flattening(x[i]))


@EACH
def test_an_exported_member_has_its_masked_weights_and_predicts_the_same(key):
    net = vision_net(key)
    weights, statistics = random_group(net, 2)
    mask = torch.rand(weights.shape, generator=torch.Generator().manual_seed(3)) > 0.5
    x = random_pictures(1)

    exported = member(net, weights, statistics, 1, mask)

    with torch.no_grad():
        expected = net.forward(net.layout.views((weights * mask)[1:]), x, statistics[1:]).logits[0]
        close(exported(x[0]), expected)
    zeros = sum(int((parameter == 0).sum()) for parameter in exported.parameters())
    assert zeros == int((~mask[1]).sum())


@EACH
def test_under_autocast_norms_and_what_is_handed_out_stay_in_float32(key):
    net = vision_net(key)
    weights = random_group(net, 2)[0].float()
    x = random_pictures(2, batch=8).float()
    exact = net.forward(net.layout.views(weights), x, None)

    with torch.autocast("cpu", torch.bfloat16):
        passed, gradient = trained_on(net, weights, x)

    assert gradient.isfinite().all()
    for found, expected in (
        (passed.features, exact.features),
        (passed.logits, exact.logits),
        (passed.statistics, exact.statistics),
    ):
        assert found.dtype == torch.float32
        assert 0 < (found - expected).norm() / expected.norm() < 0.1


@pytest.mark.gpu
@pytest.mark.parametrize("members", [1, MEMBERS])
@EACH
def test_a_captured_pass_and_its_gradient_equal_those_on_the_cpu(key, members):
    net = vision_net(key)
    weights, x = random_group(net, members)[0], random_pictures(members)
    on_device, static = weights.cuda(), torch.zeros_like(x).cuda()
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        trained_on(net, on_device, static)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        passed, gradient = trained_on(net, on_device, static)

    static.copy_(x)
    graph.replay()

    exact, expected = trained_on(net, weights, x)
    close(passed.logits.cpu(), exact.logits)
    close(passed.statistics.cpu(), exact.statistics)
    close(gradient.cpu(), expected)


def test_a_norm_takes_each_member_and_channel_over_batch_and_space():
    # One channel of two members, two pictures of two pixels each: 1, 3, 5, 7 and 0, 0, 0, 8.
    x = torch.tensor([[[1.0, 3.0], [0.0, 0.0]], [[5.0, 7.0], [0.0, 8.0]]], dtype=torch.float64)
    ones, zeros = torch.ones(2, 1).double(), torch.zeros(2, 1).double()
    statistics = torch.zeros(2, 2, 1).double()

    out = norm(x, ones, zeros, statistics, training=True)

    # deviations over n: 5 and 12; over n - 1: 20 / 3 and 16
    assert statistics.flatten().tolist() == pytest.approx([4, 20 / 3, 2, 16])
    first = torch.tensor([-3.0, -1.0, 1.0, 3.0]) / 5**0.5
    second = torch.tensor([-2.0, -2.0, -2.0, 6.0]) / 12**0.5
    assert out[:, 0].flatten().tolist() == pytest.approx(first.tolist(), rel=1e-5)
    assert out[:, 1].flatten().tolist() == pytest.approx(second.tolist(), rel=1e-5)


def test_a_norm_of_rounded_values_is_computed_in_the_precision_of_its_parameters():
    x = torch.randn(64, 3, 4, 4, generator=torch.Generator().manual_seed(0)).add(100).bfloat16()

    def normed(dtype):
        statistics = torch.zeros(1, 2, 3, dtype=dtype)
        ones, zeros = torch.ones(1, 3, dtype=dtype), torch.zeros(1, 3, dtype=dtype)
        return norm(x, ones, zeros, statistics, training=True), statistics

    for found, exact in zip(normed(torch.float32), normed(torch.float64), strict=True):
        assert found.dtype == torch.float32
        assert (found - exact).abs().max() < 1e-4


CONVOLUTIONS = 9 * (3 * 8 + 8 * 16 + 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128)
CNN_WEIGHTS = CONVOLUTIONS + 512 * 512
CNN_UNITS = 8 + 2 * 16 + 2 * 32 + 2 * 64 + 128 + 512
MLP_UNITS = 8192 + 2 * 4096 + 2 * 2048 + 2 * 1024 + 2 * 512
MLP_WEIGHTS = 92_012_544
HEAD = 512 * 10 + 10


@pytest.mark.parametrize(
    ("key", "scope", "expected"),
    [
        ("cnn", "encoder-weights", CNN_WEIGHTS),
        ("cnn", "hidden-weights", 408_664),
        ("cnn", "hidden-weights-and-biases", CNN_WEIGHTS + CNN_UNITS),
        ("cnn", "weights-and-biases", CNN_WEIGHTS + CNN_UNITS + HEAD),
        ("cnn", "every-parameter", CNN_WEIGHTS + 3 * CNN_UNITS + HEAD),
        ("mlp-vis", "encoder-weights", MLP_WEIGHTS),
        ("mlp-vis", "hidden-weights-and-biases", MLP_WEIGHTS + MLP_UNITS),
    ],
)
def test_a_scope_covers_the_entries_counted_by_hand(key, scope, expected):
    layout = find_net(key).build(3072, 10, Start("torch-default", 9, alpha=8)).layout

    assert int(layout.in_scope(scope).sum()) == expected


@pytest.mark.parametrize(("layers", "expected"), [(8, CONVOLUTIONS), (9, CNN_WEIGHTS)])
def test_the_encoder_of_a_cnn_has_as_many_layers_as_asked_for(layers, expected):
    layout = find_net("cnn").build(3072, 10, Start("torch-default", layers, alpha=8)).layout

    assert int(layout.in_scope("encoder-weights").sum()) == expected


@pytest.mark.parametrize(
    ("key", "classes", "total"),
    [
        ("cnn", 10, 416_410),
        ("mlp-vis", 10, 92_088_330),
        ("resnet", 10, 11_181_642),
        ("resnet", 100, 11_227_812),
    ],
)
def test_a_vision_net_has_the_number_of_parameters_published_for_it(key, classes, total):
    assert (
        find_net(key).build(3072, classes, Start("torch-default", 9, alpha=8)).layout.total == total
    )


@pytest.mark.parametrize("alpha", [1, 3])
def test_a_cnn_of_another_width_has_the_parameters_of_the_plain_one(alpha):
    layout = find_net("cnn").build(3072, 5, Start("torch-default", 9, alpha=alpha)).layout

    assert layout.total == sum(p.numel() for p in plain_cnn(alpha).parameters())


@pytest.mark.parametrize(
    ("key", "classes", "shares"),
    [
        ("mlp-vis", 10, [0.500, 0.250, 0.125, 0.062]),
        ("resnet", 10, [0.499, 0.249, 0.124, 0.061]),
        ("resnet", 100, [0.497, 0.246, 0.120, 0.057]),
        ("cnn", 10, [0.492, 0.237, 0.110, 0.047]),
    ],
)
def test_the_whole_model_ratio_keeps_the_share_of_hidden_weights_and_biases_known(
    key, classes, shares
):
    layout = find_net(key).build(3072, classes, Start("torch-default", 9, alpha=8)).layout
    scope = "hidden-weights-and-biases"
    inside = int(layout.in_scope(scope).sum())

    for ratio, share in zip((2, 4, 8, 16), shares, strict=True):
        kept = kept_count(layout, Cut("magnitude", ratio, scope, "whole-model", "initial"))
        assert kept / inside == pytest.approx(share, abs=6e-4)


def test_a_cnn_begins_within_the_bounds_torch_itself_draws_in():
    layout = find_net("cnn").build(3072, 10, Start("torch-default", 9, alpha=8)).layout

    values = layout.views(initial_weights(layout, "torch-default", 0).unsqueeze(0))

    for name, fan_in in (("layers.0.conv", 27), ("layers.7.conv", 576), ("layers.8.linear", 512)):
        for part in ("weight", "bias"):
            largest = values[f"{name}.{part}"].abs().max().item()
            assert 0.8 * fan_in**-0.5 < largest <= fan_in**-0.5


@pytest.mark.parametrize("key", ["cnn", "mlp-vis"])
@pytest.mark.parametrize("alpha", [0, -1, None])
def test_a_width_factor_below_one_is_an_error_that_names_it(key, alpha):
    with pytest.raises(ValueError, match=f"alpha is at least 1, not {alpha}"):
        find_net(key).build(3072, 10, Start("torch-default", 9, alpha=alpha))


@pytest.mark.parametrize("key", ["cnn", "resnet"])
def test_a_net_for_pictures_refuses_the_rows_of_a_table(key):
    with pytest.raises(ValueError, match=f"{key} takes pictures of .* 3,072 values, not 20"):
        find_net(key).build(20, 10, Start("torch-default", 9, alpha=8))
