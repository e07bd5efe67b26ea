"""Stages of the regularised perceptron: every regulariser on its own, and all of them."""

from __future__ import annotations

from dataclasses import replace

import torch
from small_runs import from_the_text, small_chain

from iunet.declare.settings import Cocktail, Ensemble, Structure, Training
from iunet.nets.network import fresh_statistics
from iunet.nets.regularised import RegularisedMlp
from iunet.regularise.adversarial import Adversarial
from iunet.regularise.averaging import Averaging
from iunet.regularise.cutmix import CutMix
from iunet.regularise.cutout import CutOut
from iunet.regularise.dropout import Dropout
from iunet.regularise.lookahead import Lookahead
from iunet.regularise.mixup import MixUp
from iunet.train import stage

SHAKEN = Structure(
    skip=True, branches="shake-shake", shake="random", hidden=(Dropout(0.3, "diamond"),)
)
SETS = {
    "mixup": (Structure(), (MixUp(0.5),)),
    "cutmix": (Structure(), (CutMix(1.0),)),
    "cutout": (Structure(), (CutOut(1.0, 0.4),)),
    "adversarial": (Structure(), (Adversarial(0.1),)),
    "lookahead": (Structure(), (Lookahead(2, 0.5),)),
    "averaging": (Structure(), (Averaging(0.5),)),
    "dropout": (Structure(norm=False, hidden=(Dropout(0.3, "funnel"),)), ()),
    "shake-drop": (Structure(skip=True, branches="shake-drop", shake_drop=0.5), ()),
    "everything": (SHAKEN, (MixUp(0.5), Adversarial(0.01), Lookahead(2, 0.5), Averaging(0.5))),
}


def training_of(parts, balanced=False, **changes) -> Training:
    """A stage with these regularisers."""
    plain = small_chain(from_the_text(), "dense").pretrain
    plain = replace(plain, ensemble=Ensemble(kept=0, average="softmax", current=True))
    return replace(plain, cocktail=Cocktail(parts, balanced), precision="float64", **changes)


def net_of(structure) -> RegularisedMlp:
    """Three hidden layers of 16."""
    return RegularisedMlp(6, (16,) * 3, 3, structure)


def begin(net, training, seed=0) -> stage.Member:
    """A member with random weights at the beginning of a stage."""
    draw = torch.Generator().manual_seed(seed)
    weights = torch.randn(net.layout.total, generator=draw, dtype=torch.float64) * 0.3
    return stage.Member(
        "pretrain", training, seed, weights, fresh_statistics(net, 1, torch.float64)[0]
    )
