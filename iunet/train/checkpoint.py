"""Tensors and a JSON note in one safetensors file, written whole and read only as it was written.

A digest in the file covers its name, the note and the tensors, so that a damaged file, or one of
another stage, is made again. It is against accidents, not against forgery.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from iunet.declare.data import Bytes
from iunet.declare.memory import GIB

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT = 2
TILE = 256
"""Words of 8 bytes are added up by rows and columns of squares of this side; SHA-256 of every byte
would take as long as writing the file."""

SPARE = 0.1
"""So much of the free disk is left to results."""
WRITING = 0.05
"""At most this share of the time goes by with writing checkpoints."""

Note = TypeVar("Note", bound="DataclassInstance")


@dataclass(frozen=True)
class Saved(Generic[Note]):
    """What a file holds: tensors on the CPU, and what was noted beside them."""

    tensors: Mapping[str, Tensor]
    note: Note

    def is_like(self, expected: Mapping[str, Tensor]) -> bool:
        """Whether the tensors have the names, types and shapes of these."""
        ours, theirs = (
            {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()}
            for tensors in (self.tensors, expected)
        )
        return ours == theirs


@dataclass(frozen=True)
class Checkpoints:
    """Where the members of a group keep their states while they train, and how often.

    Args:
        paths: of each member.
        every_seconds: between two times at least; 0 or less is after every epoch.
        told: set once it was said that the disk has no room.
    """

    paths: tuple[Path, ...]
    every_seconds: float
    told: threading.Event = field(default_factory=threading.Event)

    def pause(self, took: float) -> float:
        """Seconds until states are written again, where the last time took so many."""
        apart = took / WRITING - took if self.every_seconds > 0 else 0.0
        return max(self.every_seconds, apart)

    def have_room(self, size: int) -> bool:
        """Whether the disk takes files of this size; said once where it does not."""
        return has_room(self.paths, size, self.told)


def has_room(paths: Sequence[Path], size: int, told: threading.Event) -> bool:
    """Whether files of so many bytes can be written; said where not, if it was not told before.

    A file that is there is replaced by one that lies beside it until it is whole.
    """
    needed = size * (1 + sum(not path.exists() for path in paths))
    folder = next(parent for parent in paths[0].parents if parent.is_dir())
    free = int(shutil.disk_usage(folder).free * (1 - SPARE))
    if needed > free and not told.is_set():
        told.set()
        logging.getLogger(__name__).warning(
            f"{paths[0].parent}: intermediate files take {needed / GIB:.1f} GiB, {free / GIB:.1f} "
            f"GiB can be used; training goes on without them, and what is interrupted begins anew; "
            f"make room, or choose another folder for them"
        )
    return needed <= free


def save(path: Path, tensors: Mapping[str, Tensor], note: DataclassInstance) -> None:
    """Write to a temporary file, then rename: a reader sees the old file or the new one.

    Whatever else is in the place of the file or of its folder gives way. Nothing is synchronised:
    a file that a power failure cuts short is made again.
    """
    from safetensors.torch import save_file

    if not path.parent.is_dir():
        remove(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")  # of no other writer
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    types = {name: str(tensor.dtype).removeprefix("torch.") for name, tensor in whole.items()}
    texts = {"note": json.dumps(asdict(note)), "types": json.dumps(types)}
    shapes = {name: list(tensor.shape) for name, tensor in whole.items()}
    contents = {name: tensor.view(-1).view(torch.uint8).numpy() for name, tensor in whole.items()}
    digest = _digest(path, texts, shapes, contents)
    temporary.touch(exist_ok=False)  # a folder that refuses it is named; safetensors would not
    try:
        save_file(whole, temporary, metadata=texts | {"digest": digest})
        if path.is_dir():
            remove(path)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, kind: type[Note]) -> Saved[Note] | None:
    """The file's content; None where there is none or anything is wrong: it can be made again.

    Args:
        kind: what was noted.
    """
    from safetensors import SafetensorError, deserialize

    try:
        data = path.read_bytes() if path.is_file() else b""  # a pipe would wait for its writer
        views = deserialize(data)  # type: ignore[no-untyped-call]
    except (OSError, MemoryError, SafetensorError):
        return None
    shapes = {name: view["shape"] for name, view in views}
    contents = {name: np.frombuffer(view["data"], np.uint8) for name, view in views}
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    texts = header.get("__metadata__") or {}
    if texts.pop("digest", None) != _digest(path, texts, shapes, contents):
        return None
    if (note := _note(texts, kind)) is None:
        return None
    types = json.loads(texts["types"])
    return Saved({name: _tensor(contents[name], types[name], shapes[name]) for name in types}, note)


def peek(path: Path, kind: type[Note]) -> Note | None:
    """What seems to be noted in a file, whose digest is not looked at; None where nothing is."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            return _note(file.metadata() or {}, kind)
    except (OSError, MemoryError, SafetensorError):
        return None


def remove(path: Path) -> None:
    """Delete what is in the place of a file, if anything."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink(missing_ok=True)


def _note(texts: Mapping[str, str], kind: type[Note]) -> Note | None:
    """What is noted in the texts of a file; None where nothing of this kind is."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(kind).validate_json(texts.get("note", ""), strict=True)
    except ValidationError:
        return None


def _tensor(content: Bytes, kind: str, shape: list[int]) -> Tensor:
    return torch.from_numpy(content).view(getattr(torch, kind)).view(shape)


def _digest(
    path: Path,
    texts: Mapping[str, str],
    shapes: Mapping[str, list[int]],
    contents: Mapping[str, Bytes],
) -> str:
    """Of a file's name, its texts, and the shapes and bytes of its tensors."""
    opening = json.dumps([FORMAT, path.name, texts, shapes], sort_keys=True)
    digest = hashlib.sha256(opening.encode())
    for name in sorted(contents):
        content = contents[name]
        tiled = len(content) // (8 * TILE**2) * 8 * TILE**2
        for tile in content[:tiled].view(np.uint64).reshape(-1, TILE, TILE):
            digest.update(tile.sum(axis=0))
            digest.update(tile.sum(axis=1))
        digest.update(content[tiled:].tobytes())
    return digest.hexdigest()
