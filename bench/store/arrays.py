"""The arrays of a run, in a .npz beside its record or as JSON in a shipped line; no pickle."""

from __future__ import annotations

import base64
import binascii
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.render.files import write_durable
from bench.store.records import damaged
from iunet.declare.data import Floats, Labels

Arrays = Mapping[str, NDArray[Any]]
"""Arrays by name."""

LARGEST = 4_000_000
"""Scores of a split are kept up to so many numbers (16 MB); beyond, only the predicted classes."""

LARGEST_SHIPPED = 60_000
"""Bytes of JSON that the arrays of one shipped run take at most; what does not fit is left out."""

DRAWING = "drawing_"
"""In a .npz the names of arrays for figures begin so."""


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

    `drawings`: arrays for figures, kept in the same file; `read_drawings` reads them back.
    """

    valid: Split
    test: Split
    drawings: Arrays = field(default_factory=dict)


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
    arrays |= {f"{DRAWING}{name}": array for name, array in predictions.drawings.items()}
    write_durable(path, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))


def read_predictions(path: Path) -> Predictions:
    """The predictions in this file.

    Raises:
        DamagedRecord: it cannot be read, or an array is missing.
    """
    with _arrays_of(path, "predictions") as arrays:
        return Predictions(_split(arrays, "valid"), _split(arrays, "test"))


def read_drawings(path: Path) -> Arrays:
    """What the run of this file kept for figures; nothing where there is no file.

    Raises:
        DamagedRecord: the file cannot be read.
    """
    if not path.exists():
        return {}
    with _arrays_of(path, "drawings") as arrays:
        names = [name for name in arrays if name.startswith(DRAWING)]
        return {name.removeprefix(DRAWING): arrays[name] for name in names}


def arrays_to_json(arrays: Arrays) -> dict[str, Any]:
    """As many of the arrays as may be shipped, the smallest first: bytes in base64, other numbers
    as lists."""
    contents = {name: _plain(array) for name, array in arrays.items()}
    sizes = {name: len(json.dumps(content)) for name, content in contents.items()}
    order = sorted(sizes, key=lambda name: (sizes[name], name))
    totals = accumulate(sizes[name] for name in order)
    return {
        name: contents[name]
        for name, total in zip(order, totals, strict=True)
        if total <= LARGEST_SHIPPED
    }


def arrays_from_json(raw: Any) -> dict[str, NDArray[Any]]:
    """The arrays in this content.

    Raises:
        ValueError: something else than arrays.
    """
    if not isinstance(raw, dict):
        raise ValueError("arrays are not an object")
    return {str(name): _array(str(name), value) for name, value in raw.items()}


@contextmanager
def _arrays_of(path: Path, what: str) -> Iterator[Arrays]:
    """The arrays of a file, each read when it is asked for."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as arrays:
            yield arrays
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(path, f"no {what}: {error}", own=True) from error


def _split(arrays: Arrays, name: str) -> Split:
    scores = arrays.get(f"{name}_scores")
    return Split(arrays[f"{name}_truth"], arrays[f"{name}_predicted"], scores)


def _plain(array: NDArray[Any]) -> Any:
    if array.dtype == np.uint8:
        return {"shape": list(array.shape), "uint8": base64.b64encode(array.tobytes()).decode()}
    return array.tolist()


def _array(name: str, value: Any) -> NDArray[Any]:
    try:
        if isinstance(value, dict):
            content = base64.b64decode(value["uint8"], validate=True)
            return np.frombuffer(content, dtype=np.uint8).reshape(value["shape"])
        array = np.asarray(value)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ValueError(f"array {name}: {error}") from error
    if array.dtype.kind not in "if":
        raise ValueError(f"array {name} holds no numbers")
    return array
