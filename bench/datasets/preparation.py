"""How a dataset is prepared for its runs: what of a protocol and a budget reaches the data.

Field names and values are part of the run id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from iunet.declare.protocol import TablePreprocessing, TableSplit
from iunet.declare.vision import PictureSplit, VisionProtocol

Normalise = Literal["own", "imagenet", "none"]


@dataclass(frozen=True)
class TablePreparation:
    """Split, then encode."""

    split: TableSplit
    preprocessing: TablePreprocessing


@dataclass(frozen=True)
class PicturePreparation:
    """Split off validation, then keep at most so many training pictures.

    Args:
        pictures: None keeps all; else as many training pictures, and validation pictures in
            proportion.
        normalise: means and deviations of the training pictures, of ImageNet, or none.
    """

    split: PictureSplit
    normalise: Normalise
    pictures: int | None = None


Preparation = TablePreparation | PicturePreparation


def training_rows(preparation: Preparation, rows: int) -> int:
    """Training rows of a dataset that delivers so many, to within a row; at least 1."""
    if isinstance(preparation, TablePreparation):
        split = preparation.split
        return max(int(rows * (1 - split.test) * (1 - split.valid_of_rest)), 1)
    left = int(rows * (1 - preparation.split.valid))
    return left if preparation.pictures is None else min(left, preparation.pictures)


def normalise_for(dataset: str, vision: VisionProtocol) -> Normalise:
    """By what the pictures of a dataset are scaled: SVHN's by a setting, others' by their own."""
    return vision.normalise_svhn if dataset == "svhn" else "own"


def data_id(key: str, data_revision: int, content: str, settings: Mapping[str, Any]) -> str:
    """What a prepared dataset is told apart by, 16 hex digits.

    Args:
        key, data_revision: of the catalogue.
        content: digest of the canonical content.
        settings: the preparation, by field name, as JSON values.
    """
    parts = {"key": key, "data_revision": data_revision, "content": content, **settings}
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
