"""beta-LASSO: an L1 pull and a hard cut after each step; l1 is chosen from the protocol's grid."""

from iunet.declare.recipe import Recipe

METHOD = Recipe(key="beta-lasso", shrink=True)
