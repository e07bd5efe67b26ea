"""A network column as data: initialise, pre-train, prune, restart, finetune."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Prune:
    """Prune; criterion and ratio come from the protocol unless given."""

    criterion: str | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Recipe:
    """One network method.

    Args:
        key: the name in tables and on the command line.
        imprint: PIS, scale the initial weights by the protocol's kappa.
        invariance: ILO, add the contrastive loss to pre-training.
        shrink: beta-LASSO's pull and cut, with its grid of l1.
        prune: prune after pre-training and finetune; None reports the first stage itself.
        stage: which of the protocol's settings the only stage of an unpruned recipe uses:
            `pretrain` (the supernet as it stands) or `single` (what the protocol names for nets
            trained once).
        ablation: a variant of another recipe, which takes over the kappa chosen for that one where
            the protocol says so.
        revision: raised when the computation changes.
    """

    key: str
    imprint: bool = False
    invariance: bool = False
    shrink: bool = False
    prune: Prune | None = None
    stage: Literal["pretrain", "single"] = "pretrain"
    ablation: bool = False
    revision: int = 1
