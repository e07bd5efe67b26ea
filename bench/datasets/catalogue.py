"""The catalogue: what every dataset must look like when it is loaded."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from bench.errors import UsageError

PICTURE_SHAPE = (3, 32, 32)
"""Channels, height and width of every picture."""


TableSource = Literal["openml", "embedded", "file"]
"""OpenML, scikit-learn, or only what a user imports or has in BENCH_DATA."""


@dataclass(frozen=True)
class TabularDataset:
    """One table.

    Args:
        key: the name everywhere but in rendered tables.
        title: as Table 8 prints it.
        task_id: OpenML task as printed; None where OpenML does not have it.
        dataset_id: OpenML dataset, which is what is fetched; None where OpenML does not have it.
        rows, features: features without the target.
        classes: classes that occur; None is not checked.
        majority, minority: shares of the largest and the smallest class, fractions to 4 decimals.
        data_revision: raised when the content meant by `key` changes; part of the run id.
        content: digest of the canonical content where it is pinned, see bench.datasets.table.
        source: where it comes from when neither the store nor BENCH_DATA has it.
    """

    key: str
    title: str
    task_id: int | None
    dataset_id: int | None
    rows: int
    features: int
    classes: int | None
    majority: float
    minority: float
    data_revision: int = 1
    content: str | None = None
    source: TableSource = "openml"

    @property
    def origin(self) -> str:
        """For messages: " (OpenML 54)"; empty where OpenML does not have it."""
        return "" if self.dataset_id is None else f" (OpenML {self.dataset_id})"


@dataclass(frozen=True)
class VisionDataset:
    """One set of pictures, 32 x 32 RGB; train as delivered, before validation is split off.

    `content`: digest of its canonical content where it is pinned, see bench.datasets.pictures.
    """

    key: str
    title: str
    train: int
    test: int
    classes: int
    data_revision: int = 1
    content: str | None = None
    source: Literal["torchvision", "embedded"] = "torchvision"

    @property
    def rows(self) -> int:
        """Training pictures as delivered, which is what fitting takes."""
        return self.train

    @property
    def origin(self) -> str:
        """For messages: empty, since no number leads to a set of pictures."""
        return ""


Dataset = TabularDataset | VisionDataset


def find_entry(key: str) -> Dataset:
    """The dataset of this key, table or pictures.

    Raises:
        UsageError: there is none; the message lists the known ones, the closest first.
    """
    datasets: dict[str, Dataset] = {**VISION, **CATALOGUE}
    if key in datasets:
        return datasets[key]
    close = difflib.get_close_matches(key.lower(), datasets, n=3, cutoff=0.4)
    others = [other for other in datasets if other not in close]
    raise UsageError(f"no dataset called {key!r}; known: {', '.join([*close, *others])}")


def _read_entry(row: Mapping[str, str]) -> TabularDataset:
    """An entry from its fields as text; empty means None."""
    return TabularDataset(
        key=row["key"],
        title=row["title"],
        source=cast(TableSource, row["source"]),
        task_id=int(row["task_id"]) if row["task_id"] else None,
        dataset_id=int(row["dataset_id"]) if row["dataset_id"] else None,
        rows=int(row["rows"]),
        features=int(row["features"]),
        classes=int(row["classes"]) if row["classes"] else None,
        majority=float(row["majority"]),
        minority=float(row["minority"]),
        data_revision=int(row["data_revision"]),
        content=row["content"] or None,
    )


def _read_tables() -> dict[str, TabularDataset]:
    with Path(__file__).with_name("catalogue.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: _read_entry(row) for row in csv.DictReader(file)}


CATALOGUE: dict[str, TabularDataset] = _read_tables()
"""The 40 tables in the order of Table 8, then the embedded ones: a line of the CSV file each."""

_PICTURES = (
    VisionDataset("cifar10", "CIFAR10", 50_000, 10_000, 10),
    VisionDataset(
        "cifar100", "CIFAR100", 50_000, 10_000, 100, content="411675a6f21f69e503f977272f969ce7"
    ),
    VisionDataset("svhn", "SVHN", 73_257, 26_032, 10),
    VisionDataset(
        "digits",
        "Digits",
        1_437,
        360,
        10,
        content="a1e195b5d23556308dad84263aee2e96",
        source="embedded",
    ),
)

VISION: dict[str, VisionDataset] = {dataset.key: dataset for dataset in _PICTURES}
"""The three sets of pictures of the paper, then the embedded one.

CIFAR-10's content is not pinned: a copy that was looked at has 93 pictures from a JPEG.
"""
