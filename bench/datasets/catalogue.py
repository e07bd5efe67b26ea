"""The catalogue: what every dataset must look like when it is loaded.

Each dataset is one line of tables.csv or pictures.csv, whose columns are the fields below. Tables
that a user imported under names of their own are described beside their content.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import Any, ClassVar, Literal, TypeVar

from bench.declared.toml import adapter
from bench.errors import DataDamaged, UsageError
from bench.folders import cache_folder
from bench.render.files import CACHE, write_durable
from iunet.declare.contract import closest_first
from iunet.declare.wrong import first_wrong

PICTURE_SHAPE = (3, 32, 32)
"""Channels, height and width of every picture."""

OWN = ".own.json"
"""Ending of the files that describe tables of the user's own."""

UNREADABLE = (OSError, ValueError, RecursionError)
"""What can go wrong while JSON is read that someone else has written; see `read_json`, `typed`."""

MOST = 2**53
"""Larger counts are not exact as floating-point numbers."""


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

    def __post_init__(self) -> None:
        for name in ("rows", "features", "classes"):
            count = getattr(self, name)
            if count is not None and not 0 < count < MOST:
                raise ValueError(f"{name} is a count from 1 to {MOST:,}")

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
Typed = TypeVar("Typed")


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
    """The tables that the user imported under names of their own, by key; see `damaged_own`."""
    return {key: own for key, own in _read_all_own().items() if isinstance(own, TabularDataset)}


def damaged_own() -> dict[str, DataDamaged]:
    """Those whose description cannot be read, each with the error of naming it."""
    return {key: own for key, own in _read_all_own().items() if isinstance(own, DataDamaged)}


def own_table(
    key: str, content: str, counts: tuple[int, int, int | None], shares: tuple[float, float]
) -> TabularDataset:
    """A table of the user's own; other content has other runs.

    Args:
        content: its digest.
        counts: rows, features and classes.
        shares: of the largest and the smallest class.
    """
    revision = int(content[:12], 16)
    return TabularDataset(key, key, None, None, *counts, *shares, revision, content, "file")


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
        DataDamaged: it is the user's own, and its description cannot be read.
    """
    shipped = vision_datasets() | tabular_datasets()
    if key in shipped:
        return shipped[key]
    own = _read_all_own()
    found = own.get(key)
    if isinstance(found, DataDamaged):
        raise found
    if found is not None:
        return found
    datasets = shipped | own
    raise UsageError(f"no dataset called {key!r}; known: {closest_first(key, datasets)}")


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        OSError, ValueError, RecursionError: it is gone, no regular file, or not JSON.
    """
    if path.exists() and not path.is_file():
        raise ValueError("not a regular file")
    return json.loads(path.read_bytes())


def check_file(file: str, sha256: str) -> None:
    """Refuse the name of a file that leads out of the folder it is named in, and no checksum.

    Raises:
        ValueError: it does.
    """
    path = PurePath(file)
    inside = path.name and not path.is_absolute() and ".." not in path.parts
    if not inside or not file.isprintable() or len(file) > 255:
        raise ValueError(f"{file[:60]!r} is not the name of a file in its folder")
    if not sha256.isalnum():
        raise ValueError(f"{sha256[:60]!r} is no SHA-256")


def typed(kind: type[Typed], raw: Any) -> Typed:
    """The dataclass of this content.

    Raises:
        ValueError: a field is missing or wrong; one line with its name.
    """
    from pydantic import ValidationError

    try:
        found: Typed = adapter(kind).validate_python(raw)  # type: ignore[arg-type]
        return found
    except ValidationError as error:
        raise ValueError(first_wrong(error)) from error


def _read_all_own() -> dict[str, TabularDataset | DataDamaged]:
    files = sorted((cache_folder() / "data").glob(f"*{OWN}"))
    return {path.name.removesuffix(OWN): _read_own(path) for path in files}


def _read_own(path: Path) -> TabularDataset | DataDamaged:
    key = path.name.removesuffix(OWN)
    try:
        found = typed(TabularDataset, read_json(path))
        counts, shares = (
            (found.rows, found.features, found.classes),
            (found.majority, found.minority),
        )
        if found != own_table(key, str(found.content), counts, shares):
            raise ValueError("key, source or revision are not those of its name and content")
        return found
    except UNREADABLE as error:
        return DataDamaged(
            f"{path}: no description of a dataset ({error}); "
            f"run `bench data import FILE --as {key}` again"
        )


def _read(name: str, kind: type[OneKind]) -> dict[str, OneKind]:
    """The datasets of a CSV file by key, an empty field being None."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    read = adapter(kind).validate_python  # type: ignore[arg-type]
    datasets = [read({field: text or None for field, text in line.items()}) for line in lines]
    return {dataset.key: dataset for dataset in datasets}
