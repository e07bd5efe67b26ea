"""The canonical form of a table, the same from every source; its digest and its check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from bench.datasets.catalogue import TabularDataset
from bench.errors import DataMismatch

MISSING = -1
"""Code of a missing category."""

LARGEST = float(np.finfo(np.float32).max)
"""Of the numbers of single precision, in which networks compute."""

SHARE_TOLERANCE = 0.5e-4 + 1e-9
"""The catalogue has shares as fractions with four decimals."""


@dataclass(frozen=True)
class Column:
    """One feature, or the target before its classes are sorted.

    Args:
        name: as the source spells it.
        values: [N] float64 with NaN for missing, or int32 codes with -1 for missing.
        spellings: what the codes stand for, in order of first appearance; None if numeric.
    """

    name: str
    values: NDArray[np.float64] | NDArray[np.int32]
    spellings: tuple[str, ...] | None = None

    @property
    def missing(self) -> NDArray[np.bool_]:
        """[N], True where the value is missing."""
        return np.isnan(self.values) if self.spellings is None else self.values == MISSING


@dataclass(frozen=True)
class Table:
    """A table in canonical form.

    Args:
        columns: the features in the order of the file.
        classes: spellings of the classes that occur, sorted as strings.
        y: [N] class indices.
        notes: what is special about this copy; not part of the content.
    """

    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    y: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """N."""
        return len(self.y)

    @property
    def features(self) -> int:
        """Columns without the target."""
        return len(self.columns)

    def shares(self) -> tuple[float, float]:
        """Share of the largest and of the smallest class, as fractions."""
        counts = np.bincount(self.y, minlength=len(self.classes))
        return float(counts.max() / self.rows), float(counts.min() / self.rows)

    def digest(self) -> str:
        """Half of a SHA-256 (32 hex digits): kinds, spellings, classes, values and their order.

        Left out: names of columns, which move no number and which sources spell differently,
        declared categories that never occur, and how a source stores a number.
        """
        kinds = [None if c.spellings is None else list(c.spellings) for c in self.columns]
        header = {"rows": self.rows, "columns": kinds, "classes": list(self.classes)}
        out = hashlib.sha256(json.dumps(header, separators=(",", ":")).encode())
        for column in self.columns:
            kind = "<f8" if column.spellings is None else "<i4"
            out.update(column.values.astype(kind, copy=False).tobytes())
        out.update(self.y.astype("<i4").tobytes())
        return out.hexdigest()[:32]

    def write(self, file: Path | IO[bytes]) -> None:
        """Write the content as parquet, with the class in a last column called "target".

        Raises:
            OSError: it cannot be written.
        """
        import pyarrow
        from pyarrow import DictionaryArray, parquet

        columns = (*self.columns, Column("target", self.y.astype("int32"), self.classes))
        arrays = [
            pyarrow.array(column.values)
            if column.spellings is None
            else DictionaryArray.from_arrays(
                pyarrow.array(column.values, mask=column.missing),
                pyarrow.array(column.spellings, pyarrow.string()),
            )
            for column in columns
        ]
        table = pyarrow.Table.from_arrays(arrays, names=[column.name for column in columns])
        parquet.write_table(table, file, compression="zstd")


def check_table(dataset: TabularDataset, table: Table) -> str | None:
    """What is wrong with rows, features, classes or shares, with both numbers; None if nothing."""
    counts = (
        ("rows", table.rows, dataset.rows),
        ("features", table.features, dataset.features),
        ("classes", len(table.classes), dataset.classes),
    )
    for what, own, expected in counts:
        if expected not in (None, own):
            return (
                f"{own:,} {what}, the catalogue has {expected:,}{dataset.origin}; the file is "
                f"damaged or another version"
            )
    shares = zip(table.shares(), (dataset.majority, dataset.minority), strict=True)
    for which, (own_share, share) in zip(("largest", "smallest"), shares, strict=True):
        if abs(own_share - share) > SHARE_TOLERANCE:
            return (
                f"the {which} class has {100 * own_share:.2f} % of the rows, the catalogue has "
                f"{100 * share:.2f} %{dataset.origin}; the file is another version"
            )
    return None


def build_table(features: Iterable[Column], target: Column) -> Table:
    """Put a table together; the target may be numeric, its classes are spelled.

    Raises:
        DataMismatch: a row without a class, a column of another length, or infinite values.
    """
    labels = spelled(target)
    without = int(labels.missing.sum())
    if without:
        raise DataMismatch(
            f"{without} of {len(labels.values)} rows have no class ({target.name!r})"
        )
    columns = tuple(features)
    for column in columns:
        if len(column.values) != len(labels.values):
            raise DataMismatch(
                f"column {column.name!r} has {len(column.values)} rows, "
                f"the target {len(labels.values)}"
            )
        if np.isinf(column.values).any():
            raise DataMismatch(f"column {column.name!r} has infinite values")
        beyond = np.abs(column.values) > LARGEST
        if beyond.any():
            raise DataMismatch(
                f"column {column.name!r} has {column.values[beyond][0]:g}, and networks compute "
                f"with at most {LARGEST:.1e}; rescale it or leave it out"
            )
    spellings = labels.spellings or ()
    classes = tuple(sorted(spellings))
    rank = np.array([classes.index(name) for name in spellings], dtype=np.int64)
    return Table(columns, classes, rank[labels.values.astype(np.int64)])


def numeric(name: str, values: NDArray[np.float64]) -> Column:
    """A numeric column; every NaN is the same one and -0 is 0."""
    clean = np.asarray(values, dtype=np.float64) + 0.0
    clean[np.isnan(clean)] = np.nan
    return Column(name, clean)


def categorical(name: str, codes: NDArray[np.integer], spellings: Sequence[object]) -> Column:
    """A column of categories, renumbered in order of first appearance.

    Args:
        name: as the source spells it.
        codes: [N] indices into `spellings`, negative for missing.
        spellings: values of any type, None for missing; those that never occur are dropped.
    """
    texts = [spelling(value) for value in spellings]
    if {text.lower() for text in texts if text is not None} <= {"true", "false"}:
        texts = [text and text.lower() for text in texts]  # sources disagree on the case of these
    numbers: dict[str, int] = {}
    merged = [MISSING if t is None else numbers.setdefault(t, len(numbers)) for t in texts]
    raw = np.asarray([*merged, MISSING], dtype=np.int32)[np.where(codes < 0, len(texts), codes)]
    present, first = np.unique(raw, return_index=True)
    appearing = [int(code) for code in present[np.argsort(first)] if code != MISSING]
    renumber = np.full(len(numbers) + 1, MISSING, dtype=np.int32)
    renumber[appearing] = np.arange(len(appearing))
    names = list(numbers)
    return Column(name, renumber[raw], tuple(names[code] for code in appearing))


def spelled(column: Column) -> Column:
    """A column as categories; a number 1.0 is spelled "1"."""
    if column.spellings is not None:
        return column
    present, codes = np.unique(column.values, return_inverse=True)
    values = [None if np.isnan(value) else float(value) for value in present]
    return categorical(column.name, codes.astype(np.int32), values)


def spelling(value: object) -> str | None:
    """How a category is written, whatever type a source gives it; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()
