"""Ablation NO_PIS: IUNET without the scaling of the initial weights."""

from iunet.declare.recipe import Prune, Recipe

METHOD = Recipe(key="no-pis", imprint=False, invariance=True, prune=Prune(), ablation=True)
