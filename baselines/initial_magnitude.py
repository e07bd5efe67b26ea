"""Control: OMP that keeps the weights that were largest at initialisation, before any training."""

from iunet.declare.recipe import Prune, Recipe

METHOD = Recipe(key="initial-magnitude", prune=Prune("initial-magnitude"))
