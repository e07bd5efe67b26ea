"""Settings that both halves of a protocol have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iunet.declare.settings import KappaScope, Shrink
from iunet.declare.wrong import LARGE, check_grid, check_range


@dataclass(frozen=True)
class Imprint:
    """PIS: the factor, and what it multiplies."""

    kappa: float
    scope: KappaScope

    def __post_init__(self) -> None:
        check_range(0, LARGE, kappa=self.kappa)


@dataclass(frozen=True)
class ShrinkGrid:
    """beta-LASSO: its grid of l1, the threshold factor, and what is shrunk how."""

    l1: tuple[float, ...]
    beta: float
    scope: Literal["encoder-weights", "every-parameter"]
    pull: Literal["loss", "after-step"]

    def __post_init__(self) -> None:
        check_grid("l1", self.l1, 0)
        check_range(0, LARGE, beta=self.beta)

    def at(self, l1: float) -> Shrink:
        """The setting of one grid point."""
        return Shrink(l1=l1, beta=self.beta, scope=self.scope, pull=self.pull)
