"""Each regulariser against numbers worked out by hand or against an independent implementation."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional

from iunet.regularise.adversarial import Adversarial
from iunet.regularise.averaging import Averaging
from iunet.regularise.cutmix import CutMix
from iunet.regularise.cutout import CutOut
from iunet.regularise.dropout import SHAPES, Dropout
from iunet.regularise.lookahead import Lookahead
from iunet.regularise.mixup import MixUp
from iunet.train.changes import class_weights_of
from iunet.train.objective import Batch, Supervised, cross_entropy

ROWS, COLUMNS, CLASSES = 40, 8, 3


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def rows(seed=1):
    return torch.randn(ROWS, COLUMNS, generator=draw(seed), dtype=torch.float64)


# Worked out by hand for nine layers, in ninths but for the diamond's fifths and hexagon's thirds.
@pytest.mark.parametrize(
    ("shape", "shares"),
    [
        ("brick", [1] * 9),
        ("funnel", [9 / 9, 8 / 9, 7 / 9, 6 / 9, 5 / 9, 4 / 9, 3 / 9, 2 / 9, 1 / 9]),
        ("long-funnel", [1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2]),
        ("triangle", [1 / 9, 2 / 9, 3 / 9, 4 / 9, 5 / 9, 6 / 9, 7 / 9, 8 / 9, 9 / 9]),
        ("diamond", [0.2, 0.4, 0.6, 0.8, 1, 0.8, 0.6, 0.4, 0.2]),
        ("hexagon", [1 / 3, 2 / 3, 1, 1, 1, 1, 1, 2 / 3, 1 / 3]),
        ("stairs", [9 / 9, 9 / 9, 7 / 9, 7 / 9, 5 / 9, 5 / 9, 3 / 9, 3 / 9, 1 / 9]),
    ],
)
def test_a_shape_gives_every_layer_its_share_of_the_rate(shape, shares):
    found = [Dropout(0.5, shape).rate_of(layer, 9) for layer in range(9)]

    assert found == pytest.approx([0.5 * share for share in shares])
    assert set(SHAPES) == {"brick", "funnel", "long-funnel", "triangle", "diamond"} | {
        "hexagon",
        "stairs",
    }


def test_dropout_drops_by_its_noise_and_keeps_the_mean():
    noise = torch.tensor([[[0.1, 0.3, 0.5, 0.9]]])

    found = Dropout(0.4).hidden(torch.full((1, 1, 4), 3.0), noise, 0, 1)

    assert found.tolist() == [[[0.0, 0.0, pytest.approx(5.0), pytest.approx(5.0)]]]


def test_dropout_is_torchs_where_both_drop_the_same():
    x = torch.rand(1, ROWS, COLUMNS, generator=draw()) + 1
    torch.manual_seed(0)
    expected = functional.dropout(x, 0.3)
    noise = torch.where(expected == 0, 0.0, 0.99)

    assert torch.allclose(Dropout(0.3).hidden(x, noise, 0, 1), expected)


def test_mixup_mixes_rows_as_it_says_and_the_loss_is_that_of_the_mixed_labels():
    x, y = rows(), torch.arange(ROWS) % CLASSES
    found = MixUp(0.7).mixed(x, draw())
    logits = torch.randn(1, ROWS, CLASSES, generator=draw(2), dtype=torch.float64)

    batch = Batch(
        found.x.unsqueeze(0),
        y.unsqueeze(0),
        other=y[found.partner].unsqueeze(0),
        share=torch.tensor([found.share], dtype=torch.float64),
    )
    own = cross_entropy(logits, batch.y)
    loss = batch.share * own + (1 - batch.share) * cross_entropy(logits, batch.other)

    assert torch.allclose(found.x, found.share * x + (1 - found.share) * x[found.partner])
    soft = found.share * functional.one_hot(y) + (1 - found.share) * functional.one_hot(
        y[found.partner]
    )
    assert loss.item() == pytest.approx(functional.cross_entropy(logits[0], soft).item())


def test_shares_of_mixup_are_drawn_from_the_beta_distribution():
    generator = draw()
    shares = [MixUp(0.4).mixed(rows(), generator).share for _ in range(2000)]

    # Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)).
    assert np.mean(shares) == pytest.approx(0.5, abs=0.03)
    assert np.var(shares) == pytest.approx(1 / (4 * 1.8), abs=0.01)
    assert MixUp(0.0).mixed(rows(), draw()).share == 1.0


def test_cutmix_takes_columns_of_one_other_row_and_counts_those_that_are_left():
    x = rows()
    found = CutMix(1.0).mixed(x, draw(3))

    taken = (found.x != x).any(dim=0)
    assert 0 < taken.sum() < COLUMNS
    assert torch.equal(found.x[:, taken], x[found.partner][:, taken])
    assert torch.equal(found.x[:, ~taken], x[:, ~taken])
    assert found.share == pytest.approx(1 - int(taken.sum()) / COLUMNS)


def test_cutmix_and_cutout_act_with_their_probability():
    generator, x = draw(), rows()
    cut = [CutMix(0.3).mixed(x, generator).share < 1 for _ in range(2000)]
    out = [bool((CutOut(0.3, 0.5).mixed(x, generator).x == 0).any()) for _ in range(2000)]

    # A cut of less than one column leaves a row as it is: one in eight.
    assert np.mean(cut) == pytest.approx(0.3 * 7 / 8, abs=0.03)
    assert np.mean(out) == pytest.approx(0.3, abs=0.03)


def test_cutout_sets_its_share_of_the_columns_to_zero_and_keeps_the_labels():
    x = rows()
    found = CutOut(1.0, 0.4).mixed(x, draw())

    gone = (found.x == 0).all(dim=0)
    assert int(gone.sum()) == 3  # floor(0.4 * 8)
    assert torch.equal(found.x[:, ~gone], x[:, ~gone])
    assert (found.share, found.partner.tolist()) == (1.0, list(range(ROWS)))


def test_adversarial_training_is_the_mean_loss_of_clean_and_moved_rows():
    weight = torch.randn(COLUMNS, CLASSES, generator=draw(4), dtype=torch.float64)
    x, y = rows(), torch.arange(ROWS) % CLASSES

    def loss_of(weight, x):
        return functional.cross_entropy(x[0] @ weight, y).unsqueeze(0)

    leaf, plain = (weight.clone().requires_grad_() for _ in range(2))
    found = Adversarial(0.05).loss(x.unsqueeze(0), partial(loss_of, leaf))
    found.sum().backward()

    clean = functional.cross_entropy(x @ plain, y)
    # The gradient with respect to the rows by hand: (softmax - one hot) W^T / B.
    slope = ((x @ plain).softmax(1) - functional.one_hot(y)) @ plain.T / ROWS
    moved = functional.cross_entropy((x + 0.05 * slope.detach().sign()) @ plain, y)
    ((clean + moved) / 2).backward()
    assert found.item() == pytest.approx(((clean + moved) / 2).item())
    assert torch.allclose(leaf.grad, plain.grad)
    assert moved > clean


def test_lookahead_is_a_plain_loop_of_slow_and_fast_weights():
    updates = torch.randn(11, 2, 5, generator=draw(), dtype=torch.float64)
    weights = torch.zeros(2, 5, dtype=torch.float64)
    follower = Lookahead(steps=3, alpha=0.6).follow(weights)
    slow, fast = torch.zeros(2, 5, dtype=torch.float64), torch.zeros(2, 5, dtype=torch.float64)

    for number, update in enumerate(updates, start=1):
        weights += update
        follower.after_step()
        fast = fast + update
        if number % 3 == 0:
            slow = slow + 0.6 * (fast - slow)
            fast = slow
        assert torch.allclose(weights, fast)
    assert follower.final() is None


def test_averaging_is_the_mean_of_torchs_averaged_model():
    module = torch.nn.Linear(4, 1).double()
    averaged = torch.optim.swa_utils.AveragedModel(module)
    weights = torch.zeros(1, 4, dtype=torch.float64)
    follower = Averaging(0.75).follow(weights)
    steps = torch.randn(8, 4, generator=draw(), dtype=torch.float64)

    for epoch, step in enumerate(steps):
        weights.copy_(step)
        follower.after_epoch(epoch, len(steps))
        if epoch >= 6:  # three quarters of eight
            with torch.no_grad():
                module.weight.copy_(step)
            averaged.update_parameters(module)

    assert torch.allclose(follower.final(), averaged.module.weight)


def test_averaging_that_never_began_leaves_the_weights():
    follower = Averaging(0.75).follow(torch.zeros(1, 4))
    follower.after_epoch(0, 8)

    assert follower.final() is None


def test_the_weighted_loss_is_torchs(blobs_of_three):
    weights = class_weights_of(blobs_of_three, torch.float64)
    logits = torch.randn(2, ROWS, CLASSES, generator=draw(), dtype=torch.float64)
    y = torch.randint(CLASSES, (2, ROWS), generator=draw(1))

    found = cross_entropy(logits, y, weights)

    for i in range(2):
        expected = functional.cross_entropy(logits[i], y[i], weights)
        assert found[i].item() == pytest.approx(expected.item())


def test_class_weights_are_those_of_scikit_learn(blobs_of_three):
    from sklearn.utils.class_weight import compute_class_weight

    y = blobs_of_three.train.y
    expected = compute_class_weight("balanced", classes=np.unique(y), y=y)

    found = class_weights_of(blobs_of_three, torch.float64)

    assert found.tolist() == pytest.approx([*expected, 0.0][: len(found)])


@pytest.fixture
def blobs_of_three():
    from small_runs import blobs

    data = blobs(classes=3)
    data.train.y[:20] = 0
    return data


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Dropout(1.0), r"rate of dropout is in \[0, 1\), not 1"),
        (lambda: MixUp(-1.0), "alpha of MixUp is at least 0, not -1"),
        (lambda: CutMix(2.0), r"probability of CutMix is in \[0, 1\], not 2"),
        (lambda: CutOut(0.5, -0.1), r"patch of CutOut is in \[0, 1\], not -0.1"),
        (lambda: Adversarial(-0.1), "epsilon of adversarial training is at least 0, not -0.1"),
        (lambda: Lookahead(0, 0.5), r"at least 1 step and alpha in \(0, 1\], not 0 and 0.5"),
        (lambda: Averaging(1.0), r"a share in \[0, 1\), not 1"),
    ],
)
def test_impossible_settings_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_supervised_loss_without_anything_is_the_cross_entropy():
    from small_runs import random_batch, random_weights, tiny_net

    from iunet.train.objective import loss_of

    net = tiny_net()
    weights, _ = random_weights(net, 2)
    batch = random_batch(net, 2, 12)

    found = loss_of(net, net.layout.views(weights), batch, None, supervised=Supervised())
    logits = net.forward(net.layout.views(weights), batch.x, None).logits

    assert torch.equal(found.per_member, cross_entropy(logits, batch.y))
