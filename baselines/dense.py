"""Dense: the network trained once, neither scaled nor pruned (the paper's MLP_TAB column)."""

from iunet.declare.recipe import Recipe

METHOD = Recipe(key="dense", stage="single")
