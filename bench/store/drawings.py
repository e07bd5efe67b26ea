"""Arrays for figures, kept in a run's .npz beside its predictions; no pickle."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.store.records import damaged

PREFIX = "drawing_"
"""Begins the names of these arrays in the file."""


def read_drawings(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays by name; none where the run kept none, or no file.

    Raises:
        DamagedRecord: the file cannot be read.
    """
    if not path.exists():
        return {}
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            names = [name for name in file.files if name.startswith(PREFIX)]
            return {name.removeprefix(PREFIX): file[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(path, f"no drawings: {error}", own=True) from error
