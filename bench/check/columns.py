"""From runs to columns, per method the mean scores of every dataset on both sides; and the stored
null: how much the seeds of a reference move its scores."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import fsum
from pathlib import Path
from statistics import stdev
from typing import Any, NamedTuple

from bench.check.outcome import DatasetScores, MacroMean
from bench.errors import DataError
from bench.judge.cell import mean_and_std
from bench.plan.job import NO_NET
from bench.plan.plan import kind_of
from bench.render.files import ANOTHER_FILE, write_durable
from bench.store.records import Record
from iunet.declare.point import Point

GATED = {"table": "balanced_accuracy", "pictures": "accuracy"}
"""What is compared unless another metric is named, by kind of dataset."""

FILE = "null.json"
VERSION = 1

MEASURED = ("balanced_accuracy", "swapped_balanced_accuracy", "accuracy", "batch_mean_accuracy")
"""Metrics whose spreads are stored, unless one is named."""

DECIMALS = 6
"""Of a spread in points, as stored."""


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

    @property
    def null_key(self) -> str:
        """What the column is called in the stored null."""
        return f"{self.title}: {self.metric}"


class Spread(NamedTuple):
    """Of one cell over its seeds: how many seeds, and the sample std (ddof 1) in points."""

    runs: int
    std: float


@dataclass(frozen=True)
class Null:
    """Spreads by the null_key of the column, then by dataset.

    `records`: digest of the records they were measured from.
    """

    records: str
    spreads: Mapping[str, Mapping[str, Spread]]

    def of(self, key: Key) -> Mapping[str, Spread]:
        """The spreads of a column by dataset; none where it was not measured."""
        return self.spreads.get(key.null_key, {})


def runs_by_column(records: Iterable[Record], metric: str) -> dict[Key, dict[str, list[Record]]]:
    """The runs a column is made of, by dataset: of a grid one point.

    Args:
        records: of the reference, whose mean validation score chooses the point for both sides.
        metric: what is compared; empty means GATED.
    """
    points = defaultdict[tuple[Key, str], dict[Point, list[Record]]](dict)
    for run in records:
        compared = metric or GATED[kind_of(run.dataset)]
        key = Key(run.protocol, run.budget, run.net, run.method, compared)
        points[key, run.dataset].setdefault(run.point, []).append(run)
    found = defaultdict[Key, dict[str, list[Record]]](dict)
    for (key, dataset), by_point in points.items():
        found[key][dataset] = _chosen(by_point, f"valid_{key.metric}")
    return found


def columns_of(
    records: Iterable[Record], current: Mapping[str, Record], metric: str
) -> dict[Key, tuple[DatasetScores, ...]]:
    """Mean scores on every dataset of each column.

    Args:
        records: of the reference, each with a current run of its id.
        current: the user's runs by id.
        metric: what is compared; empty means GATED.

    Raises:
        DamagedRecord: a record without this metric.
    """
    found = {}
    for key, datasets in runs_by_column(records, metric).items():
        cells = []
        for dataset, runs in sorted(datasets.items()):
            reference, _ = mean_and_std([run.metric(key.metric) for run in runs])
            now, spread = mean_and_std([current[run.run_id].metric(key.metric) for run in runs])
            cells.append(DatasetScores(dataset, len(runs), reference, now, spread))
        found[key] = tuple(cells)
    return found


def macros_of(
    records: Iterable[Record], current: Mapping[str, Record], metric: str
) -> tuple[MacroMean, ...]:
    """Mean scores of every column, undefined cells aside; see columns_of."""
    found = []
    for key, every in columns_of(records, current, metric).items():
        if cells := [cell for cell in every if cell.defined]:
            n, runs = len(cells), sum(cell.runs for cell in cells)
            reference = 100 * fsum(cell.reference for cell in cells) / n
            now = 100 * fsum(cell.current for cell in cells) / n
            noise = math.sqrt(fsum(cell.spread**2 / cell.runs for cell in cells)) / n
            found.append(MacroMean(key.title, key.metric, n, runs, reference, now, 100 * noise))
    return tuple(found)


def measure_null(records: Sequence[Record], metrics: Sequence[str] = MEASURED) -> Null:
    """The spread of every cell with two seeds or more whose scores are all defined."""
    columns = {
        key.null_key: _spreads(datasets, metric)
        for metric in metrics
        for key, datasets in runs_by_column(records, metric).items()
    }
    spreads = {key: columns[key] for key in sorted(columns) if columns[key]}
    return Null(digest_of(records), spreads)


def digest_of(records: Iterable[Record]) -> str:
    """Of the runs and their metrics: a null of other records is not used."""
    lines = sorted(
        f"{one.run_id} {json.dumps(one.result['metrics'], sort_keys=True)}" for one in records
    )
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


def write_null(null: Null, folder: Path) -> Path:
    """Store it, one line a column.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    path = folder / FILE
    write_durable(path, as_text(null).encode(), ANOTHER_FILE)
    return path


def as_text(null: Null) -> str:
    """The content of the file: JSON."""
    columns = ",\n".join(
        f"  {json.dumps(title)}: {json.dumps(spreads)}" for title, spreads in null.spreads.items()
    )
    head = f' "version": {VERSION},\n "records": {json.dumps(null.records)},\n'
    return f'{{\n{head} "runs and std": {{\n{columns}\n }}\n}}\n'


def read_null(folder: Path) -> Null | None:
    """The null stored there; None where there is none.

    Raises:
        DataError: the file is something else.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        raw: dict[str, Any] = json.loads(path.read_bytes())
        if raw["version"] != VERSION:
            raise ValueError(f"version {raw['version']}, this program reads {VERSION}")
        spreads = {
            str(title): {str(name): _spread(*entry) for name, entry in cells.items()}
            for title, cells in raw["runs and std"].items()
        }
        return Null(str(raw["records"]), spreads)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: damaged null ({error}); measure it again with `bench check --measure-null`"
        ) from error


def _chosen(points: Mapping[Point, list[Record]], score: str) -> list[Record]:
    """The runs of the point whose mean of this score is highest; the first where it is unknown."""
    if any(score not in run.result["metrics"] for runs in points.values() for run in runs):
        return next(iter(points.values()))
    return max(
        points.values(), key=lambda runs: fsum(run.metric(score) for run in runs) / len(runs)
    )


def _spreads(datasets: Mapping[str, Sequence[Record]], metric: str) -> dict[str, Spread]:
    found = {}
    for dataset, runs in sorted(datasets.items()):
        scores = [100 * run.metric(metric) for run in runs]
        if len(scores) > 1 and all(map(math.isfinite, scores)):
            found[dataset] = Spread(len(scores), round(stdev(scores), DECIMALS))
    return found


def _spread(runs: int, std: float) -> Spread:
    if int(runs) < 2 or not 0 <= float(std) <= 100:
        raise ValueError(f"runs {runs}, std {std}")
    return Spread(int(runs), float(std))
