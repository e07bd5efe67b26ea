"""Settings of the vision half of a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from iunet.declare.settings import Cut, PictureConsistency, PictureContrast, Score, Training
from iunet.declare.shared import Imprint, ShrinkGrid
from iunet.declare.wrong import LARGE, SEEDS, check_grid, check_range


@dataclass(frozen=True)
class PictureSplit:
    """The validation share of the official training pictures, rounded down, drawn at random."""

    valid: float
    seed: int

    def __post_init__(self) -> None:
        check_range(0, SEEDS, seed=self.seed)
        if not 0 < self.valid < 1:
            raise ValueError(f"valid is a share between 0 and 1, not {self.valid:g}")


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

    def __post_init__(self) -> None:
        check_grid("kappas", self.kappas, 0)
        check_grid("ratios", self.ratios, 1)
        check_range(1, LARGE, chosen_ratio=self.chosen_ratio)
        if not self.chosen_kappas:
            raise ValueError("chosen_kappas names at least one dataset")
        check_range(0, LARGE, **self.chosen_kappas)


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

    def __post_init__(self) -> None:
        check_range(0, LARGE, encoder_layers=self.encoder_layers)
        check_range(1, LARGE, alpha=self.alpha)
