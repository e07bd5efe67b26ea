"""Budgets: how much of a protocol's work is done, and on which tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

from bench.errors import UsageError
from iunet.declare.contract import Point
from iunet.declare.settings import Chain, Training

FILE = Path(__file__).parent.parent / "budgets.toml"


@dataclass(frozen=True)
class Budget:
    """One way of spending.

    Args:
        key: the name on the command line.
        title: one line for captions.
        source: the tables it is for, those of the paper or the embedded ones.
        epochs: at most so many in each stage; None leaves the protocol's.
        chosen: the one value of a grid that is run, by name; grids without an entry run whole.
    """

    key: str
    title: str
    source: Literal["openml", "embedded"]
    epochs: int | None = None
    chosen: Mapping[str, float] = field(default_factory=dict)

    def points(self, grid: Sequence[Point]) -> tuple[Point, ...]:
        """The points of a grid that are run: those nearest to the chosen value."""
        kept = tuple(grid)
        for name, value in self.chosen.items():
            gaps = [abs(dict(point)[name] - value) for point in kept if name in dict(point)]
            if gaps:
                kept = tuple(p for p in kept if abs(dict(p)[name] - value) == min(gaps))
        return kept

    def applied(self, chain: Chain) -> Chain:
        """The settings with as many epochs as this budget allows."""
        finetune = self._capped(chain.finetune) if chain.finetune else None
        return replace(chain, pretrain=self._capped(chain.pretrain), finetune=finetune)

    def _capped(self, stage: Training) -> Training:
        if self.epochs is None:
            return stage
        return replace(stage, epochs=min(stage.epochs, self.epochs))


@cache
def budgets() -> dict[str, Budget]:
    """Every budget by key, the default first."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {key: Budget(key=key, **entry) for key, entry in raw.items()}


def default_budget() -> str:
    """Key of the budget used where none is named."""
    return next(iter(budgets()))


def find_budget(key: str) -> Budget:
    """The budget with this key.

    Raises:
        UsageError: nobody declared it; the message lists the known ones.
    """
    if key not in budgets():
        raise UsageError(f"no budget called {key!r}; known: {', '.join(budgets())}")
    return budgets()[key]
