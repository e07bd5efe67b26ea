"""Each operation on pictures, with given parameters, against torchvision and colorsys."""

from colorsys import hsv_to_rgb, rgb_to_hsv
from itertools import permutations

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import functional as v1
from torchvision.transforms.v2 import functional as v2

from iunet.views.pictures import AugmentDraws, ViewDraws, apply_draws

BOXES = [(0, 0, 32, 32), (3, 5, 20, 27), (0, 18, 17, 14), (31, 31, 1, 1), (12, 0, 16, 32)]
FACTORS = (0.0, 0.6, 1.0, 1.37, 2.0)
TURNS = (-0.5, -0.31, -0.1, 0.0, 0.017, 0.25, 0.5)
BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)
ADJUST = ("adjust_brightness", "adjust_contrast", "adjust_saturation", "adjust_hue")
BOTH = pytest.mark.parametrize("functional", [v1, v2], ids=["v1", "v2"])
TIGHT = {torch.float32: 1e-6, torch.float64: 1e-14}
BOTH_TYPES = pytest.mark.parametrize("dtype", TIGHT, ids=str)


def pictures(count, dtype=torch.float64):
    """Smooth and noisy pictures of 8 bits; some pixels are gray, black, white or pure colours."""
    draw = torch.Generator().manual_seed(1)
    noise = torch.randint(256, (count, 3, 32, 32), generator=draw)
    noise[:, :, 8:16] = noise[:, :1, 8:16]
    noise[:, :, 16:24] = noise[:, :, 16:24].ge(128) * 255
    smooth = torch.linspace(0, 255, 96).view(3, 1, 32).expand(3, 32, 32).long()
    noise[::2] = (noise[::2] + smooth) // 2
    return noise.to(dtype) / 255


def still(count):
    """Draws that change nothing."""
    return ViewDraws(
        boxes=torch.tensor([[0, 0, 32, 32]]).repeat(count, 1),
        flip=torch.zeros(count, dtype=torch.bool),
        jitter=torch.zeros(count, dtype=torch.bool),
        factors=torch.tensor([1.0, 1.0, 1.0, 0.0], dtype=torch.float64).repeat(count, 1),
        order=torch.arange(4).repeat(count, 1),
        gray=torch.zeros(count, dtype=torch.bool),
    )


def jittered(x, factors, order=None):
    """Only the colours changed: factors [B, 4]."""
    draws = still(len(x))._replace(jitter=torch.ones(len(x), dtype=torch.bool), factors=factors)
    return apply_draws(x, draws if order is None else draws._replace(order=order))


def one_factor(which, values):
    """Factors that change one thing, by each of the values."""
    factors = still(len(values)).factors
    factors[:, which] = torch.tensor(values, dtype=torch.float64)
    return factors


@BOTH
@BOTH_TYPES
def test_a_crop_is_resized_as_torchvision_resizes_it(functional, dtype):
    x = pictures(len(BOXES), dtype)

    view = apply_draws(x, still(len(x))._replace(boxes=torch.tensor(BOXES)))

    for picture, box, found in zip(x, BOXES, view, strict=True):
        for antialias in (True, False):
            expected = functional.resized_crop(picture, *box, [32, 32], antialias=antialias)
            assert (found - expected).abs().max() < TIGHT[dtype]


def test_a_crop_of_an_8_bit_picture_differs_by_two_roundings_only():
    x = pictures(len(BOXES))

    view = apply_draws(x, still(len(x))._replace(boxes=torch.tensor(BOXES)))

    for picture, box, found in zip(x, BOXES, view, strict=True):
        image = Image.fromarray(np.uint8(picture.mul(255).round().permute(1, 2, 0).numpy()))
        resized = v1.pil_to_tensor(v1.resized_crop(image, *box, [32, 32])) / 255
        assert (found - resized).abs().max() < 1.01 / 255


@BOTH_TYPES
def test_the_crop_of_the_whole_picture_and_the_flip_copy_values_exactly(dtype):
    x = pictures(6, dtype)
    flip = torch.tensor([True, False] * 3)

    view = apply_draws(x, still(6)._replace(flip=flip))

    assert torch.equal(view[~flip], x[~flip])
    assert torch.equal(view[flip], v1.hflip(x[flip]))


def test_a_picture_is_flipped_after_it_was_cropped():
    x = pictures(len(BOXES))
    draws = still(len(x))._replace(boxes=torch.tensor(BOXES))

    view = apply_draws(x, draws._replace(flip=torch.ones(len(x), dtype=torch.bool)))

    assert (view - apply_draws(x, draws).flip(3)).abs().max() < 1e-14


@BOTH_TYPES
def test_an_augmented_picture_is_a_crop_of_the_zero_padded_one(dtype):
    moves = [(-4, -4), (4, 4), (-4, 3), (0, 0), (2, -1), (0, 4)]
    x = pictures(len(moves), dtype)
    flip = torch.tensor([False, True] * 3)

    found = apply_draws(x, AugmentDraws(torch.tensor([(*move, 32, 32) for move in moves]), flip))

    padded = v1.pad(x, [4])
    for one, picture, (top, left), mirrored in zip(found, padded, moves, flip, strict=True):
        expected = v1.crop(picture, top + 4, left + 4, 32, 32)
        assert torch.equal(one, v1.hflip(expected) if mirrored else expected)


@BOTH
@BOTH_TYPES
@pytest.mark.parametrize("which", [BRIGHTNESS, CONTRAST, SATURATION])
def test_a_blend_is_that_of_torchvision(functional, dtype, which):
    x = pictures(len(FACTORS), dtype)

    found = jittered(x, one_factor(which, FACTORS))

    for one, picture, factor in zip(found, x, FACTORS, strict=True):
        expected = getattr(functional, ADJUST[which])(picture, factor)
        assert (one - expected).abs().max() < TIGHT[dtype]


@BOTH
def test_the_hue_is_turned_as_torchvision_turns_it(functional):
    x = pictures(len(TURNS), torch.float32)

    found = jittered(x, one_factor(HUE, TURNS))

    for one, picture, turn in zip(found, x, TURNS, strict=True):
        assert (one - functional.adjust_hue(picture, turn)).abs().max() < 2e-6


def test_the_hue_is_turned_as_colorsys_turns_it():
    x = pictures(len(TURNS), torch.float64)

    found = jittered(x, one_factor(HUE, TURNS))

    for one, picture, turn in zip(found, x, TURNS, strict=True):
        before, after = (pixels.flatten(1).T[::7] for pixels in (picture, one))
        for pixel, turned in zip(before.tolist(), after.tolist(), strict=True):
            hue, saturation, value = rgb_to_hsv(*pixel)
            expected = hsv_to_rgb((hue + turn) % 1, saturation, value)
            assert turned == pytest.approx(expected, abs=1e-14)


@BOTH_TYPES
def test_factors_that_change_nothing_give_the_same_colours(dtype):
    x = pictures(6, dtype)

    found = jittered(x, still(6).factors)

    assert (found - x).abs().max() < TIGHT[dtype]


@BOTH
def test_the_four_changes_are_applied_in_the_order_of_each_picture(functional):
    orders = list(permutations(range(4)))
    x = pictures(len(orders), torch.float32)
    draw = torch.Generator().manual_seed(2)
    factors = torch.rand(len(x), 4, generator=draw, dtype=torch.float64) * 0.8 + 0.6
    factors[:, HUE] = (factors[:, HUE] - 1) / 4

    found = jittered(x, factors, torch.tensor(orders))

    for one, picture, order, by in zip(found, x, orders, factors.tolist(), strict=True):
        for which in order:
            picture = getattr(functional, ADJUST[which])(picture, by[which])
        assert (one - picture).abs().max() < 5e-6


@BOTH
@BOTH_TYPES
def test_gray_pictures_have_the_weights_of_torchvision(functional, dtype):
    x = pictures(6, dtype)
    gray = torch.tensor([True, False] * 3)

    view = apply_draws(x, still(6)._replace(gray=gray))

    assert torch.equal(view[~gray], x[~gray])
    expected = functional.rgb_to_grayscale(x[gray], num_output_channels=3)
    assert (view[gray] - expected).abs().max() < TIGHT[dtype]


def test_a_picture_is_made_gray_after_its_colours_were_changed():
    x = pictures(4)
    on = torch.ones(4, dtype=torch.bool)
    factors = one_factor(SATURATION, [0.0, 0.5, 1.4, 2.0])

    view = apply_draws(x, still(4)._replace(jitter=on, factors=factors, gray=on))

    expected = v1.rgb_to_grayscale(jittered(x, factors), num_output_channels=3)
    assert (view - expected).abs().max() < 1e-14
