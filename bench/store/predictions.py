"""Predictions: class scores of the validation and test rows, kept beside the record; no pickle."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from bench.store.drawings import PREFIX
from bench.store.records import damaged
from bench.store.write import write_whole
from iunet.declare.data import Floats, Labels

LARGEST = 4_000_000
"""Scores of a split are kept up to so many numbers (16 MB); beyond, only the predicted classes."""


@dataclass(frozen=True)
class Split:
    """Predictions for the rows of one split.

    Args:
        truth, predicted: class indices [N].
        scores: [N, K]; None where they were too many to keep.
    """

    truth: Labels
    predicted: Labels
    scores: Floats | None


@dataclass(frozen=True)
class Predictions:
    """What was predicted for both splits that are scored.

    `drawings`: arrays for figures that are kept in the same file, see bench.store.drawings; they
    are not read back with the predictions.
    """

    valid: Split
    test: Split
    drawings: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def split_of(truth: Labels, scores: Floats) -> Split:
    """Predictions from class scores; the predicted class is the first of the largest."""
    return Split(truth=truth, predicted=scores.argmax(axis=1).astype(np.int64), scores=scores)


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Keep predictions in a compressed .npz.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, split in (("valid", predictions.valid), ("test", predictions.test)):
        arrays[f"{name}_truth"] = split.truth
        arrays[f"{name}_predicted"] = split.predicted
        if split.scores is not None and split.scores.size <= LARGEST:
            arrays[f"{name}_scores"] = split.scores.astype(np.float32)
    arrays |= {f"{PREFIX}{name}": array for name, array in predictions.drawings.items()}

    def fill(file: IO[bytes]) -> None:
        np.savez_compressed(file, allow_pickle=False, **arrays)

    write_whole(path, fill)


def read_predictions(path: Path) -> Predictions:
    """The predictions in this file.

    Raises:
        DamagedRecord: it cannot be read, or an array is missing.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return Predictions(valid=_split(file, "valid"), test=_split(file, "test"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(path, f"no predictions: {error}", own=True) from error


def _split(file: Mapping[str, NDArray[Any]], name: str) -> Split:
    scores = file.get(f"{name}_scores")
    return Split(file[f"{name}_truth"], file[f"{name}_predicted"], scores)
