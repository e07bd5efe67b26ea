"""The arrays of a run, in a .npz beside its record or as JSON in a shipped line; no pickle."""

from __future__ import annotations

import base64
import binascii
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import accumulate
from lzma import LZMAError
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from bench.render.files import read_bounded, write_durable
from bench.store.records import damaged
from iunet.declare.data import Floats, Labels
from iunet.measure.metrics import confusion_counts

Arrays = Mapping[str, NDArray[Any]]
"""Arrays by name."""

LARGEST = 4_000_000
"""Scores of a split are kept up to so many numbers (16 MB); beyond, only the predicted classes."""

LARGEST_SHIPPED = 60_000
"""Bytes of JSON that the arrays of one shipped run take at most; what does not fit is left out."""

LARGEST_FILE = 2**28
"""Bytes of a .npz, and of the arrays that it holds."""

UNREADABLE = (
    *(OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, RuntimeError),
    *(MemoryError, OverflowError, SyntaxError, BadZipFile, zlib.error, LZMAError, TokenError),
)
"""What numpy and zipfile raise for files that are damaged."""

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
    write_durable(
        path, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays), swept=True
    )


def read_predictions(path: Path, confusion: Sequence[Sequence[int]] | None = None) -> Predictions:
    """The predictions in this file.

    Args:
        confusion: counts of the test rows; () or None where they were not kept.

    Raises:
        DamagedRecord: it cannot be read, or an array is missing, of another form, or of other rows.
    """
    with _arrays_of(path, "predictions") as arrays:
        found = Predictions(_split(arrays, "valid"), _split(arrays, "test"))
        truth, predicted = found.test.truth, found.test.predicted
        if confusion and not _counted_so(truth, predicted, confusion):
            raise ValueError("other test rows than the record counts")
    return found


def read_drawings(path: Path) -> Arrays:
    """What the run of this file kept for figures; nothing where there is no file.

    Raises:
        DamagedRecord: the file cannot be read, or an array is of another form.
    """
    if not os.path.lexists(path):
        return {}
    with _arrays_of(path, "drawings") as arrays:
        names = [name for name in arrays if name.startswith(DRAWING)]
        return checked_arrays({name.removeprefix(DRAWING): arrays[name] for name in names})


def checked_arrays(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The same arrays.

    Raises:
        ValueError: an array of something else than numbers, or not of the form that a figure draws.
    """
    for name, array in arrays.items():
        if array.dtype.kind not in "uif" or not np.isfinite(array).all():
            raise ValueError(f"array {name} holds no numbers")
    layer, counts = arrays.get("first_layer"), arrays.get("histogram")
    edges = arrays.get("histogram_edges", np.arange(1))
    if layer is not None and (layer.ndim != 2 or not layer.size):
        raise ValueError(f"array first_layer has shape {layer.shape}, not [U, D]")
    if counts is not None and (counts.ndim != 2 or counts.size == 0 or counts.min() < 0):
        raise ValueError(f"array histogram of shape {counts.shape} holds no counts [E, bins]")
    if edges.ndim != 1 or (counts is not None and len(edges) not in (1, counts.shape[1] + 1)):
        raise ValueError(f"array histogram_edges has shape {edges.shape}")
    if not (np.diff(edges) > 0).all() or (counts is not None and not counts.sum(axis=1).all()):
        raise ValueError("array histogram or histogram_edges is none")
    return arrays


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
    return checked_arrays({str(name): _array(str(name), value) for name, value in raw.items()})


@contextmanager
def _arrays_of(path: Path, what: str) -> Iterator[Arrays]:
    """The arrays of a file, each read when it is asked for."""
    try:
        content = BytesIO(read_bounded(path, LARGEST_FILE))
        with ZipFile(content) as members:
            if sum(member.file_size for member in members.infolist()) > LARGEST_FILE:
                raise ValueError(f"its arrays have more than {LARGEST_FILE:,} bytes")
        content.seek(0)
        with np.load(content, allow_pickle=False) as arrays:
            yield arrays
    except UNREADABLE as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise damaged(path, f"no {what}: {type(error).__name__} {why}", own=True) from error


def _split(arrays: Arrays, name: str) -> Split:
    truth, predicted = arrays[f"{name}_truth"], arrays[f"{name}_predicted"]
    scores = arrays.get(f"{name}_scores")
    for labels in (truth, predicted):
        if labels.ndim != 1 or labels.dtype.kind not in "ui" or len(labels) != len(truth):
            raise ValueError(f"{name} holds no class indices [N]")
        if len(labels) and not 0 <= labels.min() <= labels.max() < 2**31:
            raise ValueError(f"{name} holds no class indices")
    if scores is not None:
        rows, kind = scores.shape[:1], scores.dtype.kind
        if scores.ndim != 2 or rows != truth.shape or kind != "f" or not np.isfinite(scores).all():
            raise ValueError(f"{name}_scores are not [N, K] numbers")
    return Split(truth, predicted, scores)


def _counted_so(truth: Labels, predicted: Labels, confusion: Sequence[Sequence[int]]) -> bool:
    """Whether these counts are of these rows."""
    n_classes = len(confusion)
    if max(truth.max(initial=0), predicted.max(initial=0)) >= n_classes:
        return False
    counts = confusion_counts(truth.astype(np.int64), predicted.astype(np.int64), n_classes)
    return bool((counts == np.array(confusion)).all())


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
    return array
