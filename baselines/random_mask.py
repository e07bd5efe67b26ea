"""Control: OMP with a mask drawn at random, so nothing about the mask was learned."""

from iunet.declare.recipe import Prune, Recipe

METHOD = Recipe(key="random-mask", prune=Prune("random"))
