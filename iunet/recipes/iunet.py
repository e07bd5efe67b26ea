"""IUNET: the supernet learns with PIS and ILO, is pruned by magnitude, and finetuned."""

from iunet.declare.recipe import Prune, Recipe

METHOD = Recipe(key="iunet", imprint=True, invariance=True, prune=Prune())
