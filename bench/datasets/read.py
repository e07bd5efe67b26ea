"""Files of every supported kind into the canonical form."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.datasets.arff import read_arff
from bench.datasets.arrow import from_arrow
from bench.datasets.errors import DataDamaged, DataMismatch
from bench.datasets.table import Column, Table, build_table, categorical, numeric, spelled

KINDS = (".parquet", ".csv", ".arff", ".npz")


@dataclass(frozen=True)
class Reading:
    """What a file does not say of itself.

    Args:
        target: name of the class column; None: the one called "target", else the last.
        categorical: columns whose numbers are categories.
        drop: columns that are not features, such as row ids.
    """

    target: str | None = None
    categorical: Collection[str] = ()
    drop: Collection[str] = ()


def read_file(path: Path, reading: Reading | None = None) -> Table:
    """Read a parquet, CSV, ARFF or npz file.

    Raises:
        DataDamaged: the file cannot be read as what its ending says.
        DataMismatch: it has no such target, or rows without a class.
    """
    import pyarrow

    read = {".parquet": _parquet, ".csv": _csv, ".arff": _arff, ".npz": _npz}.get(path.suffix)
    if read is None:
        raise DataDamaged(f"{path}: cannot read {path.suffix!r} files; known: {', '.join(KINDS)}")
    reading = reading or Reading()
    try:
        return _assemble(read(path), reading, str(path))
    except (OSError, ValueError, KeyError, pyarrow.ArrowException, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:160]
        raise DataDamaged(f"{path}: not a readable {path.suffix[1:]} file: {reason}") from error


def _assemble(columns: list[Column], reading: Reading, where: str) -> Table:
    names = [column.name for column in columns]
    target = reading.target or ("target" if "target" in names else names[-1])
    for name in (target, *reading.categorical):
        if name not in names:
            raise DataMismatch(f"{where}: no column called {name!r}; it has {_few(names)}")
    last = len(names) - 1 - names[::-1].index(target)
    features = [
        spelled(c) if c.name in reading.categorical and c.spellings is None else c
        for i, c in enumerate(columns)
        if i != last and c.name not in reading.drop
    ]
    return build_table(features, columns[last])


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more


def _parquet(path: Path) -> list[Column]:
    from pyarrow import parquet

    data = parquet.ParquetFile(path, page_checksum_verification=True).read(use_threads=False)
    return from_arrow(data)


def _csv(path: Path) -> list[Column]:
    from pyarrow import csv

    missing = csv.ConvertOptions(null_values=["", "?"], strings_can_be_null=True)
    return from_arrow(csv.read_csv(path, convert_options=missing))


def _arff(path: Path) -> list[Column]:
    return read_arff(path)


def _npz(path: Path) -> list[Column]:
    """Pictures as a table: X [N, D] and target [N] with its names; columns pixel1 to pixelD."""
    with np.load(path, allow_pickle=False) as arrays:
        x, y, names = arrays["X"], arrays["target"], arrays["target_names"]
    features = [numeric(f"pixel{j + 1}", x[:, j].astype(np.float64)) for j in range(x.shape[1])]
    return [*features, categorical("target", y.astype(np.int32), names.tolist())]
