"""RESNET: named, counted and begun as torchvision's ResNet-18."""

import pytest
import torch
from plain_nets import norms_of, plain_resnet, random_group, vision_net
from torchvision.models import ResNet

from iunet.nets.export import member
from iunet.nets.start import initial_weights


@pytest.fixture(scope="module")
def net():
    return vision_net("resnet")


def test_the_layout_has_the_names_and_shapes_of_torchvision_but_for_the_transposed_head(net):
    expected = {name: tuple(p.shape) for name, p in plain_resnet().named_parameters()}

    found = {slot.name: slot.shape for slot in net.layout.slots}

    assert list(found) == list(expected)
    assert found | {"fc.weight": expected["fc.weight"]} == expected
    assert found["fc.weight"] == expected["fc.weight"][::-1]


def test_norms_come_in_the_order_of_torchvision(net):
    assert list(net.norm_widths) == [norm.num_features for norm in norms_of(plain_resnet())]


def test_the_encoder_is_all_but_the_last_linear_layer(net):
    outside = [slot.name for slot in net.layout.slots if not slot.encoder]

    assert outside == ["fc.weight", "fc.bias"]
    assert int(net.layout.in_scope("encoder-weights").sum()) == 11_166_912
    assert int(net.layout.in_scope("hidden-weights-and-biases").sum()) == 11_166_912


def test_a_member_is_exported_as_torchvisions_own_class(net):
    assert isinstance(member(net, *random_group(net, 1), 0), ResNet)


def test_default_initial_weights_are_spread_as_those_torchvision_draws(net):
    torch.manual_seed(0)
    theirs = dict(plain_resnet().named_parameters())

    ours = net.layout.views(initial_weights(net.layout, "torch-default", 0).unsqueeze(0))

    for name, values in theirs.items():
        found, expected = ours[name][0].double(), values.detach().double()
        if values.ndim == 1 and name != "fc.bias":
            assert torch.equal(found, expected)
        elif name != "fc.bias":
            assert found.std().item() == pytest.approx(expected.std().item(), rel=0.03)
            # beyond three deviations lies what is normal, and nothing of what is uniform
            assert (found.abs().max() > 3 * found.std()) == (name != "fc.weight")
    assert 0 < ours["fc.bias"].abs().max() <= 512**-0.5


def test_kaiming_normal_initial_weights_have_the_spread_of_their_fan_in(net):
    values = net.layout.views(initial_weights(net.layout, "kaiming-normal", 0).unsqueeze(0))

    for name, fan_in in (("conv1", 147), ("layer2.0.conv1", 576), ("layer2.0.downsample.0", 64)):
        spread = values[f"{name}.weight"].std().item()
        assert spread == pytest.approx((2 / fan_in) ** 0.5, rel=0.03)
    assert values["fc.weight"].std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.05)
    assert not values["fc.bias"].any()
