"""From a key and a preparation to what a method is given, and the test part it never sees.

Content is read and checked, then split, then encoded.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from bench.datasets.catalogue import Dataset, TabularDataset, find_dataset
from bench.datasets.encode import Indices, fit_encoder, fit_scale
from bench.datasets.pictures import PictureSet
from bench.datasets.preparation import PicturePreparation, Preparation, TablePreparation
from bench.datasets.source import Content, Places, read_dataset
from bench.datasets.table import Table
from bench.errors import DataMismatch, UsageError
from iunet.declare.data import Data, FitData, PictureData, Pictures, Rows
from iunet.declare.protocol import Protocol, TableSplit
from iunet.declare.vision import PictureSplit

Counts = dict[str, float]
"""What Tables 7 and 8 count of loaded data, by the names that their columns use."""

Prepared = tuple[Data, Rows, tuple[str, ...]]
"""Training and validation part, test part, and notes."""


@dataclass(frozen=True)
class Parts:
    """Row numbers of the three parts, and what had to be done differently on the way."""

    train: Indices
    valid: Indices
    test: Indices
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """A dataset split and encoded as a preparation says.

    Args:
        key: of the catalogue.
        fit: training and validation part; training pictures as bytes, all else encoded.
        test: encoded test part.
        digest: of the canonical content.
        data_id: 16 hex digits; differs if content, split, encoding or limit differ.
        notes: what is special about this copy, and what was handled specially, such as a class
            too small to stratify.
    """

    key: str
    fit: Data
    test: Rows
    digest: str
    data_id: str
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


def load_counts(key: str, protocol: Protocol, *, places: Places | None = None) -> Counts:
    """What Tables 7 and 8 count under a protocol's split, of loaded data that is not encoded.

    Raises:
        UsageError, DataMissing, DataDamaged, DataMismatch: as load_dataset.
    """
    dataset = find_dataset(key)
    content, _ = read_dataset(dataset, places or Places.from_environment())
    if isinstance(content, PictureSet):
        train, valid = split_sizes(len(content.train_y), protocol.vision.split)
        classes = len(np.unique(content.train_y))
        test = len(content.test_y)
        return {"n_train": train, "n_valid": valid, "n_test": test, "n_classes": classes}
    parts = split_rows(content.y, protocol.table.split, content.classes)
    majority, minority = content.shares()
    counts = {
        "rows": content.rows,
        "features": content.features,
        "n_train": len(parts.train),
        "n_valid": len(parts.valid),
        "n_test": len(parts.test),
        "classes": len(content.classes),
        "majority": majority,
        "minority": minority,
    }
    if isinstance(dataset, TabularDataset) and dataset.task_id is not None:
        counts["task_id"] = dataset.task_id
    return counts


def prepare(dataset: Dataset, content: Content, digest: str, preparation: Preparation) -> Loaded:
    """Split and encode the checked content of a dataset, which has this digest.

    Raises:
        UsageError: the preparation is for the other kind of content.
    """
    if isinstance(content, Table) and isinstance(preparation, TablePreparation):
        fit, test, notes = _prepare_table(content, preparation)
    elif isinstance(content, PictureSet) and isinstance(preparation, PicturePreparation):
        fit, test, notes = _prepare_pictures(content, preparation, dataset.classes or 0)
    else:
        table, pictures = "a table", "a set of pictures"
        kinds = (table, pictures) if isinstance(content, Table) else (pictures, table)
        raise UsageError(f"{dataset.key} is {kinds[0]}, not {kinds[1]}")
    identity = {"key": dataset.key, "data_revision": dataset.data_revision, "content": digest}
    text = json.dumps(identity | asdict(preparation), sort_keys=True, separators=(",", ":"))
    data_id = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Loaded(dataset.key, fit, test, digest, data_id, (*content.notes, *notes))


def split_rows(y: NDArray[np.int64], split: TableSplit, classes: Sequence[str]) -> Parts:
    """First the test share of all rows, then the validation share of the rest, one seed for both.

    Both are stratified by class, and both sizes are rounded up, as scikit-learn does.

    Args:
        y: [N] class indices.
        split: the shares and the seed.
        classes: [K] names, for the notes.

    Raises:
        DataMismatch: a part would have fewer rows than there are classes.
    """
    rest, test, alone = _split_off(np.arange(len(y)), y, split.test, split.seed)
    train, valid, alone_in_rest = _split_off(rest, y, split.valid_of_rest, split.seed)
    notes = [
        f"{part} split: one row left of class {', '.join(classes[k] for k in np.sort(single))}, "
        f"{'stays out of it' if len(single) == 1 else 'share one stratum'}"
        for part, single in (("test", alone), ("validation", alone_in_rest))
        if len(single)
    ]
    absent = _absent_classes((y[train], y[valid], y[test]), classes)
    return Parts(train, valid, test, (*notes, *absent))


def split_sizes(pictures: int, split: PictureSplit, limit: int | None = None) -> tuple[int, int]:
    """Training and validation pictures of so many official training pictures.

    Args:
        pictures: official training pictures.
        split: the validation share, rounded down.
        limit: at most so many training pictures, and validation pictures in proportion.

    Raises:
        DataMismatch: a part would be empty.
    """
    valid = int(split.valid * pictures)
    train = pictures - valid
    if limit is not None and limit < train:
        train, valid = limit, round(limit * valid / train)
    if train < 1 or valid < 1:
        raise DataMismatch(
            f"{pictures:,} pictures give {train:,} for training and {valid:,} for validation; "
            f"neither part may be empty"
        )
    return train, valid


def split_pictures(
    pictures: int, split: PictureSplit, limit: int | None = None
) -> tuple[Indices, Indices]:
    """Numbers of the training and of the validation pictures, as torch's `random_split` draws them.

    Under a limit they are the first of each part in the order of the split.
    """
    import torch

    generator = torch.Generator().manual_seed(split.seed)
    drawn = torch.randperm(pictures, generator=generator).numpy()
    whole_train, _ = split_sizes(pictures, split)
    train, valid = split_sizes(pictures, split, limit)
    return drawn[:train], drawn[whole_train : whole_train + valid]


def _prepare_table(table: Table, preparation: TablePreparation) -> Prepared:
    parts = split_rows(table.y, preparation.split, table.classes)
    encoder = fit_encoder(table, parts.train, preparation.preprocessing)
    train, valid, test = (
        Rows(encoder(rows), table.y[rows]) for rows in (parts.train, parts.valid, parts.test)
    )
    fit = FitData(train, valid, len(table.classes), encoder.groups, encoder.categorical)
    return fit, test, (*parts.notes, *encoder.notes)


def _prepare_pictures(
    pictures: PictureSet, preparation: PicturePreparation, n_classes: int
) -> Prepared:
    x, y = pictures.train_x, pictures.train_y
    train, valid = split_pictures(len(y), preparation.split, preparation.pictures)
    fitted = Pictures(x[train], y[train])
    scale = fit_scale(preparation.normalise, fitted.x)
    fit = PictureData(fitted, Rows(scale(x[valid]), y[valid]), n_classes, scale.mean, scale.std)
    test = Rows(scale(pictures.test_x), pictures.test_y)
    classes = [str(number) for number in range(n_classes)]
    notes = _absent_classes((fit.train.y, fit.valid.y, test.y), classes, "picture")
    return fit, test, notes


def _absent_classes(
    labels: Iterable[NDArray[np.int64]], classes: Sequence[str], unit: str = "row"
) -> tuple[str, ...]:
    """A note for every part that lacks a class.

    Args:
        labels: class indices of the training, the validation and the test part.
        classes: names of the classes, all of which a part should have.
        unit: what one example is called.
    """
    absent = [np.setdiff1d(np.arange(len(classes)), y) for y in labels]
    return tuple(
        f"no {part} {unit} of class {', '.join(classes[k] for k in lacking)}"
        for part, lacking in zip(("training", "validation", "test"), absent, strict=True)
        if len(lacking)
    )


def _split_off(
    rows: Indices, y: NDArray[np.int64], share: float, seed: int
) -> tuple[Indices, Indices, Indices]:
    """What stays, what is split off, and the classes that have a single row.

    Stratifying needs two rows of a class. Rows of classes with one share a stratum; if they are
    one row altogether, it stays and the others are split without it.
    """
    from sklearn.model_selection import train_test_split

    labels = y[rows]
    counts = np.bincount(labels)
    single = counts[labels] < 2
    lone = single & (single.sum() == 1)
    strata = np.where(single, len(counts), labels)[~lone]
    size = math.ceil(share * len(rows))
    n_strata = len(np.unique(strata))
    if min(size, len(strata) - size) < n_strata:
        raise DataMismatch(
            f"{len(rows)} rows are too few to split off {size}, stratified by {n_strata} classes"
        )
    stay, off = train_test_split(rows[~lone], test_size=size, random_state=seed, stratify=strata)
    return np.concatenate([stay, rows[lone]]), off, labels[single]
