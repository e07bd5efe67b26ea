"""Arrow tables, which parquet and CSV files are read into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.datasets.table import MISSING, Column, categorical, numeric

if TYPE_CHECKING:
    import pyarrow


def from_arrow(data: pyarrow.Table) -> list[Column]:
    """Every column of an Arrow table: numbers as float64, all else as categories."""
    return [_column(name, data.column(i)) for i, name in enumerate(data.column_names)]


def _column(name: str, values: pyarrow.ChunkedArray) -> Column:
    import pyarrow

    kind = values.type
    if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
        return numeric(name, values.cast(pyarrow.float64()).to_numpy())
    if not pyarrow.types.is_dictionary(kind):
        values = values.dictionary_encode()
    whole = values.unify_dictionaries().combine_chunks()
    if isinstance(whole, pyarrow.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pyarrow.array([], kind).dictionary_encode()
    codes = whole.indices.cast(pyarrow.int32()).fill_null(MISSING).to_numpy(zero_copy_only=False)
    return categorical(name, codes, whole.dictionary.to_pylist())
