"""The canonical form of a set of pictures, the same from every source, and its digest."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.datasets.errors import DataDamaged
from iunet.declare.data import Bytes, Labels


@dataclass(frozen=True)
class PictureSet:
    """The official training and test pictures, in the official order; not yet checked.

    Args:
        train_x, test_x: [N, 3, 32, 32], uint8 in RGB.
        train_y, test_y: [N], int64 class indices.
        notes: what is special about this copy; not part of the content.
    """

    train_x: Bytes
    train_y: Labels
    test_x: Bytes
    test_y: Labels
    notes: tuple[str, ...] = ()

    def digest(self) -> str:
        """Half of a SHA-256 (32 hex digits): pictures, labels, their order and which are tests."""
        header = {"train": self.train_x.shape, "test": self.test_x.shape}
        out = hashlib.sha256(json.dumps(header, separators=(",", ":")).encode())
        for x, y in ((self.train_x, self.train_y), (self.test_x, self.test_y)):
            out.update(np.ascontiguousarray(x).data)
            out.update(y.astype("<i4").tobytes())
        return out.hexdigest()[:32]


def write_pictures(path: Path, pictures: PictureSet) -> None:
    """Write the content as an uncompressed npz; nothing is pickled.

    Raises:
        OSError: it cannot be written.
    """
    np.savez(
        path,
        train_x=pictures.train_x,
        train_y=pictures.train_y.astype(np.int64),
        test_x=pictures.test_x,
        test_y=pictures.test_y.astype(np.int64),
    )


def read_pictures(path: Path, mend: str, notes: Sequence[str] = ()) -> PictureSet:
    """Read what `write_pictures` wrote.

    Raises:
        DataDamaged: it is not such a file; the message ends with `mend`.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            x, y = (arrays["train_x"], arrays["test_x"]), (arrays["train_y"], arrays["test_y"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataDamaged(f"{path}: not a readable set of pictures ({error}). {mend}") from error
    return PictureSet(x[0], y[0], x[1], y[1], tuple(notes))
