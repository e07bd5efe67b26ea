"""Budgets: how much of a protocol's work is done, and on which tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from bench.declared.toml import checked, read_toml, strict
from bench.errors import UsageError
from iunet.declare.contract import closest_first
from iunet.declare.point import Point
from iunet.declare.settings import Chain, Training

if TYPE_CHECKING:
    from bench.datasets.catalogue import Dataset

FILE = Path(__file__).parent.parent / "budgets.toml"


@strict
@dataclass(frozen=True)
class PictureBudget:
    """What of the vision half is done: epochs of a stage, width, training pictures; at most.

    `epochs` and `pictures`: None leaves the protocol's. `least_steps`: see Budget.
    """

    alpha: int
    epochs: int | None = None
    pictures: int | None = None
    least_steps: int = 1


@strict
@dataclass(frozen=True)
class Budget:
    """One way of spending.

    Args:
        key: the name on the command line.
        title: one line for captions.
        embedded: whether it is for the data that comes along, or for the paper's.
        epochs: at most so many in each stage on tables; None leaves the protocol's.
        chosen: the one value of a grid that is run, by name; empty runs grids whole. The vision
            half names its own values.
        pictures: how little of the vision half is done; None does all of it.
        trials: how many configurations a search tries; None for as many as its space says.
        trial_epochs: most epochs of a network during a trial; None for as many as the chosen
            network is trained for.
        least_steps: an epoch on tables has at least so many steps. Where the protocol's batch gives
            fewer, the batch is smaller: small data would hardly be trained otherwise.
    """

    key: str
    title: str
    embedded: bool
    epochs: int | None = None
    trials: int | None = None
    trial_epochs: int | None = None
    least_steps: int = 1
    chosen: Mapping[str, float] = field(default_factory=dict)
    pictures: PictureBudget | None = None

    def is_for(self, dataset: Dataset) -> bool:
        """Whether it is for this one: for the data that comes along, or for all other."""
        return (dataset.source == "embedded") == self.embedded

    def points(self, grid: Sequence[Point], chosen: Mapping[str, float]) -> tuple[Point, ...]:
        """The points of a grid that are run: all, or those nearest to the chosen values.

        Args:
            chosen: by the protocol for this dataset.
        """
        kept = tuple(grid)
        for name, value in (dict(chosen) | dict(self.chosen) if self.chosen else {}).items():
            gaps = [abs(dict(point)[name] - value) for point in kept if name in dict(point)]
            if gaps:
                kept = tuple(p for p in kept if abs(dict(p)[name] - value) == min(gaps))
        return kept

    def on_tables(self, chain: Chain, rows: int) -> Chain:
        """The settings with the epochs and the batch of this budget.

        Args:
            rows: training rows.
        """
        return _spent(chain, self.epochs, _largest_batch(rows, self.least_steps))

    def on_trial(self, chain: Chain) -> Chain:
        """The settings of a trial, from those of the chosen network."""
        return _spent(chain, self.trial_epochs, None)

    def on_pictures(self, chain: Chain, rows: int) -> Chain:
        """The settings with the epochs, the width and the batch of this budget.

        Args:
            rows: training pictures.
        """
        if self.pictures is None:
            return chain
        start, alpha = chain.start, chain.start.alpha
        if alpha is not None:
            start = replace(start, alpha=min(alpha, self.pictures.alpha))
        batch = _largest_batch(rows, self.pictures.least_steps)
        return _spent(replace(chain, start=start), self.pictures.epochs, batch)


def _largest_batch(rows: int, least_steps: int) -> int | None:
    """The largest batch that divides an epoch into so many steps; None: any does.

    Batch norm needs two rows.
    """
    return max(ceil(rows / least_steps), 2) if least_steps > 1 else None


def _spent(chain: Chain, epochs: int | None, batch: int | None) -> Chain:
    def spent(stage: Training) -> Training:
        return replace(
            stage,
            epochs=min(stage.epochs, epochs or stage.epochs),
            batch=min(stage.batch, batch or stage.batch),
        )

    finetune = spent(chain.finetune) if chain.finetune else None
    return replace(chain, pretrain=spent(chain.pretrain), finetune=finetune)


@cache
def budgets() -> dict[str, Budget]:
    """Every budget by key, the default first.

    Raises:
        BenchError: the file is not what it should be.
    """
    raw = {key: {"key": key, **entry} for key, entry in read_toml(FILE).items()}
    return checked(dict[str, Budget], raw, FILE)


def default_budget() -> str:
    """Key of the budget used where none is named."""
    return next(iter(budgets()))


def find_budget(key: str) -> Budget:
    """The budget with this key.

    Raises:
        UsageError: nobody declared it; the message lists the known ones.
    """
    if key not in budgets():
        raise UsageError(f"no budget called {key!r}; known: {closest_first(key, budgets())}")
    return budgets()[key]
