"""The catalogue: what every dataset must look like when it is loaded.

Each dataset is one line of tables.csv or pictures.csv, whose columns are the fields below.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from bench.errors import UsageError

PICTURE_SHAPE = (3, 32, 32)
"""Channels, height and width of every picture."""

NUMBERS: Mapping[str, Callable[[str], int | float]] = {
    **dict.fromkeys(("task_id", "dataset_id", "rows", "features", "classes"), int),
    **dict.fromkeys(("train", "test", "data_revision"), int),
    **dict.fromkeys(("majority", "minority"), float),
}
"""How the fields that are not text are read."""


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
        source: where it comes from when neither the store nor BENCH_DATA has it: OpenML,
            scikit-learn, or "file", which is only imported.
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
    source: Literal["openml", "embedded", "file"] = "openml"

    @property
    def origin(self) -> str:
        """For messages: " (OpenML 54)"; empty where OpenML does not have it."""
        return "" if self.dataset_id is None else f" (OpenML {self.dataset_id})"


@dataclass(frozen=True)
class VisionDataset:
    """One set of pictures, 32 x 32 RGB; train as delivered, before validation is split off.

    Args:
        content: digest of the canonical content where it is pinned, see bench.datasets.pictures.
        origin: for messages, empty: no number leads to a set of pictures.
    """

    key: str
    title: str
    train: int
    test: int
    classes: int
    data_revision: int = 1
    content: str | None = None
    source: Literal["torchvision", "embedded"] = "torchvision"
    origin: ClassVar[str] = ""

    @property
    def rows(self) -> int:
        """Training pictures as delivered, which is what fitting takes."""
        return self.train


Dataset = TabularDataset | VisionDataset
Entry = TypeVar("Entry", TabularDataset, VisionDataset)


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


def _read(name: str, kind: type[Entry]) -> dict[str, Entry]:
    """The entries of a CSV file by key, an empty field being None."""
    entries = {}
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values: Any = {
                field: NUMBERS.get(field, str)(text) if text else None
                for field, text in row.items()
            }
            entries[row["key"]] = kind(**values)
    return entries


CATALOGUE = _read("tables.csv", TabularDataset)
"""The 40 tables in the order of Table 8, then the embedded ones."""

VISION = _read("pictures.csv", VisionDataset)
"""The three sets of pictures of the paper, then the embedded one.

CIFAR-10's content is not pinned: a copy that was looked at has 93 pictures from a JPEG.
"""
