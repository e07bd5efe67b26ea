"""The fully resolved settings of a run: equal settings, data and seed mean an equal result.

Every field name is part of the run id, so a name or a meaning changes only together with a method's
`revision`. Source of each choice: the settings page of the docs, rows of the two protocols.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iunet.declare.regulariser import HiddenRegulariser, Regulariser, RowRegulariser
from iunet.declare.wrong import LARGE, check_range

KappaScope = Literal["hidden-weights", "linear", "every-parameter"]
PruneScope = Literal["encoder-weights", "weights-and-biases", "hidden-weights-and-biases"]
RatioOf = Literal["encoder-weights", "whole-model"]
PassesThrough = Literal["network", "encoder"]
Score = Literal[
    "accuracy",
    "balanced_accuracy",
    "swapped_balanced_accuracy",
    "batch_mean_accuracy",
    "top5_accuracy",
]
Operation = Literal["resize", "horiz", "color", "grayscale"]
"""Crop and resize, flip, jitter, gray: operations on one picture as Tables 3 and 6 name them."""


@dataclass(frozen=True)
class Structure:
    """What of a regularised perceptron there is.

    Args:
        norm: batch norm after every hidden linear map.
        skip: residual blocks of two layers.
        branches: of a block; Shake-Shake averages two, ShakeDrop weakens one.
        shake: whether their factors are 1/2 or drawn.
        shake_drop: the probability with which the last block is weakened; it falls linearly to the
            first.
        hidden: what else changes hidden values in training.
    """

    norm: bool = True
    skip: bool = False
    branches: Literal["one", "shake-shake", "shake-drop"] = "one"
    shake: Literal["even", "random"] = "even"
    shake_drop: float = 0.0
    hidden: tuple[HiddenRegulariser, ...] = ()

    def __post_init__(self) -> None:
        if self.branches != "one" and not self.skip:
            raise ValueError(f"branches = {self.branches!r} needs skip = true")
        check_range(0, 1, shake_drop=self.shake_drop)


@dataclass(frozen=True)
class Start:
    """How the supernet begins: initialisation, and PIS, which scales initial weights by kappa.

    `encoder_layers`: how many hidden layers of a perceptron are its encoder. `alpha`: the width
    factor of nets that have one. `structure`: of the regularised perceptron, and no other net.
    """

    init: Literal["kaiming-normal", "torch-default"]
    encoder_layers: int
    kappa: float = 1.0
    kappa_scope: KappaScope = "linear"
    alpha: int | None = None
    structure: Structure | None = None


@dataclass(frozen=True)
class Optimiser:
    """The update rule. A normalised decay follows the restarts, a decoupled one is constant."""

    kind: Literal["adamw", "sgd"]
    learning_rate: float
    momentum: float = 0.9
    weight_decay: float = 0.0
    decay: Literal["decoupled", "normalised"] = "decoupled"

    def __post_init__(self) -> None:
        rates = {"learning_rate": self.learning_rate, "weight_decay": self.weight_decay}
        check_range(0, LARGE, **rates)
        check_range(0, 1, momentum=self.momentum)
        if self.kind == "sgd" and self.weight_decay:
            raise ValueError(f"SGD here has no weight decay, not {self.weight_decay:g}")


@dataclass(frozen=True)
class Schedule:
    """The learning rate as a closed form of the epoch.

    `ticks_per_epoch` counts how often the scheduler advances in an epoch, `offset` the ticks before
    the first one; cycles are `first_cycle`, `first_cycle * multiplier`, ... ticks long.
    """

    kind: Literal["constant", "cosine-restarts"]
    first_cycle: int = 15
    multiplier: int = 2
    ticks_per_epoch: int = 1
    offset: int = 0

    def __post_init__(self) -> None:
        cycle = {"first_cycle": self.first_cycle, "multiplier": self.multiplier}
        check_range(1, LARGE, **cycle, ticks_per_epoch=self.ticks_per_epoch)
        check_range(0, LARGE, offset=self.offset)


@dataclass(frozen=True)
class Views:
    """SCARF corruption of table rows: the share of features, and where new values come from."""

    rate: float
    donor: Literal["one-row", "per-feature"]
    unit: Literal["column", "feature"]

    def __post_init__(self) -> None:
        check_range(0, 1, rate=self.rate)


@dataclass(frozen=True)
class Contrast:
    """ILO, the contrastive half of the objective.

    `anchor`: the pair is (clean, view), and the supervised half sees the clean rows. `passes`: one
    forward pass over both halves or one pass each. `passes_through`: whether anchor and view pass
    through the whole network, so that the decoder's batch norm takes their statistics too, or
    through the encoder alone.
    """

    loss: Literal["other-classes", "supcon"]
    temperature: float
    weight: float
    anchor: Literal["clean"]
    passes: Literal["joint", "separate"]
    views: Views
    passes_through: PassesThrough = "network"

    def __post_init__(self) -> None:
        check_range(1e-6, LARGE, temperature=self.temperature)
        check_range(0, LARGE, weight=self.weight)
        _refuse_half_a_joint_pass(self.passes, self.passes_through)


@dataclass(frozen=True)
class PictureViews:
    """SimCLR's operations on one picture.

    `crop_scale`: smallest and largest share of the area; `jitter`: strength of brightness,
    contrast, saturation, hue; the others are probabilities.
    """

    crop_scale: tuple[float, float]
    flip: float
    jitter: tuple[float, float, float, float]
    jitter_probability: float
    grayscale: float

    def __post_init__(self) -> None:
        chances = {"flip": self.flip, "jitter_probability": self.jitter_probability}
        check_range(0, 1, **chances, grayscale=self.grayscale)
        for strength in self.jitter:
            check_range(0, LARGE, jitter=strength)
        if not 0 < self.crop_scale[0] <= self.crop_scale[1] <= 1:
            raise ValueError(f"crop_scale is two shares of the area, not {self.crop_scale}")


@dataclass(frozen=True)
class PictureContrast:
    """ILO on pictures.

    `anchor`: what a view is paired with, the flipped and cropped pictures of supervised training or
    a view of their own. `supervised_input`: what the cross entropy sees, those pictures or the
    first view drawn. A supervised input that is also the anchor is not passed twice.
    `passes_through`: as for tables.
    """

    loss: Literal["other-classes", "supcon"]
    temperature: float
    weight: float
    anchor: Literal["augmented", "view"]
    passes: Literal["joint", "separate"]
    supervised_input: Literal["augmented", "first-view"]
    views: PictureViews
    passes_through: PassesThrough = "network"

    def __post_init__(self) -> None:
        check_range(1e-6, LARGE, temperature=self.temperature)
        check_range(0, LARGE, weight=self.weight)
        _refuse_half_a_joint_pass(self.passes, self.passes_through)


@dataclass(frozen=True)
class Augment:
    """Supervised training on pictures: a random crop of the padded picture and a random flip."""

    crop_padding: int
    flip: float

    def __post_init__(self) -> None:
        check_range(0, 1000, crop_padding=self.crop_padding)
        check_range(0, 1, flip=self.flip)


@dataclass(frozen=True)
class Shrink:
    """beta-LASSO: an L1 pull and a hard cut of every weight below beta * l1 after each step."""

    l1: float
    beta: float
    scope: Literal["encoder-weights", "every-parameter"]
    pull: Literal["loss", "after-step"]


@dataclass(frozen=True)
class Ensemble:
    """Snapshots where a cycle of the schedule ends; the newest `kept` of them are averaged.

    `validation`: whether the validation score of an epoch that ends a cycle counts the snapshot
    taken there, so that the current network counts twice, or those before it alone. What is
    reported always counts it.
    """

    kept: int
    average: Literal["softmax", "logits"]
    current: bool
    validation: Literal["with-snapshot", "before-snapshot"] = "with-snapshot"

    def __post_init__(self) -> None:
        check_range(0, LARGE, kept=self.kept)


@dataclass(frozen=True)
class Report:
    """Which epoch is reported: the last, or the first with the best validation score.

    Equal top-5 accuracies go to the higher accuracy. `top5`: of all pictures, or the mean of the
    batches' accuracies.
    """

    epoch: Literal["last", "best-validation"]
    score: Score
    before_training: bool
    top5: Literal["pictures", "batches"] = "pictures"


@dataclass(frozen=True)
class Cocktail:
    """What a configuration adds to a stage: regularisers, in this order, and class weights.

    `balanced`: every class has the same weight in the loss, however many training rows it has.
    """

    regularisers: tuple[Regulariser, ...] = ()
    balanced: bool = False

    def __post_init__(self) -> None:
        changed = [one.kind for one in self.regularisers if isinstance(one, RowRegulariser)]
        if len(changed) > 1:
            raise ValueError(f"one regulariser changes rows, not {' and '.join(changed)}")


@dataclass(frozen=True)
class Training:
    """One stage of training.

    In bfloat16 linear maps and convolutions are computed in it; weights, batch norm and losses stay
    in float32.
    """

    epochs: int
    batch: int
    optimiser: Optimiser
    schedule: Schedule
    ensemble: Ensemble
    report: Report
    contrast: Contrast | PictureContrast | None = None
    shrink: Shrink | None = None
    precision: Literal["float32", "float64", "bfloat16"] = "float32"
    augment: Augment | None = None
    cocktail: Cocktail | None = None

    def __post_init__(self) -> None:
        check_range(1, LARGE, epochs=self.epochs)
        check_range(2, LARGE, batch=self.batch)
        if self.contrast is not None and self.cocktail is not None:
            raise ValueError("a stage has a contrastive loss or a cocktail, not both")

    @property
    def regularisers(self) -> tuple[Regulariser, ...]:
        """Those of the cocktail."""
        return self.cocktail.regularisers if self.cocktail else ()


@dataclass(frozen=True)
class Cut:
    """Pruning once, then the weights the pruned network goes on from.

    `ratio` is total over kept, of the encoder weights or of the whole model. `restart`: the saved
    unscaled initial weights, the state after the first epoch of pre-training, or fresh random ones.
    """

    criterion: str
    ratio: float
    scope: PruneScope
    ratio_of: RatioOf
    restart: Literal["initial", "first-epoch", "random"]

    def __post_init__(self) -> None:
        check_range(1, LARGE, ratio=self.ratio)


@dataclass(frozen=True)
class Consistency:
    """How agreement under views is measured on the validation rows.

    `state`: the weights of the net before finetuning. `batch_statistics`: normalise every batch by
    itself, as in training mode. `donors`: the rows that corrupted values come from.
    """

    views: Views
    state: Literal["initial", "first-epoch"]
    batch_statistics: bool
    donors: Literal["train", "valid"] = "train"


@dataclass(frozen=True)
class PictureConsistency:
    """How agreement under single operations is measured: two views of each validation picture.

    At most so many `pictures` are looked at, the first ones; `views` gives strengths and
    probabilities; `state` and `batch_statistics` as for tables.
    """

    views: PictureViews
    pictures: int
    state: Literal["initial", "first-epoch"]
    batch_statistics: bool

    def __post_init__(self) -> None:
        check_range(1, LARGE, pictures=self.pictures)


@dataclass(frozen=True)
class Chain:
    """Everything a network run does: start, train, and (for pruned recipes) cut and train again."""

    start: Start
    pretrain: Training
    cut: Cut | None
    finetune: Training | None
    consistency: Consistency | PictureConsistency


def _refuse_half_a_joint_pass(passes: str, passes_through: PassesThrough) -> None:
    if passes == "joint" and passes_through == "encoder":
        raise ValueError(
            "a joint pass of anchor and view goes through the whole network: passes_through = "
            '"encoder" needs passes = "separate"'
        )
