"""From a key and a preparation to the pictures a method is given, and those it never sees."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from bench.datasets.catalogue import VisionDataset, find_pictures
from bench.datasets.picture_set import PictureSet
from bench.datasets.picture_sources import read_picture_set
from bench.datasets.picture_split import fit_scale, split_pictures, split_sizes
from bench.datasets.places import Places
from bench.datasets.preparation import PicturePreparation, data_id
from iunet.declare.data import Labels, PictureData, Pictures, Rows
from iunet.declare.vision import PictureSplit


@dataclass(frozen=True)
class PictureCounts:
    """What Table 7 counts, of the data as loaded."""

    n_train: int
    n_valid: int
    n_test: int
    n_classes: int


@dataclass(frozen=True)
class LoadedPictures:
    """A set of pictures split and normalised as a preparation says.

    Args:
        key: of the catalogue.
        fit: training pictures as bytes, validation pictures normalised.
        test: test pictures, normalised.
        digest: of the canonical content.
        data_id: 16 hex digits; differs if content, split, normalisation or cap differ.
        counts: of the pictures that are kept.
        notes: what is special about this copy, and classes a part lacks.
    """

    key: str
    fit: PictureData
    test: Rows
    digest: str
    data_id: str
    counts: PictureCounts
    notes: tuple[str, ...] = ()


def load_pictures(
    key: str, preparation: PicturePreparation, *, places: Places | None = None
) -> LoadedPictures:
    """Load, check, split and normalise a set of pictures.

    Args:
        key: of the catalogue.
        preparation: split, normalisation and cap.
        places: where to look; what the environment says if None.

    Raises:
        UsageError: no set of pictures has this key.
        DataMissing: no place has it; the message gives the command that fetches it.
        DataDamaged, DataMismatch: a file is damaged, or not what the catalogue has.
    """
    dataset = find_pictures(key)
    pictures, digest = read_picture_set(dataset, places or Places.from_environment())
    return prepare_pictures(dataset, pictures, digest, preparation)


def prepare_pictures(
    dataset: VisionDataset, pictures: PictureSet, digest: str, preparation: PicturePreparation
) -> LoadedPictures:
    """Split and normalise a set of pictures that has been checked and has this digest."""
    split, kept = preparation.split, preparation.pictures
    train, valid = split_pictures(len(pictures.train_y), split, kept)
    fitted = Pictures(pictures.train_x[train], pictures.train_y[train])
    scale = fit_scale(preparation.normalise, fitted.x)
    fit = PictureData(
        train=fitted,
        valid=Rows(scale(pictures.train_x[valid]), pictures.train_y[valid]),
        n_classes=dataset.classes,
        mean=scale.mean,
        std=scale.std,
    )
    test = Rows(scale(pictures.test_x), pictures.test_y)
    labels = {"training": fit.train.y, "validation": fit.valid.y, "test": test.y}
    return LoadedPictures(
        key=dataset.key,
        fit=fit,
        test=test,
        digest=digest,
        data_id=data_id(dataset.key, dataset.data_revision, digest, asdict(preparation)),
        counts=PictureCounts(len(train), len(valid), len(test.y), dataset.classes),
        notes=(*pictures.notes, *_absent(labels, dataset.classes)),
    )


def picture_counts(key: str, split: PictureSplit, *, places: Places | None = None) -> PictureCounts:
    """The counts of Table 7 from the loaded data, without drawing the split.

    Raises:
        UsageError, DataMissing, DataDamaged, DataMismatch: as load_pictures.
    """
    pictures, _ = read_picture_set(find_pictures(key), places or Places.from_environment())
    train, valid = split_sizes(len(pictures.train_y), split)
    classes = len(np.unique(pictures.train_y))
    return PictureCounts(train, valid, len(pictures.test_y), classes)


def _absent(labels: dict[str, Labels], classes: int) -> list[str]:
    lacking = {part: np.setdiff1d(np.arange(classes), y).tolist() for part, y in labels.items()}
    return [
        f"no {part} picture of class {', '.join(map(str, absent))}"
        for part, absent in lacking.items()
        if absent
    ]
