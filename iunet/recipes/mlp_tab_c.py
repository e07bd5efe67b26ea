"""MLP_TAB+C: MLP_TAB under the regularisation cocktail that a search chooses for each dataset.

Source: Kadra et al. 2021, "Well-tuned Simple Nets Excel on Tabular Datasets". BASE holds epochs,
batch, optimiser and schedule of every configuration; `cocktail` adds class weights and PyTorch's
default initial weights. What the publication does not give of them is our choice.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from iunet.declare.recipe import Recipe
from iunet.declare.regulariser import Regulariser
from iunet.declare.settings import (
    Chain,
    Cocktail,
    Ensemble,
    Optimiser,
    Report,
    Schedule,
    Start,
    Structure,
    Training,
)
from iunet.declare.space import Config, read_space
from iunet.declare.tuned import Tuned
from iunet.regularise.adversarial import Adversarial
from iunet.regularise.averaging import Averaging
from iunet.regularise.cutmix import CutMix
from iunet.regularise.cutout import CutOut
from iunet.regularise.dropout import Dropout
from iunet.regularise.lookahead import Lookahead
from iunet.regularise.mixup import MixUp

EPSILON = 0.007
SNAPSHOTS = 3
BASE = Training(
    epochs=105,
    batch=128,
    optimiser=Optimiser(kind="adamw", learning_rate=1e-3),
    schedule=Schedule(kind="cosine-restarts", first_cycle=15, multiplier=2),
    ensemble=Ensemble(kept=0, average="softmax", current=True),
    report=Report(epoch="last", score="balanced_accuracy", before_training=False),
)


def cocktail(chain: Chain, config: Config) -> Chain:
    """The settings of one configuration.

    The first stage of the chain can lower the epochs and the batch of BASE; all else is replaced.

    Raises:
        ValueError: a value that its regulariser cannot have.
    """
    chosen: dict[str, Any] = dict(config)
    hidden = (
        (Dropout(chosen["dropout_rate"], chosen["dropout_shape"]),) if chosen["dropout"] else ()
    )
    structure = Structure(
        norm=chosen["norm"],
        skip=chosen["skip"],
        branches=chosen.get("branches", "one"),
        shake_drop=chosen.get("shake_drop", 0.0),
        hidden=hidden,
    )
    decay = chosen.get("weight_decay", 0.0)
    training = replace(
        BASE,
        epochs=min(BASE.epochs, chain.pretrain.epochs),
        batch=min(BASE.batch, chain.pretrain.batch),
        optimiser=replace(BASE.optimiser, weight_decay=decay),
        ensemble=replace(BASE.ensemble, kept=SNAPSHOTS if chosen["snapshots"] else 0),
        cocktail=Cocktail(tuple(_regularisers(chosen)), balanced=True),
    )
    start = Start(init="torch-default", encoder_layers=9, structure=structure)
    return replace(chain, start=start, pretrain=training, cut=None, finetune=None)


def _regularisers(chosen: dict[str, Any]) -> list[Regulariser]:
    found: list[Regulariser] = []
    match chosen["augmentation"]:
        case "mixup":
            found.append(MixUp(chosen["mixup_alpha"]))
        case "cutmix":
            found.append(CutMix(chosen["cutmix_probability"]))
        case "cutout":
            found.append(CutOut(chosen["cutout_probability"], chosen["cutout_patch"]))
        case "adversarial":
            found.append(Adversarial(EPSILON))
    if chosen["lookahead"]:
        found.append(Lookahead(chosen["lookahead_steps"], chosen["lookahead_alpha"]))
    if chosen["averaging"]:
        found.append(Averaging())
    return found


METHOD = Tuned(
    key="mlp-tab-c",
    of=Recipe(key="cocktail", stage="single"),
    space=read_space(Path(__file__).with_name("mlp-tab-c.toml")),
    configure=cocktail,
)
