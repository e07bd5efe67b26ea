"""Files of tables, of every supported kind, into the canonical form."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.table import MISSING, Column, Table, build_table, categorical, numeric, spelled
from bench.errors import DataDamaged, DataMismatch

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Reading:
    """What a file does not say of itself.

    Args:
        target: name of the class column; None: the one called "target", else the last.
        categorical: columns whose numbers are categories.
        drop: columns that are not features, such as row ids.
        ignored: likewise, but not every file has to have them.
    """

    target: str | None = None
    categorical: Collection[str] = ()
    drop: Collection[str] = ()
    ignored: Collection[str] = ()


LARGEST_ARRAYS = 4 * 2**30
"""Bytes of the arrays of one npz; the largest of the catalogue has a tenth of it."""

BROKEN = (
    *(OSError, ValueError, LookupError, TypeError, EOFError, RuntimeError, MemoryError),
    *(OverflowError, SyntaxError, TokenError, zipfile.BadZipFile, zlib.error, struct.error),
)
"""What reading a damaged or hostile file can raise; anything else is a bug."""


def read_file(path: Path, reading: Reading | None = None) -> Table:
    """Read a parquet, CSV, ARFF or npz file.

    Raises:
        DataDamaged: the file cannot be read as what its ending says.
        DataMismatch: it has no such target, no features, or rows without a class.
    """
    import pyarrow

    readers = {".parquet": _parquet, ".csv": _csv, ".arff": _arff, ".npz": _npz}
    read = readers.get(path.suffix)
    if read is None:
        raise DataDamaged(f"{path}: cannot read {path.suffix!r} files; known: {', '.join(readers)}")
    try:
        return _assemble(read(path), reading or Reading())
    except DataMismatch as error:
        raise DataMismatch(f"{path}: {error}") from error
    except (*BROKEN, pyarrow.ArrowException) as error:
        reason = " ".join(str(error).split())[:160]
        raise DataDamaged(f"{path}: not a readable {path.suffix[1:]} file: {reason}") from error


def checksum(path: Path, kind: str = "sha256") -> str:
    """The checksum of a file's bytes, in hex digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        new = partial(hashlib.new, kind, usedforsecurity=False)
        return hashlib.file_digest(file, new).hexdigest()


def check_bytes(path: Path, sha256: str) -> None:
    """Compare a file's SHA-256 with the recorded one.

    Raises:
        DataDamaged: it is another one, or the file is gone.
    """
    try:
        if path.exists() and not path.is_file():
            raise DataDamaged(f"{path}: not a regular file")
        found = checksum(path)
    except OSError as error:
        raise DataDamaged(f"{path}: {error.strerror}") from error
    if found != sha256:
        raise DataDamaged(
            f"{path}: SHA-256 {found[:12]}, recorded is {sha256[:12]}; the file is damaged"
        )


def read_arrays(path: Path, forms: Mapping[str, tuple[str, int]]) -> list[NDArray[Any]]:
    """The arrays of an npz.

    Args:
        forms: kinds of the numbers, as numpy abbreviates them, and dimensions, by name.

    Raises:
        BROKEN: it has others, or is no npz.
    """
    found = []
    with path.open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as arrays:
        size = sum(member.file_size for member in zipfile.ZipFile(file).infolist())
        if size > LARGEST_ARRAYS:
            raise ValueError(f"it unpacks to {size:,} bytes, more than {LARGEST_ARRAYS:,}")
        for name, (kinds, dimensions) in forms.items():
            array = np.asarray(arrays[name])
            if array.dtype.kind not in kinds or array.ndim != dimensions:
                form = f"{array.ndim} dimensions of {array.dtype}"
                raise ValueError(f"{name} has {form}, not {dimensions} of the kind {kinds}")
            found.append(array)
    return found


@contextmanager
def with_remedy(remedy: str) -> Iterator[None]:
    """Whatever is found to be damaged inside, its message ends with the next step."""
    try:
        yield
    except DataDamaged as error:
        raise DataDamaged(f"{error}. {remedy}") from error


def _assemble(columns: list[Column], reading: Reading) -> Table:
    names = [column.name for column in columns]
    target = reading.target or ("target" if "target" in names else names[-1])
    for name in (target, *reading.categorical, *reading.drop):
        if name not in names:
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            known = ", ".join(names[:8]) + more
            raise DataMismatch(f"no column called {name[:60]!r}; it has {known}")
    last = max(i for i, name in enumerate(names) if name == target)
    features = [
        spelled(column) if column.name in reading.categorical else column
        for i, column in enumerate(columns)
        if i != last and column.name not in (*reading.drop, *reading.ignored)
    ]
    rows = len(columns[last].values)
    if not features or not rows:
        raise DataMismatch(f"{len(features)} features and {rows} rows; a table has both")
    return build_table(features, columns[last])


def _parquet(path: Path) -> list[Column]:
    from pyarrow import parquet

    data = parquet.ParquetFile(path, page_checksum_verification=True).read(use_threads=False)
    return _from_arrow(data)


def _csv(path: Path) -> list[Column]:
    from pyarrow import csv

    missing = csv.ConvertOptions(null_values=["", "?"], strings_can_be_null=True)
    data = csv.read_csv(path, convert_options=missing)
    for name in data.column_names:
        if data.column_names.count(name) > 1:
            raise ValueError(f"several columns are called {name!r}; rename all but one")
    return _from_arrow(data)


def _arff(path: Path) -> list[Column]:
    """All columns of a dense or sparse ARFF file, in order.

    Raises:
        ValueError: not ARFF, a value that was not declared, or rows of unequal length.
    """
    import arff
    import pyarrow

    raw = path.read_bytes()
    marker = re.search(rb"^[^\S\n]*@data[^\S\n]*(\n|\Z)", raw, re.IGNORECASE | re.MULTILINE)
    if marker is None:
        raise ValueError("no @data line; the file is cut short or not ARFF")
    data = raw[marker.end() :]
    try:
        declared = dict(arff.loads(raw[: marker.end()].decode("utf-8"))["attributes"])
        if not any(special in data for special in (b"'", b'"', b"{", b"\\", b"%", b"\t")):
            return _plain_arff(data, declared)
        rows = arff.loads(raw.decode("utf-8"), return_type=arff.DENSE)["data"]
    except arff.ArffException as error:
        raise ValueError(str(error)) from error
    return [
        _arrow_column(name, pyarrow.chunked_array([[row[i] for row in rows]], pyarrow.string()))
        if _is_nominal(kind)
        else numeric(name, np.asarray([row[i] for row in rows], dtype=np.float64))
        for i, (name, kind) in enumerate(declared.items())
    ]


def _plain_arff(data: bytes, declared: dict[str, str | list[str]]) -> list[Column]:
    """A data section without quotes or comments: fast, for the tables of millions of cells.

    Args:
        data: the lines below @data.
        declared: "REAL", "STRING", ... or the list of categories, by the name of the column.
    """
    import pyarrow
    from pyarrow import csv

    text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    kinds = {
        name: text if _is_nominal(kind) else pyarrow.float64() for name, kind in declared.items()
    }
    table = csv.read_csv(
        io.BytesIO(data),
        csv.ReadOptions(column_names=list(kinds), use_threads=False),
        csv.ParseOptions(quote_char=False),
        csv.ConvertOptions(column_types=kinds, null_values=["?"], strings_can_be_null=True),
    )
    columns = _from_arrow(table)
    for column in columns:
        kind = declared[column.name]
        known = {value.strip().lower() for value in kind} if isinstance(kind, list) else None
        for spelling in column.spellings or ():
            if known is not None and spelling.lower() not in known:
                raise ValueError(
                    f"column {column.name!r} has {spelling!r}, which it does not declare"
                )
    return columns


def _is_nominal(kind: str | list[str]) -> bool:
    return isinstance(kind, list) or kind == "STRING"


def _npz(path: Path) -> list[Column]:
    """Pictures as a table: X [N, D] and target [N] with its names; columns pixel1 to pixelD."""
    forms = {"X": ("biuf", 2), "target": ("iu", 1), "target_names": ("UiufS", 1)}
    x, y, names = read_arrays(path, forms)
    if len(y) and not 0 <= y.min() <= y.max() < len(names):
        raise ValueError(f"targets are {y.min()} to {y.max()}, but there are {len(names)} names")
    features = [numeric(f"pixel{j + 1}", x[:, j].astype(np.float64)) for j in range(x.shape[1])]
    return [*features, categorical("target", y.astype(np.int32), names.tolist())]


def _from_arrow(data: pyarrow.Table) -> list[Column]:
    """Every column of an Arrow table: numbers as float64, all else as categories."""
    return [_arrow_column(name, data.column(i)) for i, name in enumerate(data.column_names)]


def _arrow_column(name: str, values: pyarrow.ChunkedArray) -> Column:
    import pyarrow

    kind = values.type
    if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
        return numeric(name, values.cast(pyarrow.float64()).to_numpy())
    if not pyarrow.types.is_dictionary(kind):
        values = values.dictionary_encode()
    whole = values.unify_dictionaries().combine_chunks()
    codes = whole.indices.cast(pyarrow.int32()).fill_null(MISSING).to_numpy(zero_copy_only=False)
    return categorical(name, codes, whole.dictionary.to_pylist())
