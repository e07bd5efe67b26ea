"""Views of pictures, drawn and applied, against torchvision called for one picture at a time."""

from collections.abc import Callable
from statistics import median

import torch
from torchvision.transforms import v2
from turns import medians_in_turn, milliseconds_of

from iunet.declare.settings import PictureViews
from iunet.streams import stream
from iunet.views.pictures import apply_draws, draw_views

VIEWS = PictureViews((0.2, 1.0), 0.5, (0.4, 0.4, 0.4, 0.1), 0.8, 0.2)
PICTURES, BATCH = 512, 128
ROUNDS = 7
GOAL, BATCH_GOAL_MS = 1.0, 15


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def our_views(x: torch.Tensor) -> Callable[[], object]:
    """Views of all pictures, the draws included."""
    draw = stream(0, "views")
    return lambda: apply_draws(x, draw_views(len(x), VIEWS, draw))


def their_views(x: torch.Tensor) -> Callable[[], object]:
    """The same by the transforms of torchvision, picture by picture."""
    view = v2.Compose(
        [
            v2.RandomResizedCrop(32, VIEWS.crop_scale, antialias=True),
            v2.RandomHorizontalFlip(VIEWS.flip),
            v2.RandomApply([v2.ColorJitter(*VIEWS.jitter)], VIEWS.jitter_probability),
            v2.RandomGrayscale(VIEWS.grayscale),
        ]
    )
    return lambda: torch.stack([view(picture) for picture in x])


def test_views_of_many_pictures(benchmark, speed_table):
    x = pictures(PICTURES)
    ours, theirs = our_views(x), their_views(x)
    found = medians_in_turn(benchmark, ours, theirs, ROUNDS)
    speed_table.append(
        f"views of {PICTURES} pictures {found.ours:.1f} ms, torchvision one by one "
        f"{found.theirs:.1f} ms: ratio {found.ratio:.3f}, goal {GOAL}; "
        f"{torch.get_num_threads()} threads"
    )


def test_views_of_a_batch_on_one_thread(benchmark, speed_table, one_arithmetic_thread):
    ours = our_views(pictures(BATCH))
    taken: list[float] = []

    benchmark.pedantic(lambda: taken.append(milliseconds_of(ours)), rounds=50, warmup_rounds=5)

    speed_table.append(
        f"views of a batch of {BATCH} on one thread {median(taken[5:]):.1f} ms, "
        f"goal {BATCH_GOAL_MS} ms"
    )
