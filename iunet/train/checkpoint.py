"""Tensors and a JSON note in one safetensors file, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Saved:
    """What a file holds: tensors on the CPU, and what was noted beside them."""

    tensors: Mapping[str, Tensor]
    note: Mapping[str, Any]


def save(path: Path, tensors: Mapping[str, Tensor], note: Mapping[str, Any]) -> None:
    """Write to a temporary file, then rename: a reader sees the old file or the new one."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")  # of no other writer
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        save_file(whole, temporary, metadata={"note": json.dumps(note)})
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path) -> Saved | None:
    """The file's content; None where there is none or it is damaged, since it can be made again."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return Saved(tensors, json.loads(file.metadata()["note"]))
    except (FileNotFoundError, SafetensorError):
        return None
