"""A training step of three picture networks against three plain PyTorch models, taking turns."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from steps import (
    MEMBERS,
    OPTIMISERS,
    RATE,
    Work,
    compared,
    contrastive,
    plain_epoch,
    plain_models,
    start,
    supervised,
    threaded_epoch,
)
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision.transforms import v2

from iunet.architectures import find_net
from iunet.declare.data import PictureData, Pictures, Rows
from iunet.declare.protocol import default_protocol, find_protocol
from iunet.declare.settings import Augment, PictureViews, Start, Training
from iunet.nets.network import Network
from iunet.train.feed import Feed, feed_of
from iunet.train.step import Stepper, captured

BATCH, STEPS, CLASSES = 128, 3, 10
SIZE = (3, 32, 32)
ROUNDS = 3
GOALS = {"mlp-vis": 0.95, "resnet": 0.75}
GPU_GOAL = 0.6
VISION = find_protocol(default_protocol()).vision
OBJECTIVES: dict[str, Training] = {
    "bare": replace(VISION.pretrain, augment=None),
    "augmented": VISION.pretrain,
    "ILO": replace(VISION.pretrain, contrast=VISION.contrast),
}


def pictures() -> PictureData:
    draw = np.random.default_rng(0)
    x = draw.integers(0, 256, (BATCH * STEPS, *SIZE), dtype=np.uint8)
    y = draw.integers(0, CLASSES, len(x))
    scale = np.full(3, 0.5, dtype=np.float32)
    valid = Rows(np.zeros((1, *SIZE), dtype=np.float32), np.zeros(1, dtype=np.int64))
    return PictureData(Pictures(x, y), valid, CLASSES, scale, scale)


def changing(settings: Augment | PictureViews | None) -> list[v2.Transform]:
    """What the protocol does to a picture, by torchvision."""
    if settings is None:
        return []
    if isinstance(settings, Augment):
        return [
            v2.RandomCrop(SIZE[1], padding=settings.crop_padding),
            v2.RandomHorizontalFlip(settings.flip),
        ]
    return [
        v2.RandomResizedCrop(SIZE[1], settings.crop_scale, antialias=True),
        v2.RandomHorizontalFlip(settings.flip),
        v2.RandomApply([v2.ColorJitter(*settings.jitter)], settings.jitter_probability),
        v2.RandomGrayscale(settings.grayscale),
    ]


@dataclass(frozen=True)
class Changed(Dataset):
    """A dataset whose pictures are changed one by one, as torchvision's transforms are used."""

    data: PictureData
    training: Training

    @property
    def normalising(self) -> list[v2.Transform]:
        """To [0, 1], then by mean and deviation."""
        mean, std = self.data.mean.tolist(), self.data.std.tolist()
        return [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]

    def __len__(self) -> int:
        return len(self.data.train.x)

    def __getitem__(self, i: int) -> tuple[Tensor, ...]:
        x = torch.from_numpy(self.data.train.x[i])
        contrast = self.training.contrast
        settings = [self.training.augment] if contrast is None else [contrast.views] * 2
        seen = [v2.Compose([*changing(one), *self.normalising])(x) for one in settings]
        return (*seen, torch.tensor(self.data.train.y[i]))


@dataclass(frozen=True)
class Loaded:
    """Batches on the device."""

    loader: DataLoader
    device: str

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for batch in self.loader:
            yield tuple(part.to(self.device) for part in batch)


def their_epoch(net: Network, training: Training, optimiser: str, device: str) -> Work:
    models = plain_models(net, device)
    options = {"momentum": 0.9, "nesterov": True} | OPTIMISERS[optimiser]
    rules = [torch.optim.SGD(model.parameters(), RATE, **options) for model in models]
    dataset: Dataset = Changed(pictures(), training)
    if training == OBJECTIVES["bare"]:  # what does not change is made once
        dataset = TensorDataset(*next(iter(DataLoader(dataset, len(dataset)))))
    batches = Loaded(DataLoader(dataset, BATCH, shuffle=True), device)
    contrast, decoder = training.contrast, len(net.norm_widths) - VISION.encoder_layers
    loss_of = contrastive(contrast, decoder) if contrast else supervised
    walk = plain_epoch(models, rules, batches, loss_of)
    return walk if device == "cpu" else lambda: (walk(), torch.cuda.synchronize())


def replayed_epoch(net: Network, feed: Feed, training: Training) -> Work:
    """An epoch of all members as one batched, captured step, as a cohort is walked on a GPU."""
    seeds = range(MEMBERS)
    stepper = Stepper(net, *start(net, seeds, "cuda"), None, [training] * MEMBERS)
    stepper.set_rates(torch.full((MEMBERS,), RATE, device="cuda"), 0.0)
    step = captured(stepper, next(feed.batches(seeds, "pretrain", 0, training)))

    def walk() -> None:
        for batch in feed.batches(seeds, "pretrain", 0, training):
            step(batch)
        torch.cuda.synchronize()

    return walk


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(("key", "alpha"), [("mlp-vis", 1), ("mlp-vis", 2), ("resnet", 8)])
def test_training_step_of_pictures(key, alpha, objective, benchmark, speed_table):
    turns(key, alpha, objective, "cpu", benchmark, speed_table)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(("key", "alpha"), [("mlp-vis", 8), ("resnet", 8)])
def test_training_step_of_pictures_on_a_gpu(key, alpha, objective, benchmark, speed_table):
    turns(key, alpha, objective, "cuda", benchmark, speed_table)


def turns(key, alpha, objective, device, benchmark, speed_table):
    """Time both, and say what came out."""
    net = find_net(key).build(
        math.prod(SIZE), CLASSES, Start("torch-default", VISION.encoder_layers, alpha=alpha)
    )
    training, feed = OBJECTIVES[objective], feed_of(pictures(), device, torch.float32)
    our_epoch = threaded_epoch if device == "cpu" else replayed_epoch
    width = f" alpha {alpha}" if key == "mlp-vis" else ""
    compared(
        f"{key.upper().replace('-', '_')}{width}, {objective}, {device}",
        our_epoch(net, feed, training),
        {name: their_epoch(net, training, name, device) for name in OPTIMISERS},
        STEPS,
        ROUNDS,
        GOALS[key] if device == "cpu" else GPU_GOAL,
        benchmark,
        speed_table,
    )
