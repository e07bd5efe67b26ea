"""Raw columns and pictures into network inputs, fitted on the training part only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress, groupby, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.preparation import Normalise
from bench.datasets.table import MISSING, Column, Table
from bench.errors import DataMismatch
from iunet.declare.data import Bytes, Floats
from iunet.declare.protocol import TablePreprocessing

Indices = NDArray[np.int64]

Encode = Callable[[Indices], Floats]
"""Rows [N] to the inputs [N, width] of one block of columns."""

BLOCK = 64
"""Columns are fitted in blocks of this many, which bounds the memory; they do not interact."""

MOMENTS = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
}
"""Means and deviations of the channels, where they are not those of the training pictures."""


@dataclass(frozen=True)
class Encoder:
    """Fitted preprocessing of a table.

    Args:
        blocks: what encodes each block of columns, in the order of the inputs.
        groups: [D], number of the raw feature of each input, from 0 without gaps, ascending.
        categorical: [D], True for a category code or indicator.
        notes: which raw columns were dropped and why.
        names: of the raw features, by their numbers.
    """

    blocks: tuple[Encode, ...]
    groups: NDArray[np.int64]
    categorical: NDArray[np.bool_]
    notes: tuple[str, ...]
    names: tuple[str, ...]

    def __call__(self, rows: Indices) -> Floats:
        """Inputs [N, D] of the rows.

        Raises:
            DataMismatch: a value is too large to be standardised by those of the training rows.
        """
        out = np.empty((len(rows), len(self.groups)), dtype=np.float32)
        at = 0
        for encode in self.blocks:
            x = encode(rows)
            out[:, at : at + x.shape[1]] = x
            at += x.shape[1]
        finite = np.isfinite(out).all(axis=0)
        if not finite.all():
            raise DataMismatch(
                f"column {self.names[self.groups[finite.argmin()]]!r} has a value that overflows "
                f"when it is divided by the deviation of the training rows; rescale it or leave it "
                f"out"
            )
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
    widths = list(chain.from_iterable(widths for _, widths in fitted))
    kinds = np.array([_is_categorical(column) for column in columns])
    notes = tuple(f"column {c.name!r} has no value in the training rows, dropped" for c in dropped)
    return Encoder(
        blocks=tuple(encode for encode, _ in fitted),
        groups=np.repeat(np.arange(len(columns)), widths),
        categorical=np.repeat(kinds, widths),
        notes=notes,
        names=tuple(column.name for column in columns),
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
    if normalise == "own":
        means, deviations = zip(*(_moments(train[:, channel]) for channel in range(3)), strict=True)
    else:
        means, deviations = MOMENTS[normalise]
    if 0 in deviations:
        channel = deviations.index(0)
        raise DataMismatch(
            f"channel {channel} of the {len(train):,} training pictures is {means[channel]:g} "
            f"everywhere; pictures cannot be normalised by that"
        )
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
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    widths = [1] * len(block)
    if not _is_categorical(block[0]):
        if settings.numeric_missing == "median":
            imputer = SimpleImputer(strategy="median")
        else:
            imputer = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
        fitted = make_pipeline(imputer, StandardScaler()).fit(_stack(block, train))
    elif settings.categories == "one-hot":  # missing is a category where it occurs in training
        one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
        fitted = one_hot.fit(_stack(block, train))
        widths = [len(categories) for categories in fitted.categories_]
    else:
        return lambda rows: (_stack(block, rows) - MISSING).astype(np.float32), widths

    def encode(rows: Indices) -> Floats:
        with np.errstate(over="ignore"):  # is refused once all inputs are there
            x: Floats = fitted.transform(_stack(block, rows)).astype(np.float32, copy=False)
        return x

    return encode, widths


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
