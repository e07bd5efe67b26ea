"""Settings of the vision half of a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from iunet.declare.settings import Cut, PictureConsistency, PictureContrast, Score, Training
from iunet.declare.shared import Imprint, ShrinkGrid


@dataclass(frozen=True)
class PictureSplit:
    """The validation share of the official training pictures, rounded down, drawn at random."""

    valid: float
    seed: int


@dataclass(frozen=True)
class VisionGrid:
    """What is searched by mean validation score, and the point that stands for it where it is not.

    Args:
        kappas, ratios: the grid, searched jointly.
        chosen_kappas: by dataset key.
        chosen_ratio: for all datasets.
        ablation_kappa: whether the ablations search kappa too or take the chosen one.
    """

    kappas: tuple[float, ...]
    ratios: tuple[float, ...]
    chosen_kappas: Mapping[str, float]
    chosen_ratio: float
    ablation_kappa: Literal["chosen", "searched"]


@dataclass(frozen=True)
class VisionProtocol:
    """Settings of the vision half; named as those of the tabular half where they mean the same.

    Args:
        alpha: width factor of MLP_VIS and CNN.
        normalise_svhn: the means and deviations SVHN's pictures are scaled by; other sets are
            scaled by those of their training pictures.
        imprint, cut: their kappa and ratio are replaced by those of the grid point.
        select: the validation score a grid point is chosen by.
    """

    split: PictureSplit
    normalise_svhn: Literal["none", "imagenet"]
    init: Literal["kaiming-normal", "torch-default"]
    encoder_layers: int
    alpha: int
    single_stage: Literal["pretrain", "finetune"]
    shrink_stage: Literal["pretrain", "finetune"]
    grid: VisionGrid
    imprint: Imprint
    pretrain: Training
    contrast: PictureContrast
    cut: Cut
    finetune: Training
    shrink: ShrinkGrid
    consistency: PictureConsistency
    select: Score
