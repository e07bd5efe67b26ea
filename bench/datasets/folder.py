"""Data someone brought: a folder with `tabular/manifest.json` and the files it names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bench.datasets.errors import DataDamaged
from bench.datasets.read import Reading, read_file
from bench.datasets.store import check_bytes
from bench.datasets.table import Table


@dataclass(frozen=True)
class Brought:
    """One table of the folder.

    Args:
        path: parquet file, or npz for pictures.
        sha256: as the manifest has it.
        categorical: columns to read as categories whatever their type.
    """

    path: Path
    sha256: str
    categorical: tuple[str, ...]


def find_brought(folder: Path, key: str) -> Brought | None:
    """The folder's table of this key, None if its manifest does not name it.

    Raises:
        DataDamaged: the manifest cannot be read.
    """
    manifest = folder / "tabular" / "manifest.json"
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))
        entry = next((entry for entry in entries if entry["name"] == key), None)
        if entry is None:
            return None
        categorical = tuple(str(name) for name in entry["categorical_columns"])
        return Brought(manifest.parent / str(entry["file"]), str(entry["sha256"]), categorical)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataDamaged(
            f"{manifest}: not a list of files with name, file, sha256 and categorical_columns "
            f"({error!r}). Correct it or unset BENCH_DATA"
        ) from error


def load_brought(brought: Brought) -> Table:
    """Read a table of the folder after comparing its SHA-256."""
    check_bytes(brought.path, brought.sha256, next_step(brought))
    return read_file(brought.path, Reading(target="target", categorical=brought.categorical))


def next_step(brought: Brought) -> str:
    """How to get on when a file of the folder is wrong."""
    return f"Replace {brought.path.name} in BENCH_DATA, or unset BENCH_DATA and fetch it"
