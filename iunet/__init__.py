"""Invariant networks by pruning: recipes, protocols and the training that carries them out."""
