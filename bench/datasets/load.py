"""From a key and a preparation to what a method is given, and the test part it never sees."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from bench.datasets.catalogue import Dataset, TabularDataset, find_dataset
from bench.datasets.encode import fit_encoder, fit_scale
from bench.datasets.pictures import PictureSet
from bench.datasets.preparation import PicturePreparation, Preparation, TablePreparation
from bench.datasets.source import Content, Places, read_dataset
from bench.datasets.split import Parts, absent_classes, split_pictures, split_rows, split_sizes
from bench.datasets.table import Table
from bench.errors import UsageError
from iunet.declare.data import Data, FitData, PictureData, Pictures, Rows
from iunet.declare.protocol import Protocol

Counts = dict[str, float]
"""What Tables 7 and 8 count of loaded data, by the names that their columns use."""


@dataclass(frozen=True)
class Loaded:
    """A dataset split and encoded as a preparation says.

    Args:
        key: of the catalogue.
        fit: training and validation part; training pictures as bytes, all else encoded.
        test: encoded test part.
        digest: of the canonical content.
        data_id: 16 hex digits; differs if content, split, encoding or limit differ.
        counts: of all three parts.
        notes: what is special about this copy, and what was handled specially, such as a class
            too small to stratify.
    """

    key: str
    fit: Data
    test: Rows
    digest: str
    data_id: str
    counts: Counts
    notes: tuple[str, ...] = ()


def load_dataset(key: str, preparation: Preparation, *, places: Places | None = None) -> Loaded:
    """Read, check, split and encode a table or a set of pictures.

    Args:
        key: of the catalogue.
        preparation: of a table or of pictures, as the dataset is.
        places: where to look; what the environment says if None.

    Raises:
        UsageError: no such dataset, or one of the other kind.
        DataMissing: it is not at hand; the message says how to get it.
        DataDamaged, DataMismatch: it is not what the catalogue has.
    """
    dataset = find_dataset(key)
    content, digest = read_dataset(dataset, places or Places.from_environment())
    return prepare(dataset, content, digest, preparation)


def prepare(dataset: Dataset, content: Content, digest: str, preparation: Preparation) -> Loaded:
    """Split and encode the checked content of a dataset, which has this digest.

    Raises:
        UsageError: the preparation is for the other kind of content.
    """
    fit: Data
    if isinstance(content, Table) and isinstance(preparation, TablePreparation):
        fit, test, counts, notes = _prepare_table(content, preparation)
    elif isinstance(content, PictureSet) and isinstance(preparation, PicturePreparation):
        fit, test, counts, notes = _prepare_pictures(content, preparation, dataset.classes or 0)
    else:
        table, pictures = "a table", "a set of pictures"
        kinds = (table, pictures) if isinstance(content, Table) else (pictures, table)
        raise UsageError(f"{dataset.key} is {kinds[0]}, not {kinds[1]}")
    return Loaded(
        key=dataset.key,
        fit=fit,
        test=test,
        digest=digest,
        data_id=_data_id(dataset, digest, preparation),
        counts=counts,
        notes=(*content.notes, *notes),
    )


def load_counts(key: str, protocol: Protocol, *, places: Places | None = None) -> Counts:
    """What Tables 7 and 8 count under a protocol's split, of loaded data that is not encoded.

    Raises:
        UsageError, DataMissing, DataDamaged, DataMismatch: as load_dataset.
    """
    dataset = find_dataset(key)
    content, _ = read_dataset(dataset, places or Places.from_environment())
    if isinstance(content, PictureSet):
        train, valid = split_sizes(len(content.train_y), protocol.vision.split)
        return _picture_counts(train, valid, content)
    counts = _table_counts(content, split_rows(content.y, protocol.table.split, content.classes))
    if isinstance(dataset, TabularDataset) and dataset.task_id is not None:
        counts["task_id"] = dataset.task_id
    return counts


def _prepare_table(
    table: Table, preparation: TablePreparation
) -> tuple[FitData, Rows, Counts, Sequence[str]]:
    parts = split_rows(table.y, preparation.split, table.classes)
    encoder = fit_encoder(table, parts.train, preparation.preprocessing)
    fit = FitData(
        train=Rows(encoder(parts.train), table.y[parts.train]),
        valid=Rows(encoder(parts.valid), table.y[parts.valid]),
        n_classes=len(table.classes),
        groups=encoder.groups,
        categorical=encoder.categorical,
    )
    test = Rows(encoder(parts.test), table.y[parts.test])
    return fit, test, _table_counts(table, parts), (*parts.notes, *encoder.notes)


def _prepare_pictures(
    pictures: PictureSet, preparation: PicturePreparation, n_classes: int
) -> tuple[PictureData, Rows, Counts, Sequence[str]]:
    x, y = pictures.train_x, pictures.train_y
    train, valid = split_pictures(len(y), preparation.split, preparation.pictures)
    fitted = Pictures(x[train], y[train])
    scale = fit_scale(preparation.normalise, fitted.x)
    fit = PictureData(
        train=fitted,
        valid=Rows(scale(x[valid]), y[valid]),
        n_classes=n_classes,
        mean=scale.mean,
        std=scale.std,
    )
    test = Rows(scale(pictures.test_x), pictures.test_y)
    labels = {"training": fit.train.y, "validation": fit.valid.y, "test": test.y}
    classes = np.arange(n_classes)
    notes = absent_classes(labels, classes, list(map(str, classes)), "picture")
    return fit, test, _picture_counts(len(train), len(valid), pictures), notes


def _table_counts(table: Table, parts: Parts) -> Counts:
    majority, minority = table.shares()
    return {
        "rows": table.rows,
        "features": table.features,
        "n_train": len(parts.train),
        "n_valid": len(parts.valid),
        "n_test": len(parts.test),
        "classes": len(table.classes),
        "majority": majority,
        "minority": minority,
    }


def _picture_counts(train: int, valid: int, pictures: PictureSet) -> Counts:
    classes = len(np.unique(pictures.train_y))
    n_test = len(pictures.test_y)
    return {"n_train": train, "n_valid": valid, "n_test": n_test, "n_classes": classes}


def _data_id(dataset: Dataset, digest: str, preparation: Preparation) -> str:
    """What a prepared dataset is told apart by: key, revision, content and preparation."""
    identity = {"key": dataset.key, "data_revision": dataset.data_revision, "content": digest}
    text = json.dumps(identity | asdict(preparation), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
