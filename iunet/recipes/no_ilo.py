"""Ablation NO_ILO: IUNET without the contrastive half of the objective."""

from iunet.declare.recipe import Prune, Recipe

METHOD = Recipe(key="no-ilo", imprint=True, invariance=False, prune=Prune(), ablation=True)
