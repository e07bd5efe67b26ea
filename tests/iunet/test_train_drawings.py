"""What is kept of a net to draw it."""

import numpy as np
import pytest
import torch
from small_pictures import VALUES, build_tiny, picture_chain, pictures
from small_runs import blobs, from_the_code, small_chain, tiny_net, use_net
from small_runs import build_tiny as build_tiny_for_tables

from iunet.architectures import find_net
from iunet.declare.settings import Start
from iunet.declare.sharing import Member
from iunet.nets.start import initial_weights
from iunet.train import drawings
from iunet.train.cohort import fit_cohort
from iunet.train.drawings import Histogram, first_layer


@pytest.fixture
def layout():
    return tiny_net(4, 2).layout


def with_first(layout, values):
    """Weights [1, P] of 7 whose first layer [4, 16] begins with these values, the rest 0."""
    weights = torch.full((1, layout.total), 7.0)
    first = layout.views(weights)["layers.0.linear.weight"]
    first.zero_().flatten()[: len(values)] = torch.tensor(values)
    return weights


def test_bins_are_one_below_the_smallest_size_and_then_equal_factors_up_to_one(layout):
    counted = Histogram.before(layout, with_first(layout, [0.5, -2e-5, 1e-6])).drawn(0)

    edges = counted["histogram_edges"]
    assert (edges[0], edges[-1], len(edges)) == (0, 1, 33)
    assert edges[1] == pytest.approx(1e-5)
    assert edges[2:] / edges[1:-1] == pytest.approx(np.full(31, 10 ** (5 / 31)))
    expected = np.zeros(32)
    expected[[0, 2, 30]] = [62, 1, 1]  # log10(2) is 1.9 of the 31 steps of 5, log10(.5e5) is 29.1
    assert counted["histogram"].tolist() == [expected.tolist()]


def test_larger_weights_and_such_as_are_no_numbers_count_in_the_last_bin(layout):
    begun = Histogram.before(layout, with_first(layout, [2.0]))

    later = begun.after(layout, with_first(layout, [3.0, -50.0, float("nan"), float("inf"), 0.0]))

    assert later.drawn(0)["histogram"][1, [0, 31]].tolist() == [60, 4]
    assert later.drawn(0)["histogram"].sum(axis=1).tolist() == [64, 64]


def test_counting_in_parts_counts_the_same(layout, monkeypatch):
    weights = torch.randn(1, layout.total, generator=torch.Generator().manual_seed(0))
    whole = Histogram.before(layout, weights).counts
    monkeypatch.setattr(drawings, "AT_ONCE", 5)

    assert torch.equal(Histogram.before(layout, weights).counts, whole)


def test_every_member_is_counted_by_itself(layout):
    weights = torch.cat([with_first(layout, [0.5]), with_first(layout, [0.05])])

    begun = Histogram.before(layout, weights)

    assert begun.counts.shape == (2, 1, 32)
    assert not torch.equal(begun.counts[0], begun.counts[1])


def test_a_first_layer_of_zeros_counts_in_the_first_bin(layout):
    begun = Histogram.before(layout, with_first(layout, []))

    assert begun.counts[0, 0, 0] == 64


def test_units_of_a_table_net_are_drawn_all_and_in_their_order(layout):
    drawn = first_layer(layout, with_first(layout, [2.0, -1.0]), pictures=False)["first_layer"]

    assert drawn.shape == (16, 4) and drawn.dtype == np.uint8
    assert drawn[:3, 0].tolist() == [255, 128, 0]


def test_of_a_net_for_pictures_the_units_with_the_largest_weights_are_drawn():
    layout = tiny_net(VALUES, 3).layout
    weights = initial_weights(layout, "torch-default", 0).unsqueeze(0)

    drawn = first_layer(layout, weights, pictures=True)["first_layer"]

    size = layout.views(weights)["layers.0.linear.weight"][0].abs().T.numpy()
    norms = np.linalg.norm(size, axis=1)
    chosen = np.argsort(-norms)[:6]
    assert drawn.shape == (6, VALUES)
    assert np.abs(drawn - size[chosen] / size.max() * 255).max() <= 0.501


@pytest.mark.parametrize("net", ["cnn", "resnet"])
def test_of_convolutions_nothing_is_drawn(net):
    layout = find_net(net).build(VALUES, 10, Start("torch-default", 8, alpha=1)).layout
    weights = torch.ones(1, layout.total)

    assert Histogram.before(layout, weights) is None
    assert first_layer(layout, weights, pictures=True) == {}


def test_a_run_on_pictures_counts_before_training_and_after_each_epoch(monkeypatch):
    use_net(monkeypatch, build_tiny)
    chain = picture_chain(from_the_code(), "no-ilo", epochs=3)

    ((_, fitted),) = fit_cohort(pictures(), "tiny", [Member("a", chain, 4)], data_id="patches")

    counts, edges = fitted.drawings["histogram"], fitted.drawings["histogram_edges"]
    assert counts.shape == (1 + 3, 32)
    assert (counts.sum(axis=1) == VALUES * 16).all()
    layout = build_tiny(VALUES, 3, chain.start).layout
    unscaled = layout.views(initial_weights(layout, chain.start.init, 4).unsqueeze(0))
    largest = unscaled["layers.0.linear.weight"].abs().max().item() * chain.start.kappa
    assert counts[0, np.searchsorted(edges, largest) :].sum() == 0 < counts[0].max()
    assert not np.array_equal(counts[0], counts[3])


def test_a_run_on_a_table_keeps_its_first_layer_and_no_histogram(monkeypatch):
    use_net(monkeypatch, build_tiny_for_tables)
    chain = small_chain(from_the_code(), "dense")

    ((_, fitted),) = fit_cohort(blobs(), "tiny", [Member("a", chain, 0)], data_id="blobs")

    assert set(fitted.drawings) == {"first_layer"}
    assert fitted.drawings["first_layer"].shape == (16, 6)
