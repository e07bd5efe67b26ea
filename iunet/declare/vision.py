"""Settings of the vision half of a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iunet.declare.settings import KappaScope, Optimiser, PruneScope, RatioOf


@dataclass(frozen=True)
class PictureSplit:
    """The validation share of the official training pictures, drawn with this seed."""

    valid: float
    seed: int


@dataclass(frozen=True)
class PictureViews:
    """SimCLR's operations on one picture.

    `crop_scale`: smallest and largest share of the area; `jitter`: brightness, contrast,
    saturation, hue; the others are probabilities.
    """

    crop_scale: tuple[float, float]
    flip: float
    jitter: tuple[float, float, float, float]
    jitter_probability: float
    grayscale: float


@dataclass(frozen=True)
class PictureContrast:
    """ILO on pictures; `supervised_input` is what the cross entropy sees beside the views."""

    loss: Literal["other-classes", "supcon"]
    temperature: float
    weight: float
    anchor: Literal["clean", "view"]
    passes: Literal["joint", "separate"]
    supervised_input: Literal["augmented", "first-view"]
    views: PictureViews


@dataclass(frozen=True)
class PictureStage:
    """One stage of training on pictures."""

    epochs: int
    batch: int
    optimiser: Optimiser
    precision: Literal["float32", "16-bit"]


@dataclass(frozen=True)
class PictureReport:
    """Which epoch is reported, and by which validation score it is chosen."""

    epoch: Literal["last", "best-validation"]
    score: Literal["accuracy", "top5_accuracy"]
    metric: Literal["accuracy", "batch_mean_accuracy"]


@dataclass(frozen=True)
class PictureConsistency:
    """How agreement under single operations is measured."""

    rows: Literal["validation", "test"]
    state: Literal["initial", "first-epoch"]
    batch_statistics: bool
    ratio: float


@dataclass(frozen=True)
class VisionProtocol:
    """Settings of the vision half.

    Args:
        kappas, ratios: the grid that is chosen from by mean validation score.
        crop_padding, flip: the augmentation of supervised training.
        normalise_svhn: the means and deviations its pictures are scaled by.
        prune_head: whether the last linear layer can be pruned.
    """

    split: PictureSplit
    init: Literal["kaiming-normal", "torch-default"]
    kappas: tuple[float, ...]
    kappa_scope: KappaScope
    ratios: tuple[float, ...]
    crop_padding: int
    flip: float
    normalise_svhn: Literal["none", "imagenet"]
    pretrain: PictureStage
    contrast: PictureContrast
    cut_scope: PruneScope
    ratio_of: RatioOf
    prune_head: bool
    restart: Literal["initial", "first-epoch", "random"]
    finetune: PictureStage
    report: PictureReport
    shrink_l1: tuple[float, ...]
    shrink_beta: float
    shrink_scope: Literal["encoder-weights", "every-parameter"]
    shrink_pull: Literal["loss", "after-step"]
    consistency: PictureConsistency
