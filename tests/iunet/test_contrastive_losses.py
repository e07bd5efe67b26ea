"""Both contrastive losses against numbers worked out by hand and against plain loops."""

import math

import pytest
import torch
from small_runs import random_batch, random_weights, tiny_net

from iunet.declare.settings import Contrast, Views
from iunet.losses.contrastive import LOSSES, other_classes_loss, supcon_loss
from iunet.train.objective import cross_entropy, loss_of

BOTH = pytest.mark.parametrize("loss", [other_classes_loss, supcon_loss])


def members(*rows):
    """Features of one member, [1, B, H]."""
    return torch.tensor([rows], dtype=torch.float64)


def random_features(count=2, batch=7, width=5, classes=3, seed=0):
    draw = torch.Generator().manual_seed(seed)
    shape = (2, count, batch, width)
    clean, view = torch.randn(*shape, generator=draw, dtype=torch.float64).unbind()
    return clean, view, torch.randint(classes, (count, batch), generator=draw)


def cosine(a, b):
    return float(a @ b / (a.norm() * b.norm()))


def other_classes_by_loops(clean, view, y, temperature):
    losses = []
    for i in range(len(y)):
        own = cosine(clean[i], view[i]) / temperature
        negatives = [
            math.exp(cosine(clean[i], view[j]) / temperature) for j in range(len(y)) if y[j] != y[i]
        ]
        losses += [math.log(sum(negatives)) - own] if negatives else []
    return sum(losses) / len(losses)


def supcon_by_loops(clean, view, y, temperature):
    features, labels = [*clean, *view], [*y.tolist(), *y.tolist()]
    losses = []
    for i, anchor in enumerate(features):
        similar = {
            j: cosine(anchor, other) / temperature for j, other in enumerate(features) if j != i
        }
        everything = math.log(sum(math.exp(s) for s in similar.values()))
        positives = [s - everything for j, s in similar.items() if labels[j] == labels[i]]
        losses.append(-sum(positives) / len(positives))
    return sum(losses) / len(losses)


def test_other_classes_loss_of_two_orthogonal_samples_is_minus_one():
    x = members((1, 0), (0, 2))

    loss = other_classes_loss(x, x, torch.tensor([[0, 1]]))

    # -cos(own) + log exp(cos(other)) = -1 + log(1)
    assert loss.tolist() == pytest.approx([-1.0], abs=1e-12)


def test_other_classes_loss_pairs_a_sample_with_views_of_others_and_leaves_its_class_out():
    clean = members((1, 0), (0, 1), (0, 3))
    view = members((2, 0), (0, -1), (1, 1))

    loss = other_classes_loss(clean, view, torch.tensor([[0, 1, 1]]))

    half = math.sqrt(0.5)
    first = math.log(1 + math.exp(half)) - 1  # its negatives: the views (0, -1) and (1, 1)
    second, third = 0 + 1, 0 - half  # the only negative of both: the view (2, 0), cosine 0
    assert loss.item() == pytest.approx((first + second + third) / 3, abs=1e-12)


def test_supcon_loss_of_two_orthogonal_samples():
    x = members((1, 0), (0, 1))

    loss = supcon_loss(x, x, torch.tensor([[0, 1]]))

    # each anchor: its own view at cosine 1, two others at cosine 0
    assert loss.item() == pytest.approx(math.log(math.e + 2) - 1, abs=1e-12)


def test_supcon_loss_of_one_class_counts_all_others_as_positives():
    x = members((1, 0), (0, 1))

    loss = supcon_loss(x, x, torch.tensor([[5, 5]]))

    # three positives at cosines 1, 0, 0, all of them in the denominator too
    assert loss.item() == pytest.approx(math.log(math.e + 2) - 1 / 3, abs=1e-12)


@pytest.mark.parametrize("temperature", [1.0, 0.2])
@pytest.mark.parametrize(
    ("loss", "by_loops"),
    [(other_classes_loss, other_classes_by_loops), (supcon_loss, supcon_by_loops)],
)
def test_a_loss_equals_plain_loops_over_the_samples_of_each_member(loss, by_loops, temperature):
    clean, view, y = random_features()

    found = loss(clean, view, y, temperature=temperature)

    expected = [by_loops(*parts, temperature) for parts in zip(clean, view, y, strict=True)]
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_other_classes_loss_of_a_batch_of_128_lies_within_its_range():
    clean, view, _ = random_features(count=1, batch=128)
    y = torch.arange(128).unsqueeze(0)

    bounds = [
        other_classes_loss(sign * clean, clean * 0 + clean[:, :1], y).item() for sign in (1, -1)
    ]

    assert 2.844 < other_classes_loss(clean, view, y).item() < 6.844
    assert all(2.844 < bound < 6.844 for bound in bounds)


def test_a_member_without_negatives_loses_nothing_and_does_not_disturb_the_others():
    clean, view, y = random_features()
    alone = other_classes_loss(clean[1:], view[1:], y[1:])
    y[0] = 2

    found = other_classes_loss(clean, view, y)

    assert found[0].item() == 0
    assert found[1].item() == alone.item()


@BOTH
@pytest.mark.parametrize("labels", [[4, 4, 4], [0, 0, 1]])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_even_of_one_class_and_of_features_that_are_all_zero(
    loss, labels, dtype
):
    clean = torch.tensor([[[0.0, 0.0], [1.0, 2.0], [-1.0, 0.5]]], dtype=dtype, requires_grad=True)
    view = torch.tensor([[[3.0, 1.0], [0.0, 0.0], [1.0, 1.0]]], dtype=dtype, requires_grad=True)

    loss(clean, view, torch.tensor([labels])).sum().backward()

    assert torch.isfinite(clean.grad).all()
    assert torch.isfinite(view.grad).all()


def test_without_negatives_the_gradient_is_zero():
    clean, view, y = random_features(count=1)
    clean.requires_grad_()

    other_classes_loss(clean, view, torch.zeros_like(y)).sum().backward()

    assert not clean.grad.any()


@pytest.mark.parametrize("key", sorted(LOSSES))
def test_the_objective_adds_the_weighted_contrastive_loss_to_the_cross_entropy(key):
    net = tiny_net()
    weights = net.layout.views(random_weights(net, 2)[0])
    batch = random_batch(net, 2, 8, view=True)
    views = Views(rate=0.5, donor="one-row", unit="column")
    settings = Contrast(
        key, temperature=0.5, weight=0.25, anchor="clean", passes="separate", views=views
    )

    found = loss_of(net, weights, batch, settings).per_member

    clean, seen = (net.forward(weights, rows, None) for rows in (batch.x, batch.view))
    pull = LOSSES[key](clean.features, seen.features, batch.y, temperature=0.5)
    expected = cross_entropy(clean.logits, batch.y) + 0.25 * pull
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-12)


@pytest.mark.parametrize("key", sorted(LOSSES))
def test_a_joint_pass_normalises_both_halves_together_and_classifies_the_clean_one(key):
    net = tiny_net()
    weights = net.layout.views(random_weights(net, 2)[0])
    batch = random_batch(net, 2, 8, view=True)
    views = Views(rate=0.5, donor="one-row", unit="column")
    settings = Contrast(key, 1.0, 1.0, anchor="clean", passes="joint", views=views)

    found = loss_of(net, weights, batch, settings).per_member

    both = net.forward(weights, torch.cat([batch.x, batch.view], dim=1), None)
    clean, seen = both.features.split(8, dim=1)
    expected = cross_entropy(both.logits[:, :8], batch.y) + LOSSES[key](clean, seen, batch.y)
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-12)
