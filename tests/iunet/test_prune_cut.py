"""What is pruned, how much, and what is told about it."""

import pytest
import torch
from small_runs import tiny_net

from iunet.architectures import find_net
from iunet.declare.contract import MethodFailed
from iunet.declare.settings import Cut, Start
from iunet.nets.start import initial_weights
from iunet.prune.cut import kept_count, largest, mask_of
from iunet.prune.facts import count_facts, emptied_layers, mask_facts

OF_ENCODER = Cut("magnitude", 8, "encoder-weights", "encoder-weights", "initial")
OF_WHOLE = Cut("magnitude", 8, "weights-and-biases", "whole-model", "initial")


def cut(base, criterion="magnitude", ratio=2.0):
    return Cut(criterion, ratio, base.scope, base.ratio_of, base.restart)


@pytest.fixture
def layout():
    return tiny_net().layout


@pytest.fixture
def trained(layout):
    return torch.randn(layout.total, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def initial(layout):
    return initial_weights(layout, "torch-default", seed=0)


@pytest.mark.parametrize(
    ("features", "classes", "ratio", "share"),
    [(20, 2, 2, 0.498), (20, 2, 8, 0.121), (20, 2, 16, 0.058), (128, 1000, 8, 0.122)],
)
def test_the_whole_model_ratio_keeps_the_share_of_weights_and_biases_known_for_mlp_tab(
    features, classes, ratio, share
):
    layout = find_net("mlp-tab").build(features, classes, Start("torch-default", 8)).layout
    inside = int(layout.in_scope("weights-and-biases").sum())

    assert kept_count(layout, cut(OF_WHOLE, ratio=ratio)) / inside == pytest.approx(share, abs=6e-4)


@pytest.mark.parametrize("ratio", [2, 4, 8, 16])
def test_the_encoder_ratio_keeps_that_share_of_the_encoder_weights(ratio):
    layout = find_net("mlp-tab").build(20, 2, Start("torch-default", 9)).layout

    assert kept_count(layout, cut(OF_ENCODER, ratio=ratio)) == 2_107_392 // ratio


@pytest.mark.parametrize("base", [OF_ENCODER, OF_WHOLE])
def test_the_mask_reaches_the_ratio_asked_for(layout, trained, initial, base):
    mask = mask_of(layout, trained, initial, cut(base, ratio=4), seed=0)

    facts = count_facts(layout, mask)
    if base is OF_ENCODER:
        assert facts["encoder_weights"] / facts["encoder_kept_weights"] == 4
        assert mask[~layout.in_scope("encoder-weights")].all()
    else:
        assert facts["total_weights"] / facts["kept_weights"] == pytest.approx(4, rel=0.005)
        assert mask[~layout.in_scope("weights-and-biases")].all()


def test_magnitude_keeps_the_largest_over_all_layers_together(layout, trained, initial):
    mask = mask_of(layout, trained, initial, cut(OF_ENCODER), seed=0)

    inside = layout.in_scope("encoder-weights")
    size = trained.abs()
    assert size[inside & mask].min() > size[inside & ~mask].max()
    by_layer = [views.float().mean().item() for views in layout.views(mask.unsqueeze(0)).values()]
    assert by_layer[0] != by_layer[4]  # one threshold for all, not one share for each


def test_among_equal_scores_the_first_are_kept():
    scores = torch.tensor([1.0, 3.0, 3.0, 3.0, 2.0])

    assert largest(scores, 2).tolist() == [False, True, True, False, False]


@pytest.mark.parametrize("count", [0, 1, 20, 49, 50, 60])
@pytest.mark.parametrize("kinds", [3, 10_000])
def test_the_highest_are_those_that_a_stable_sort_puts_first(count, kinds):
    scores = torch.randint(kinds, (50,), generator=torch.Generator().manual_seed(count)).float()

    expected = scores.argsort(descending=True, stable=True)[:count]

    assert largest(scores, count).nonzero().squeeze(1).tolist() == sorted(expected.tolist())


def test_a_ratio_that_cannot_be_reached_fails_and_names_the_numbers():
    layout = find_net("mlp-tab").build(128, 1000, Start("torch-default", 9)).layout
    dense_decoder = Cut("magnitude", 8, "encoder-weights", "whole-model", "initial")

    # 513,000 of the decoder, 9,216 of the norms, 4,608 hidden biases; an eighth is 336,189
    with pytest.raises(MethodFailed, match="ratio 8 .* 526,824 of 2,689,512 parameters stay"):
        kept_count(layout, dense_decoder)


def test_layers_of_which_a_mask_keeps_nothing_are_named(layout):
    mask = torch.ones(layout.total, dtype=torch.bool)
    views = layout.views(mask.unsqueeze(0))
    views["layers.1.linear.weight"].fill_(False)
    views["layers.2.linear.bias"].fill_(False)

    assert emptied_layers(layout, mask) == ["layers.1.linear.weight"]
    assert emptied_layers(layout, None) == []


def test_initial_magnitude_keeps_what_was_largest_before_training(layout, trained, initial):
    rule = cut(OF_WHOLE, "initial-magnitude")

    facts = {
        key: mask_facts(
            layout,
            mask_of(layout, trained, initial, cut(OF_WHOLE, key), seed=0),
            initial,
            rule,
        )
        for key in ("initial-magnitude", "magnitude", "random")
    }

    assert facts["initial-magnitude"]["kept_already_largest"] == 1
    # an unrelated mask agrees by chance only: as often as an entry is kept at all
    assert facts["random"]["kept_already_largest"] == pytest.approx(0.43, abs=0.06)
    assert len({f["mask_hash"] for f in facts.values()}) == 3


def test_a_random_mask_depends_on_the_seed(layout, trained, initial):
    rule = cut(OF_ENCODER, "random")

    masks = [mask_of(layout, trained, initial, rule, seed) for seed in (0, 0, 1)]

    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
    assert int(masks[0].sum()) == int(masks[2].sum())


def test_an_emptied_layer_is_counted(layout, trained, initial):
    start = layout.starts[4]  # the second layer's weights
    trained[start : start + 16 * 16] *= 1e-6

    mask = mask_of(layout, trained, initial, cut(OF_ENCODER, ratio=8), seed=0)

    assert mask_facts(layout, mask, initial, OF_ENCODER)["emptied_layers"] == 1


def test_counts_are_those_of_the_mask(layout):
    kept = torch.zeros(layout.total, dtype=torch.bool)
    kept[:10] = True  # of the first layer's weights
    kept[-1] = True  # a bias of the head

    assert count_facts(layout, kept) == {
        "total_weights": layout.total,
        "kept_weights": 11,
        "encoder_weights": 6 * 16 + 16 * 16,
        "encoder_kept_weights": 10,
    }
