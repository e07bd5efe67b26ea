"""Arrays as JSON, for records that are shipped without binaries beside them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

LARGEST = 60_000
"""Bytes of JSON that the arrays of one run take at most; what does not fit is left out."""


def arrays_to_json(arrays: Arrays, largest: int = LARGEST) -> dict[str, Any]:
    """As many of the arrays as fit, the smallest first: bytes in base64, other numbers as lists."""
    texts = {name: json.dumps(_plain(array)) for name, array in arrays.items()}
    kept: dict[str, Any] = {}
    size = 0
    for name in sorted(texts, key=lambda name: (len(texts[name]), name)):
        size += len(texts[name])
        if size <= largest:
            kept[name] = json.loads(texts[name])
    return kept


def arrays_from_json(raw: Any) -> dict[str, NDArray[Any]]:
    """The arrays in this content.

    Raises:
        ValueError: something else than arrays.
    """
    if not isinstance(raw, dict):
        raise ValueError("arrays are not an object")
    return {str(name): _array(str(name), value) for name, value in raw.items()}


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
