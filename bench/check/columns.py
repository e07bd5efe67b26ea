"""From pairs to columns: per method the mean scores of every dataset on both sides."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from bench.check.outcome import Cell, Macro
from bench.check.pairing import Pair
from bench.judge.cell import mean_and_std
from bench.plan.job import NO_NET
from bench.plan.plan import kind_of
from bench.store.records import Record
from iunet.declare.point import Point

GATED = {"table": "balanced_accuracy", "pictures": "accuracy"}
"""What is compared unless another metric is named, by kind of dataset."""


@dataclass(frozen=True)
class Key:
    """What makes a column: everything but the dataset, the point of the grid and the seed."""

    protocol: str
    budget: str
    net: str
    method: str
    metric: str

    @property
    def title(self) -> str:
        """For messages and names of files."""
        net = "" if self.net == NO_NET else f"{self.net} "
        return f"{net}{self.method} ({self.protocol}, {self.budget})"


def grouped(pairs: Iterable[Pair], metric: str) -> dict[Key, dict[str, list[Pair]]]:
    """The pairs a column is made of, by dataset: of a grid one point.

    It is the point with the best mean validation score of the reference, the same on both sides.

    Args:
        metric: what is compared; empty means GATED.
    """
    found: dict[Key, dict[str, dict[Point, list[Pair]]]] = {}
    for one in pairs:
        key = _key(one.reference, metric)
        points = found.setdefault(key, {}).setdefault(one.reference.dataset, {})
        points.setdefault(one.reference.point, []).append(one)
    return {
        key: {name: _chosen(points, key.metric) for name, points in datasets.items()}
        for key, datasets in found.items()
    }


def cells_of(datasets: Mapping[str, Sequence[Pair]], metric: str) -> tuple[Cell, ...]:
    """The cells of a column.

    Raises:
        DamagedRecord: a record without this metric.
    """
    return tuple(_cell(name, pairs, metric) for name, pairs in sorted(datasets.items()))


def macros_of(pairs: Iterable[Pair], metric: str) -> tuple[Macro, ...]:
    """Mean scores of every column, undefined cells aside."""
    found = []
    for key, datasets in grouped(pairs, metric).items():
        cells = [cell for cell in cells_of(datasets, key.metric) if defined(cell)]
        if cells:
            found.append(_macro(key, cells))
    return tuple(found)


def defined(cell: Cell) -> bool:
    """Whether both sides have a number."""
    return math.isfinite(cell.reference) and math.isfinite(cell.current)


def _key(record: Record, metric: str) -> Key:
    shown = metric or GATED[kind_of(record.dataset)]
    return Key(record.protocol, record.budget, record.net, record.method, shown)


def _chosen(points: Mapping[Point, list[Pair]], metric: str) -> list[Pair]:
    name = f"valid_{metric}"
    if len(points) == 1 or any(
        name not in one.reference.result["metrics"] for pairs in points.values() for one in pairs
    ):
        return next(iter(points.values()))
    means = {p: fsum(o.reference.metric(name) for o in ps) / len(ps) for p, ps in points.items()}
    return points[max(means, key=lambda point: means[point])]


def _cell(dataset: str, pairs: Sequence[Pair], metric: str) -> Cell:
    reference, _ = mean_and_std([one.reference.metric(metric) for one in pairs])
    current, spread = mean_and_std([one.current.metric(metric) for one in pairs])
    return Cell(dataset, len(pairs), reference, current, spread)


def _macro(key: Key, cells: Sequence[Cell]) -> Macro:
    """`spread`: standard error of the macro mean that the seeds leave."""
    there, here = ([getattr(cell, side) for cell in cells] for side in ("reference", "current"))
    noise = math.sqrt(fsum(cell.spread**2 / cell.runs for cell in cells)) / len(cells)
    return Macro(
        title=key.title,
        metric=key.metric,
        datasets=len(cells),
        runs=sum(cell.runs for cell in cells),
        reference=100 * fsum(there) / len(cells),
        current=100 * fsum(here) / len(cells),
        spread=100 * noise,
    )
