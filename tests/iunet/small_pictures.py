"""Made-up pictures, and runs on them that take a moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from small_runs import tiny_net

from baselines.registry import find_method
from iunet.declare.data import PictureData, Pictures, Rows
from iunet.declare.protocol import Protocol
from iunet.declare.resolve import grid, resolve
from iunet.declare.settings import Chain, PictureContrast, PictureViews, Start, Training
from iunet.nets.mlp import Mlp

VALUES = 3 * 32 * 32
VIEWS = PictureViews((0.2, 1.0), 0.5, (0.4, 0.4, 0.4, 0.1), 0.8, 0.2)


def pictures(count: int = 36, classes: int = 3, valid: int = 24, seed: int = 0) -> PictureData:
    """Noisy patches of colour, each class with its own, scaled as own pictures are."""
    draw = np.random.default_rng(seed)
    y = np.arange(count + valid) % classes
    patches = draw.integers(40, 216, (classes, 3, 4, 4)).repeat(8, axis=2).repeat(8, axis=3)
    x = (patches[y] + draw.integers(-40, 40, (len(y), 3, 32, 32))).astype(np.uint8)
    mean = x[:count].mean(axis=(0, 2, 3), dtype=np.float64) / 255
    std = (x[:count] / 255).std(axis=(0, 2, 3))
    scaled = (x[count:] / 255 - mean[:, None, None]) / std[:, None, None]
    return PictureData(
        train=Pictures(x[:count], y[:count]),
        valid=Rows(scaled.astype(np.float32), y[count:]),
        n_classes=classes,
        mean=mean.astype(np.float32),
        std=std.astype(np.float32),
    )


def build_tiny(n_features: int, n_classes: int, start: Start) -> Mlp:
    """Three hidden layers of 16, as a declared net is built."""
    return tiny_net(n_features, n_classes, start.encoder_layers)


def small(training: Training, epochs: int, **changes) -> Training:
    """The same stage with few epochs and small batches."""
    return replace(training, epochs=epochs, batch=16, **changes)


def picture_chain(protocol: Protocol, method: str, epochs: int = 3, **changes) -> Chain:
    """A method's settings on pictures under a protocol, made small; `changes` go to both stages."""
    recipe = find_method(method)
    chain = resolve(recipe, protocol.vision, grid(recipe, protocol.vision, "cifar10")[-1], "tiny")
    return replace(
        chain,
        start=replace(chain.start, encoder_layers=2),
        pretrain=small(chain.pretrain, epochs, **changes),
        cut=chain.cut and replace(chain.cut, ratio=2),
        finetune=chain.finetune and small(chain.finetune, epochs, **changes),
    )


def contrast(anchor: str, supervised_input: str, passes: str = "separate") -> PictureContrast:
    """A contrastive objective on pictures."""
    return PictureContrast("supcon", 1.0, 1.0, anchor, passes, supervised_input, VIEWS)


def plain(data: PictureData, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """The training pictures normalised and not augmented."""
    x = torch.as_tensor(data.train.x).to(dtype) / 255
    mean, std = (torch.as_tensor(part).to(dtype).view(3, 1, 1) for part in (data.mean, data.std))
    return (x - mean) / std
