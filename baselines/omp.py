"""OMP: one-shot magnitude pruning of a supervised network, then finetuned."""

from iunet.declare.recipe import Prune, Recipe

METHOD = Recipe(key="omp", prune=Prune())
