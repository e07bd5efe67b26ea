"""What a batch of pictures holds, and how it is drawn."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_pictures import VIEWS, contrast, pictures, plain
from small_runs import from_the_code

from iunet.declare.data import Pictures
from iunet.declare.settings import Augment
from iunet.streams import stream
from iunet.train import batches
from iunet.train.pictures import PictureFeed
from iunet.views.pictures import apply_draws, draw_augment, draw_views, normalised

CROPS = Augment(crop_padding=4, flip=0.5)


@pytest.fixture
def data():
    return pictures()


def training(batch=16, augment=None, **changes):
    return replace(from_the_code().vision.pretrain, batch=batch, augment=augment, **changes)


def epoch_of(data, seeds=(0,), stage="pretrain", epoch=0, **changes):
    feed = PictureFeed.of(data, "cpu", torch.float32)
    return list(feed.batches(seeds, stage, epoch, training(**changes)))


def in_order(data, epoch, part):
    """One part of all batches, [N, 3, 32, 32], put back into the order of the training pictures."""
    order = torch.randperm(len(data.train.y), generator=stream(0, "pretrain order", 0))
    whole = torch.cat([getattr(batch, part)[0] for batch in epoch])
    return torch.empty_like(whole).index_copy_(0, order, whole)


def expected(data, kind, settings):
    """Every training picture changed as the stream of this kind says."""
    x = torch.as_tensor(data.train.x) / 255
    order = torch.randperm(len(x), generator=stream(0, "pretrain order", 0))
    draw = stream(0, f"pretrain {kind}", 0)
    draw_kind = draw_augment if kind == "augmented" else draw_views
    made = apply_draws(x[order], draw_kind(len(x), settings, draw))
    scaled = normalised(made, torch.as_tensor(data.mean), torch.as_tensor(data.std))
    return torch.empty_like(scaled).index_copy_(0, order, scaled)


def test_without_augmentation_the_net_sees_the_scaled_pictures(data):
    epoch = epoch_of(data)

    assert (in_order(data, epoch, "x") - plain(data)).abs().max() < 1e-6
    assert all(batch.view is None and batch.supervised is None for batch in epoch)


def test_supervised_training_sees_augmented_pictures(data):
    found = in_order(data, epoch_of(data, augment=CROPS), "x")

    assert torch.equal(found, expected(data, "augmented", CROPS))
    assert not torch.equal(found, in_order(data, epoch_of(data), "x"))


@pytest.mark.parametrize(
    ("anchor", "supervised_input", "x", "view", "supervised"),
    [
        ("augmented", "augmented", "augmented", "first view", None),
        ("view", "first-view", "first view", "second view", None),
        ("augmented", "first-view", "augmented", "first view", "first view"),
        ("view", "augmented", "first view", "second view", "augmented"),
    ],
)
def test_a_batch_holds_anchor_and_view_and_what_is_supervised_where_that_is_not_the_anchor(
    data, anchor, supervised_input, x, view, supervised
):
    pair = contrast(anchor, supervised_input)
    epoch = epoch_of(data, augment=CROPS, contrast=pair)

    for part, kind in (("x", x), ("view", view), ("supervised", supervised)):
        if kind is None:
            assert getattr(epoch[0], part) is None
        else:
            settings = CROPS if kind == "augmented" else VIEWS
            assert torch.equal(in_order(data, epoch, part), expected(data, kind, settings))


def test_views_differ_from_the_picture_and_from_each_other(data):
    epoch = epoch_of(data, contrast=contrast("view", "first-view"))
    clean = plain(data)

    first, second = (in_order(data, epoch, part) for part in ("x", "view"))

    for one, other in ((first, clean), (second, clean), (first, second)):
        assert not any(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_pictures_are_normalised_after_they_were_padded(data):
    white = Pictures(np.full_like(data.train.x, 255), data.train.y)
    data = replace(data, train=white)

    found = in_order(data, epoch_of(data, augment=CROPS), "x")

    mean, std = (torch.as_tensor(part) for part in (data.mean, data.std))
    for channel in range(3):
        ends = torch.stack([-mean[channel] / std[channel], (1 - mean[channel]) / std[channel]])
        assert torch.allclose(found[:, channel].unique(), ends, atol=1e-6)


def test_a_members_batches_are_the_same_in_any_company(data):
    changes = {"augment": CROPS, "contrast": contrast("view", "augmented")}
    alone, company = (epoch_of(data, seeds, **changes) for seeds in ([7], [3, 7, 5]))

    for one, several in zip(alone, company, strict=True):
        for ours, theirs in zip(one.parts, several.parts, strict=True):
            assert torch.equal(ours[0], theirs[1])


def test_another_seed_stage_or_epoch_draws_other_views(data):
    pair = contrast("view", "first-view")
    first = epoch_of(data, contrast=pair)[0].x

    assert torch.equal(epoch_of(data, contrast=pair)[0].x, first)
    for changes in ({"seeds": [1]}, {"stage": "finetune"}, {"epoch": 1}):
        assert not torch.equal(epoch_of(data, contrast=pair, **changes)[0].x, first)


def test_every_picture_comes_once_an_epoch_with_its_label(data):
    epoch = epoch_of(data)

    labels = torch.cat([batch.y[0] for batch in epoch])
    order = torch.randperm(36, generator=stream(0, "pretrain order", 0))
    assert labels.tolist() == data.train.y[order.numpy()].tolist()
    assert [batch.y.shape[1] for batch in epoch] == [16, 16, 4]


def test_a_last_batch_of_one_picture_is_left_out():
    assert [len(batch.y[0]) for batch in epoch_of(pictures(count=33))] == [16, 16]


def test_pictures_of_several_blocks_of_batches_are_all_walked(data, monkeypatch):
    whole = epoch_of(data, [0, 1])
    monkeypatch.setattr(batches, "BATCHES_A_BLOCK", 2)

    blocks = epoch_of(data, [0, 1])

    assert len(blocks) == len(whole) == 3
    assert all(torch.equal(a.x, b.x) for a, b in zip(blocks, whole, strict=True))
