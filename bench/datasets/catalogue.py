"""The catalogue: what every dataset must look like when it is loaded.

Each dataset is one line of tables.csv or pictures.csv, whose columns are the fields below. Tables
that a user imported under names of their own are described beside their content.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from bench.errors import DataDamaged, UsageError
from bench.folders import cache_folder
from bench.render.files import CACHE, write_durable
from iunet.declare.contract import closest_first

PICTURE_SHAPE = (3, 32, 32)
"""Channels, height and width of every picture."""

OWN = ".own.json"
"""Ending of the files that describe tables of the user's own."""


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
OneKind = TypeVar("OneKind", TabularDataset, VisionDataset)


@cache
def tabular_datasets() -> dict[str, TabularDataset]:
    """The 40 tables in the order of Table 8, then the embedded ones, by key."""
    return _read("tables.csv", TabularDataset)


@cache
def vision_datasets() -> dict[str, VisionDataset]:
    """The three sets of pictures of the paper, then the embedded one, by key.

    CIFAR-10's content is not pinned: a copy that was looked at has 93 pictures from a JPEG.
    """
    return _read("pictures.csv", VisionDataset)


def own_datasets() -> dict[str, TabularDataset]:
    """The tables that the user imported under names of their own, by key.

    Raises:
        DataDamaged: a file in which one is described cannot be read.
    """
    files = sorted((cache_folder() / "data").glob(f"*{OWN}"))
    return {path.name.removesuffix(OWN): _read_own(path) for path in files}


def write_own(folder: Path, dataset: TabularDataset) -> None:
    """Describe a table of the user's own beside its content; `own_datasets` reads it.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    text = json.dumps(asdict(dataset), indent=1)
    write_durable(folder / f"{dataset.key}{OWN}", f"{text}\n".encode(), CACHE)


def all_datasets() -> dict[str, Dataset]:
    """Tables, then sets of pictures, then the user's own tables, by key."""
    return tabular_datasets() | vision_datasets() | own_datasets()


def find_dataset(key: str) -> Dataset:
    """The dataset of this key, table or pictures.

    Raises:
        UsageError: there is none; the message lists the known ones, the closest first.
    """
    shipped = vision_datasets() | tabular_datasets()
    if key in shipped:
        return shipped[key]
    datasets = shipped | own_datasets()
    if key in datasets:
        return datasets[key]
    raise UsageError(f"no dataset called {key!r}; known: {closest_first(key, datasets)}")


def _read_own(path: Path) -> TabularDataset:
    from pydantic import TypeAdapter, ValidationError

    key = path.name.removesuffix(OWN)
    try:
        return TypeAdapter(TabularDataset).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        why = str(error).splitlines()[0]
        raise DataDamaged(
            f"{path}: no description of a dataset ({why}); "
            f"run `bench data import FILE --as {key}` again"
        ) from error


def _read(name: str, kind: type[OneKind]) -> dict[str, OneKind]:
    """The datasets of a CSV file by key, an empty field being None."""
    from pydantic import TypeAdapter

    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    read = TypeAdapter(kind).validate_python
    datasets = [read({field: text or None for field, text in line.items()}) for line in lines]
    return {dataset.key: dataset for dataset in datasets}
