"""The stored null: how much the seeds of a reference move its scores, kept beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import stdev
from typing import IO, Any

from bench.check.columns import grouped
from bench.check.pairing import Pair
from bench.errors import DataError
from bench.store.records import Record
from bench.store.write import NAMED, write_whole

FILE = "null.json"
VERSION = 1

MEASURED = ("balanced_accuracy", "swapped_balanced_accuracy", "accuracy", "batch_mean_accuracy")
"""Metrics whose spreads are kept, unless one is named."""

DECIMALS = 6
"""Of a spread in points, as kept."""


@dataclass(frozen=True)
class Spread:
    """Of one cell over its seeds: sample std (ddof 1) in points, and how many seeds."""

    runs: int
    std: float


@dataclass(frozen=True)
class Null:
    """Spreads by column title and metric, then by dataset.

    `records`: digest of the records they were measured from.
    """

    records: str
    spreads: Mapping[str, Mapping[str, Spread]]


def measure_null(records: Iterable[Record], metrics: Sequence[str] = MEASURED) -> Null:
    """The spread of every cell with two seeds or more whose scores are all defined."""
    kept = list(records)
    pairs = [Pair(one, one) for one in kept]
    columns = {
        null_key(key.title, metric): _spreads(datasets, metric)
        for metric in metrics
        for key, datasets in grouped(pairs, metric).items()
    }
    return Null(
        digest_of(kept), {title: columns[title] for title in sorted(columns) if columns[title]}
    )


def null_key(title: str, metric: str) -> str:
    """What a column is called in the file."""
    return f"{title}: {metric}"


def digest_of(records: Iterable[Record]) -> str:
    """Of the runs and their metrics: a null of other records is not used."""
    lines = sorted(f"{one.run_id} {_text(one.result['metrics'])}" for one in records)
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


def write_null(null: Null, folder: Path) -> Path:
    """Keep it, one line a column.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    path = folder / FILE

    def fill(file: IO[bytes]) -> None:
        file.write(as_text(null).encode())

    write_whole(path, fill, NAMED)
    return path


def as_text(null: Null) -> str:
    """The content of the file: JSON."""
    columns = ",\n".join(
        f"  {json.dumps(title)}: "
        + json.dumps({name: [one.runs, round(one.std, DECIMALS)] for name, one in spreads.items()})
        for title, spreads in null.spreads.items()
    )
    head = f' "version": {VERSION},\n "records": {json.dumps(null.records)},\n'
    return f'{{\n{head} "runs and std": {{\n{columns}\n }}\n}}\n'


def read_null(folder: Path) -> Null | None:
    """The null kept there; None where there is none.

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


def _spreads(datasets: Mapping[str, Sequence[Pair]], metric: str) -> dict[str, Spread]:
    found = {}
    for dataset, pairs in sorted(datasets.items()):
        scores = [100 * one.reference.metric(metric) for one in pairs]
        if len(scores) > 1 and all(map(math.isfinite, scores)):
            found[dataset] = Spread(len(scores), stdev(scores))
    return found


def _text(metrics: Mapping[str, Any]) -> str:
    return json.dumps(metrics, sort_keys=True)


def _spread(runs: int, std: float) -> Spread:
    if int(runs) < 2 or not 0 <= float(std) <= 100:
        raise ValueError(f"runs {runs}, std {std}")
    return Spread(int(runs), float(std))
