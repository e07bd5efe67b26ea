"""Raw columns into network inputs, fitted on the training rows only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.errors import DataMismatch
from bench.datasets.splits import Indices
from bench.datasets.table import MISSING, Column, Table
from iunet.declare.data import Floats
from iunet.declare.protocol import TablePreprocessing

Encode = Callable[[Indices], Floats]
"""Rows [N] to the inputs [N, width] of one block of columns."""

BLOCK = 64
"""Columns are fitted in blocks of this many, which bounds the memory; they do not interact."""


@dataclass(frozen=True)
class Encoder:
    """Fitted preprocessing of a table.

    Args:
        blocks: (encode, width) in the order of the inputs.
        groups: [D], number of the raw feature of each input, from 0 without gaps, ascending.
        categorical: [D], True for a category code or indicator.
        notes: which raw columns were dropped and why.
    """

    blocks: tuple[tuple[Encode, int], ...]
    groups: NDArray[np.int64]
    categorical: NDArray[np.bool_]
    notes: tuple[str, ...]

    def __call__(self, rows: Indices) -> Floats:
        """Inputs [N, D] of the rows."""
        out = np.empty((len(rows), len(self.groups)), dtype=np.float32)
        at = 0
        for encode, width in self.blocks:
            out[:, at : at + width] = encode(rows)
            at += width
        return out


def fit_encoder(table: Table, train: Indices, settings: TablePreprocessing) -> Encoder:
    """Fit the protocol's preprocessing on the training rows.

    Numbers are imputed, then standardised; a constant column becomes 0. Category codes are the
    canonical ones plus 1: numbered in order of appearance in the whole file, since a spelling is
    no statistic, so that a category first seen in the test rows has its own number. With one-hot
    categories numbers come first, otherwise the order is the file's.

    Raises:
        DataMismatch: no column has a value in the training rows.
    """
    kept, dropped = _usable(table.columns, train, settings)
    if not kept:
        raise DataMismatch("no column has a value in the training rows")
    if settings.categories == "one-hot":
        kept = sorted(kept, key=lambda column: column.spellings is not None)
    fitted = [_fit_block(block, train, settings) for block in _blocks(kept)]
    widths = [width for _, block in fitted for width in block]
    kinds = np.array([column.spellings is not None for column in kept])
    notes = tuple(f"column {c.name!r} has no value in the training rows, dropped" for c in dropped)
    return Encoder(
        blocks=tuple((encode, sum(block)) for encode, block in fitted),
        groups=np.repeat(np.arange(len(kept)), widths),
        categorical=np.repeat(kinds, widths),
        notes=notes,
    )


def _usable(
    columns: Sequence[Column], train: Indices, settings: TablePreprocessing
) -> tuple[list[Column], list[Column]]:
    """Columns that can be encoded, and those without a training value that cannot.

    A median needs a value, and one-hot needs a category; a constant or a code 0 needs nothing.
    """
    kept: list[Column] = []
    dropped: list[Column] = []
    for column in columns:
        numbers = column.spellings is None
        needs = (
            settings.numeric_missing == "median" if numbers else settings.categories == "one-hot"
        )
        (dropped if needs and column.missing[train].all() else kept).append(column)
    return kept, dropped


def _blocks(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Runs of columns of one kind, at most BLOCK long."""
    block: list[Column] = []
    for column in columns:
        other = block and (block[0].spellings is None) != (column.spellings is None)
        if other or len(block) == BLOCK:
            yield block
            block = []
        block.append(column)
    if block:
        yield block


def _fit_block(
    block: list[Column], train: Indices, settings: TablePreprocessing
) -> tuple[Encode, list[int]]:
    """How to encode a block, and how many inputs each of its columns becomes."""
    if block[0].spellings is None:
        return _fit_numbers(block, train, settings), [1] * len(block)
    if settings.categories == "one-hot":
        return _fit_one_hot(block, train)
    return lambda rows: (_stack(block, rows) - MISSING).astype(np.float32), [1] * len(block)


def _fit_numbers(block: list[Column], train: Indices, settings: TablePreprocessing) -> Encode:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if settings.numeric_missing == "median":
        imputer = SimpleImputer(strategy="median")
    else:
        imputer = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    pipeline = make_pipeline(imputer, StandardScaler()).fit(_stack(block, train))

    def encode(rows: Indices) -> Floats:
        standard: NDArray[np.float64] = pipeline.transform(_stack(block, rows))
        return standard.astype(np.float32)

    return encode


def _fit_one_hot(block: list[Column], train: Indices) -> tuple[Encode, list[int]]:
    """Indicators of the categories seen in training, missing being one where it occurs."""
    from sklearn.preprocessing import OneHotEncoder

    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    encoder.fit(_stack(block, train))

    def encode(rows: Indices) -> Floats:
        indicators: Floats = encoder.transform(_stack(block, rows))
        return indicators

    return encode, [len(seen) for seen in encoder.categories_]


def _stack(block: list[Column], rows: Indices) -> NDArray[Any]:
    """[N, len(block)], float64 of numbers or int32 of codes."""
    return np.column_stack([column.values[rows] for column in block])
