"""Views of pictures: from which draws they come, and what they leave alone."""

from itertools import permutations

import pytest
import torch

from iunet.declare.settings import Augment, PictureViews
from iunet.streams import stream
from iunet.views.pictures import (
    apply_draws,
    draw_augment,
    draw_operation,
    draw_views,
    joined,
    normalised,
)

VIEWS = PictureViews((0.2, 1.0), 0.5, (0.4, 0.4, 0.4, 0.1), 0.8, 0.2)
AUGMENT = Augment(crop_padding=4, flip=0.5)
OPERATIONS = ("resize", "horiz", "color", "grayscale")
KINDS = {
    "views": lambda count, draw: draw_views(count, VIEWS, draw),
    "augment": lambda count, draw: draw_augment(count, AUGMENT, draw),
    **{
        name: lambda count, draw, name=name: draw_operation(count, name, VIEWS, draw)
        for name in OPERATIONS
    },
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


def pictures(count, dtype=torch.float32, seed=0):
    """Random pictures of 8 bits in [0, 1]."""
    draw = torch.Generator().manual_seed(seed)
    return torch.randint(256, (count, 3, 32, 32), generator=draw).to(dtype) / 255


def changed(kind, x, seed=0):
    return apply_draws(x, KINDS[kind](len(x), stream(seed, "views")))


def test_equal_pictures_of_a_batch_get_different_views():
    x = pictures(1).expand(64, -1, -1, -1)

    assert len(changed("views", x).flatten(1).unique(dim=0)) == 64


@EVERY_KIND
def test_the_same_seed_gives_the_same_pictures_and_another_gives_others(kind):
    x = pictures(64)

    assert torch.equal(changed(kind, x, seed=3), changed(kind, x, seed=3))
    assert not torch.equal(changed(kind, x, seed=3), changed(kind, x, seed=4))


@EVERY_KIND
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_views_of_several_members_are_bit_equal_to_those_of_each_alone(kind, dtype):
    batches = [pictures(count, dtype, count) for count in (1, 16, 7)]
    draws = [KINDS[kind](len(x), stream(seed, "views")) for seed, x in enumerate(batches)]

    together = apply_draws(torch.cat(batches), joined(draws))

    alone = torch.cat([apply_draws(x, one) for x, one in zip(batches, draws, strict=True)])
    assert torch.equal(together, alone)


@EVERY_KIND
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_views_are_pictures_of_the_same_type_in_0_to_1(kind, dtype):
    x = pictures(200, dtype)

    view = changed(kind, x)

    assert (view.dtype, view.shape) == (x.dtype, x.shape)
    assert view.min() >= 0
    assert view.max() <= 1 + 4 * torch.finfo(dtype).eps


@EVERY_KIND
def test_both_types_get_the_same_views(kind):
    single, double = (
        changed(kind, pictures(200, dtype)) for dtype in (torch.float32, torch.double)
    )

    assert (single - double).abs().max() < 5e-6


@EVERY_KIND
def test_the_pictures_themselves_and_the_global_random_state_stay_as_they_were(kind):
    x = pictures(64)
    before, state = x.clone(), torch.get_rng_state()

    changed(kind, x).zero_()

    assert torch.equal(x, before)
    assert torch.equal(torch.get_rng_state(), state)


@EVERY_KIND
def test_nothing_that_a_picture_holds_is_read_by_the_host(kind):
    view = changed(kind, pictures(64).to("meta"))  # reading a value of these is an error

    assert view.shape == (64, 3, 32, 32)


def test_views_that_do_nothing_give_the_very_same_picture():
    x = pictures(32)
    nothing = PictureViews((1.0, 1.0), 0.0, (0.4, 0.4, 0.4, 0.1), 0.0, 0.0)

    assert torch.equal(apply_draws(x, draw_views(32, nothing, stream(0, "views"))), x)


def test_an_augmentation_without_padding_and_flip_gives_the_very_same_picture():
    x = pictures(32)

    assert torch.equal(apply_draws(x, draw_augment(32, Augment(0, 0.0), stream(0, "views"))), x)


def test_resize_alone_crops_every_picture_and_changes_no_colour():
    x = pictures(64)[:, :, :1, :1].expand(-1, -1, 32, 32)

    assert (changed("resize", x) - x).abs().max() < 1e-6
    draws = draw_operation(500, "resize", VIEWS, stream(0, "views"))
    areas = draws.boxes[:, 2:].prod(dim=1)
    assert areas.min() < 0.3 * 1024
    assert len(areas.unique()) > 100


def test_horiz_alone_mirrors_half_of_the_pictures():
    x = pictures(1000)

    view = changed("horiz", x)

    mirrored = (view == x.flip(3)).flatten(1).all(dim=1)
    assert torch.equal(view[~mirrored], x[~mirrored])
    assert abs(mirrored.double().mean() - 0.5) < 4 * (0.25 / 1000) ** 0.5


def test_color_alone_changes_most_pictures_and_leaves_the_others():
    x = pictures(1000)

    view = changed("color", x)

    same = (view == x).flatten(1).all(dim=1)
    assert abs(same.double().mean() - 0.2) < 4 * (0.16 / 1000) ** 0.5


def test_color_alone_moves_no_pixel():
    left_half = torch.zeros(64, 3, 32, 32)
    left_half[..., :16] = torch.tensor([0.8, 0.5, 0.2]).view(3, 1, 1)

    view = changed("color", left_half)

    for half in (view[..., :16], view[..., 16:]):
        assert (half - half[..., :1, :1]).abs().max() < 1e-6
    assert ((view[..., 0, 0] - view[..., 0, 31]).abs().amax(dim=1) > 0.1).all()


def test_grayscale_alone_makes_a_fifth_of_the_pictures_gray_and_leaves_the_others():
    x = pictures(1000)

    view = changed("grayscale", x)

    gray = (view == view[:, :1]).flatten(1).all(dim=1)
    assert torch.equal(view[~gray], x[~gray])
    assert abs(gray.double().mean() - 0.2) < 4 * (0.16 / 1000) ** 0.5


def test_every_order_of_the_four_colour_changes_occurs_alike():
    order = draw_views(24_000, VIEWS, stream(0, "views")).order

    counts = [int((order == torch.tensor(one)).all(dim=1).sum()) for one in permutations(range(4))]
    assert sum(counts) == 24_000
    assert max(abs(count - 1000) for count in counts) < 4.5 * 1000**0.5


def test_pictures_are_normalised_channel_by_channel():
    x = pictures(4, torch.float64)
    mean, std = torch.tensor([0.5, 0.25, 0.0]), torch.tensor([0.5, 2.0, 1.0])

    found = normalised(x, mean, std)

    assert torch.equal(found[:, 0], 2 * x[:, 0] - 1)
    assert torch.equal(found[:, 1], x[:, 1] / 2 - 0.125)
    assert torch.equal(found[:, 2], x[:, 2])


@pytest.mark.parametrize(
    "x", [pictures(3), pictures(4).byte(), pictures(4)[:, :1], pictures(4)[..., :16]]
)
def test_pictures_that_the_draws_are_not_for_are_refused(x):
    with pytest.raises(ValueError, match="draws are for 4 float pictures of 3 x 32 x 32, not for"):
        apply_draws(x, draw_views(4, VIEWS, stream(0, "views")))


@pytest.mark.gpu
@EVERY_KIND
def test_a_gpu_makes_the_views_of_a_cpu_and_never_waits(kind):
    x, draws = pictures(200), KINDS[kind](200, stream(0, "views"))
    on_device = x.to("cuda")
    torch.cuda.set_sync_debug_mode("error")
    try:
        view = apply_draws(on_device, draws)
    finally:
        torch.cuda.set_sync_debug_mode("default")

    assert (view.cpu() - apply_draws(x, draws)).abs().max() < 5e-6
