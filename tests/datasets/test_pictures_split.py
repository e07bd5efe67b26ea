"""Validation pictures are those torch would draw, caps keep the proportion, scales are exact."""

import numpy as np
import pytest
import torch

from bench.datasets.encode import fit_scale
from bench.datasets.load import split_pictures, split_sizes
from bench.errors import DataMismatch
from iunet.declare.vision import PictureSplit

FIFTH = PictureSplit(valid=0.2, seed=11)


@pytest.mark.parametrize(("pictures", "seed"), [(1437, 1), (73_257, 11)])
def test_the_split_is_the_one_torchs_random_split_draws(pictures, seed):
    valid = int(0.2 * pictures)
    generator = torch.Generator().manual_seed(seed)
    ours = split_pictures(pictures, PictureSplit(valid=0.2, seed=seed))
    theirs = torch.utils.data.random_split(
        range(pictures), [pictures - valid, valid], generator=generator
    )
    for own, subset in zip(ours, theirs, strict=True):
        assert own.tolist() == list(subset.indices)


def test_the_validation_share_is_rounded_down():
    assert split_sizes(73_257, FIFTH) == (58_606, 14_651)
    assert split_sizes(50_000, FIFTH) == (40_000, 10_000)


def test_a_cap_keeps_the_first_of_each_part_and_their_proportion():
    train, valid = split_pictures(1437, FIFTH)
    some_train, some_valid = split_pictures(1437, FIFTH, limit=100)
    assert split_sizes(50_000, FIFTH, limit=4_000) == (4_000, 1_000)
    assert (len(some_train), len(some_valid)) == (100, 25)
    assert some_train.tolist() == train[:100].tolist()
    assert some_valid.tolist() == valid[:25].tolist()


def test_a_cap_above_what_there_is_keeps_all():
    assert split_sizes(1437, FIFTH, limit=1150) == split_sizes(1437, FIFTH) == (1150, 287)
    assert split_sizes(1437, FIFTH, limit=9999) == (1150, 287)


@pytest.mark.parametrize(("pictures", "kept"), [(4, None), (1437, 2)])
def test_an_empty_part_is_refused_with_both_numbers(pictures, kept):
    with pytest.raises(DataMismatch, match=rf"{pictures:,} pictures give \d for .* and 0 for val"):
        split_sizes(pictures, FIFTH, kept)


def test_own_means_and_deviations_are_those_of_the_training_pictures():
    x = np.random.default_rng(0).integers(0, 256, (2500, 3, 32, 32), dtype=np.uint8)
    x[:, 1] //= 3
    scale = fit_scale("own", x)
    unit = x / 255
    np.testing.assert_allclose(scale.mean, unit.mean(axis=(0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(scale.std, unit.std(axis=(0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(scale(x).mean(axis=(0, 2, 3), dtype=np.float64), 0, atol=1e-5)


def test_a_picture_is_brought_to_unit_range_then_shifted_then_scaled():
    x = np.full((1, 3, 32, 32), 51, dtype=np.uint8)
    scaled = fit_scale("imagenet", x)(x)
    expected = [(0.2 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.2 - 0.406) / 0.225]
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled[0, :, 5, 7], expected, rtol=1e-6)
    np.testing.assert_allclose(fit_scale("none", x)(x), 0.2, rtol=1e-6)


def test_a_channel_that_never_changes_cannot_be_scaled_by():
    x = np.random.default_rng(0).integers(0, 256, (20, 3, 32, 32), dtype=np.uint8)
    x[:, 2] = 51
    with pytest.raises(DataMismatch, match=r"channel 2 of the 20 training pictures is 0.2 every"):
        fit_scale("own", x)
