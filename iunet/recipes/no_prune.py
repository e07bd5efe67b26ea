"""Ablation NO_PRUNE: IUNET's supernet as it stands after pre-training."""

from iunet.declare.recipe import Recipe

METHOD = Recipe(
    key="no-prune", imprint=True, invariance=True, prune=None, stage="pretrain", ablation=True
)
