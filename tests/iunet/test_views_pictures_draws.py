"""What is drawn for pictures against torchvision's transforms, which draw for one at a time."""

import pytest
import torch
from scipy.stats import ks_2samp
from torchvision import transforms as v1
from torchvision.transforms import v2

from iunet.declare.settings import Augment, PictureViews
from iunet.streams import stream
from iunet.views.pictures import apply_draws, draw_augment, draw_views

VIEWS = PictureViews((0.2, 1.0), 0.5, (0.4, 0.4, 0.4, 0.1), 0.8, 0.2)
SCALES = [(0.2, 1.0), (0.08, 0.5), (0.93, 1.0), (0.999, 1.0)]
DRAWS, PER_PICTURE = 4000, 1500
LEAST_PVALUE = 1e-4
"""Of some 50 comparisons of distributions."""


@pytest.fixture(autouse=True)
def torchvision_seed():
    """torchvision draws from the global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        yield


def assert_equal_shares(mine, theirs):
    """Two shares of True, no more than 4 standard deviations of their difference apart."""
    mine, theirs = (torch.as_tensor(part).double() for part in (mine, theirs))
    pooled = torch.cat([mine, theirs]).mean()
    deviation = (pooled * (1 - pooled) * (1 / len(mine) + 1 / len(theirs))).sqrt()
    assert abs(mine.mean() - theirs.mean()) <= 4 * deviation


def assert_one_distribution(mine, theirs):
    """Equal means, to 4 standard deviations of their difference, and equal quantiles."""
    mine, theirs = (torch.as_tensor(part).double() for part in (mine, theirs))
    deviation = (mine.var() / len(mine) + theirs.var() / len(theirs)).sqrt()
    assert abs(mine.mean() - theirs.mean()) <= 4 * deviation
    assert ks_2samp(mine.numpy(), theirs.numpy(), method="asymp").pvalue > LEAST_PVALUE


@pytest.mark.parametrize("scale", SCALES)
def test_crops_are_drawn_as_torchvision_draws_them(scale):
    whole = torch.zeros(3, 32, 32)
    crop = v1.RandomResizedCrop(32, scale)
    theirs = torch.tensor(
        [crop.get_params(whole, list(scale), list(crop.ratio)) for _ in range(DRAWS)]
    )

    views = PictureViews(scale, 0.5, (0.4, 0.4, 0.4, 0.1), 0.8, 0.2)
    mine = draw_views(DRAWS, views, stream(0, "views")).boxes

    for column in range(4):
        assert_one_distribution(mine[:, column], theirs[:, column])
    assert_one_distribution(mine[:, 2:].prod(dim=1), theirs[:, 2:].prod(dim=1))
    assert_one_distribution(mine[:, 2] / mine[:, 3], theirs[:, 2] / theirs[:, 3])
    assert_equal_shares(mine[:, 2:].prod(dim=1) == 1024, theirs[:, 2:].prod(dim=1) == 1024)


def test_crops_lie_within_the_picture_and_reach_its_corners():
    boxes = draw_views(20_000, VIEWS, stream(0, "views")).boxes

    corner, end = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    assert corner.min() == 0
    assert end.max() == 32
    assert ((corner == 0) & (end < 20)).any(dim=1).any()


@pytest.mark.parametrize("strength", [(0.4, 0.4, 0.4, 0.1), (1.5, 0.8, 0.2, 0.5)])
def test_colour_factors_are_drawn_as_torchvision_draws_them(strength):
    jitter = v1.ColorJitter(*strength)
    ranges = (jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
    theirs = torch.tensor([jitter.get_params(*ranges)[1:] for _ in range(DRAWS)])

    views = PictureViews((0.2, 1.0), 0.5, strength, 0.8, 0.2)
    mine = draw_views(DRAWS, views, stream(0, "views")).factors

    for column, (least, greatest) in enumerate(ranges):
        assert mine[:, column].min() >= least
        assert mine[:, column].max() <= greatest
        assert_one_distribution(mine[:, column], theirs[:, column])


def test_shares_are_those_asked_for():
    draws = draw_views(10_000, VIEWS, stream(0, "views"))

    for on, share in ((draws.flip, 0.5), (draws.jitter, 0.8), (draws.gray, 0.2)):
        assert abs(on.double().mean() - share) < 4 * (share * (1 - share) / 10_000) ** 0.5


def test_draws_of_one_picture_tell_nothing_of_each_other():
    draws = draw_views(10_000, VIEWS, stream(0, "views"))
    columns = [draws.boxes[:, 3], draws.flip, draws.jitter, draws.gray, *draws.factors.T]

    correlations = torch.corrcoef(torch.stack([column.double() for column in columns]))

    assert (correlations - torch.eye(len(columns))).abs().max() < 4.5 / 10_000**0.5


@pytest.mark.parametrize("version", [v1, v2], ids=["v1", "v2"])
def test_views_of_one_picture_are_distributed_as_those_of_torchvision(version):
    x = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(3))
    x = x.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)
    theirs = torch.stack([simclr(version)(x) for _ in range(PER_PICTURE)])

    draws = draw_views(PER_PICTURE, VIEWS, stream(0, "views"))
    mine = apply_draws(x.expand(PER_PICTURE, -1, -1, -1), draws)

    assert_equal_shares(is_gray(mine), is_gray(theirs))
    for describe in DESCRIPTIONS:
        assert_one_distribution(describe(mine), describe(theirs))


def simclr(version):
    """The four operations as transforms of one picture."""
    return version.Compose(
        [
            version.RandomResizedCrop(32, VIEWS.crop_scale, antialias=True),
            version.RandomHorizontalFlip(VIEWS.flip),
            version.RandomApply([version.ColorJitter(*VIEWS.jitter)], VIEWS.jitter_probability),
            version.RandomGrayscale(VIEWS.grayscale),
        ]
    )


def is_gray(x):
    return (x == x[:, :1]).flatten(1).all(dim=1)


DESCRIPTIONS = (
    lambda x: x.flatten(1).mean(dim=1),
    lambda x: x.flatten(1).std(dim=1),
    lambda x: (x.amax(dim=1) - x.amin(dim=1)).flatten(1).mean(dim=1),
    lambda x: x[:, 0].flatten(1).mean(dim=1) - x[:, 2].flatten(1).mean(dim=1),
    lambda x: x[:, 1, 5, 9],
    lambda x: x.diff(dim=3).abs().flatten(1).mean(dim=1),
)


def test_augmentations_are_distributed_as_those_of_torchvision():
    x = torch.arange(1024).view(1, 32, 32).expand(3, 32, 32) / 1023 / 2 + 0.5
    augment = v1.Compose([v1.RandomCrop(32, padding=4), v1.RandomHorizontalFlip(0.3)])
    theirs = torch.stack([augment(x) for _ in range(PER_PICTURE)])

    draws = draw_augment(PER_PICTURE, Augment(4, 0.3), stream(0, "views"))
    mine = apply_draws(x.expand(PER_PICTURE, -1, -1, -1), draws)

    assert len(mine.flatten(1).unique(dim=0)) == 162  # 9 x 9 places, mirrored or not
    assert_one_distribution(mine[:, 0, 16, 16], theirs[:, 0, 16, 16])
    assert_one_distribution(*((part == 0).flatten(1).sum(dim=1) for part in (mine, theirs)))
    assert_equal_shares(is_mirrored(mine), is_mirrored(theirs))


def is_mirrored(x):
    """Whether a picture that grows brighter to the right no longer does."""
    return x[:, 0, 16, 17] < x[:, 0, 16, 16]
