"""Raw columns and pictures into network inputs, fitted on the training part only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, groupby, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.preparation import Normalise
from bench.datasets.split import Indices
from bench.datasets.table import MISSING, Column, Table
from bench.errors import DataMismatch
from iunet.declare.data import Bytes, Floats
from iunet.declare.protocol import TablePreprocessing

Encode = Callable[[Indices], Floats]
"""Rows [N] to the inputs [N, width] of one block of columns."""

BLOCK = 64
"""Columns are fitted in blocks of this many, which bounds the memory; they do not interact."""

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


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
    empty = [_needs_value(c, settings) and c.missing[train].all() for c in table.columns]
    columns = [c for c, without in zip(table.columns, empty, strict=True) if not without]
    dropped = compress(table.columns, empty)
    if not columns:
        raise DataMismatch("no column has a value in the training rows")
    if settings.categories == "one-hot":
        columns = sorted(columns, key=_is_categorical)
    fitted = [_fit_block(block, train, settings) for block in _blocks(columns)]
    widths = [width for _, block in fitted for width in block]
    kinds = np.array([_is_categorical(column) for column in columns])
    notes = tuple(f"column {c.name!r} has no value in the training rows, dropped" for c in dropped)
    return Encoder(
        blocks=tuple((encode, sum(block)) for encode, block in fitted),
        groups=np.repeat(np.arange(len(columns)), widths),
        categorical=np.repeat(kinds, widths),
        notes=notes,
    )


@dataclass(frozen=True)
class Scale:
    """What a picture in [0, 1] is normalised by, channel by channel: mean [3], std [3]."""

    mean: Floats
    std: Floats

    def __call__(self, x: Bytes) -> Floats:
        """Normalise pictures [N, 3, 32, 32] in 0..255."""
        scaled = x.astype(np.float32)
        scaled /= 255
        scaled -= self.mean[:, None, None]
        scaled /= self.std[:, None, None]
        return scaled


def fit_scale(normalise: Normalise, train: Bytes) -> Scale:
    """The means and deviations to normalise by.

    Args:
        normalise: "own" are those of the training pictures (deviation with ddof 0).
        train: the training pictures [N, 3, 32, 32].

    Raises:
        DataMismatch: "own", and a channel has the same value everywhere.
    """
    if normalise == "imagenet":
        moments = list(zip(IMAGENET_MEAN, IMAGENET_STD, strict=True))
    elif normalise == "none":
        moments = [(0.0, 1.0)] * 3
    else:
        moments = [_moments(train[:, channel]) for channel in range(3)]
    for channel, (mean, std) in enumerate(moments):
        if std == 0:
            raise DataMismatch(
                f"channel {channel} of the {len(train):,} training pictures is {mean:g} "
                f"everywhere; pictures cannot be normalised by that"
            )
    means, deviations = zip(*moments, strict=True)
    return Scale(np.array(means, dtype=np.float32), np.array(deviations, dtype=np.float32))


def _needs_value(column: Column, settings: TablePreprocessing) -> bool:
    """Whether a column without a training value cannot be encoded.

    A median needs a value, and one-hot needs a category; a constant or a code 0 needs nothing.
    """
    if _is_categorical(column):
        return settings.categories == "one-hot"
    return settings.numeric_missing == "median"


def _is_categorical(column: Column) -> bool:
    return column.spellings is not None


def _blocks(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Runs of columns of one kind, at most BLOCK long."""
    for _, run in groupby(columns, key=_is_categorical):
        while block := list(islice(run, BLOCK)):
            yield block


def _fit_block(
    block: list[Column], train: Indices, settings: TablePreprocessing
) -> tuple[Encode, list[int]]:
    """How to encode a block, and how many inputs each of its columns becomes."""
    if not _is_categorical(block[0]):
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


def _moments(channel: Bytes) -> tuple[float, float]:
    """Mean and deviation of values 0..255 scaled to [0, 1], from how often each occurs."""
    often = np.zeros(256, dtype=np.int64)
    for start in range(0, len(channel), 1000):  # counting widens bytes to eight times their size
        often += np.bincount(channel[start : start + 1000].ravel(), minlength=256)
    values = np.arange(256) / 255
    mean = float(often @ values / often.sum())
    return mean, float(np.sqrt(often @ (values - mean) ** 2 / often.sum()))
