"""The catalogue: what every dataset must look like when it is loaded."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.datasets.pinned import CONTENT
from bench.errors import UsageError


@dataclass(frozen=True)
class TabularDataset:
    """One table.

    Args:
        key: the name everywhere but in rendered tables.
        title: as Table 8 prints it.
        task_id: OpenML task as printed; None for embedded data.
        dataset_id: OpenML dataset, which is what is fetched; None for embedded data.
        rows, features: features without the target.
        classes: classes that occur; None is not checked.
        majority, minority: shares of the largest and the smallest class, fractions to 4 decimals.
        data_revision: raised when the content meant by `key` changes; part of the run id.
        content: digest of the canonical content where it is known, see bench.datasets.table.
        source: where it comes from if nobody brings it.
    """

    key: str
    title: str
    task_id: int | None
    dataset_id: int | None
    rows: int
    features: int
    classes: int | None
    majority: float
    minority: float
    data_revision: int = 1
    content: str | None = None
    source: Literal["openml", "embedded"] = "openml"


@dataclass(frozen=True)
class VisionDataset:
    """One set of pictures, 32 x 32 RGB; train as delivered, before validation is split off.

    `content`: digest of its canonical content where it is known.
    """

    key: str
    title: str
    train: int
    test: int
    classes: int
    data_revision: int = 1
    content: str | None = None
    source: Literal["torchvision", "embedded"] = "torchvision"

    @property
    def rows(self) -> int:
        """Training pictures as delivered, which is what fitting takes."""
        return self.train


Dataset = TabularDataset | VisionDataset


def find_entry(key: str) -> Dataset:
    """The dataset of this key, table or pictures.

    Raises:
        UsageError: there is none; the message lists the known ones, the closest first.
    """
    if key in VISION:
        return VISION[key]
    if key in CATALOGUE:
        return CATALOGUE[key]
    raise _unknown(key, (*VISION, *CATALOGUE))


def find_pictures(key: str) -> VisionDataset:
    """The set of pictures of this key.

    Raises:
        UsageError: there is none; the message lists the known ones.
    """
    if key in VISION:
        return VISION[key]
    if key in CATALOGUE:
        raise UsageError(f"{key} is a table, not pictures; sets of pictures: {', '.join(VISION)}")
    raise _unknown(key, tuple(VISION))


def find_dataset(key: str) -> TabularDataset:
    """The table of this key.

    Raises:
        UsageError: there is none; the message lists the known ones, the closest first.
    """
    if key in CATALOGUE:
        return CATALOGUE[key]
    if key in VISION:
        raise UsageError(f"{key} has pictures, not a table; tables: {', '.join(CATALOGUE)}")
    raise _unknown(key, tuple(CATALOGUE))


def _unknown(key: str, keys: Sequence[str]) -> UsageError:
    close = difflib.get_close_matches(key.lower(), keys, n=3, cutoff=0.4)
    known = [*close, *(other for other in keys if other not in close)]
    return UsageError(f"no dataset called {key!r}; known: {', '.join(known)}")


def _openml(
    key: str,
    title: str,
    task_id: int,
    dataset_id: int,
    rows: int,
    features: int,
    classes: int,
    majority: float,
    minority: float,
) -> TabularDataset:
    return TabularDataset(
        key=key,
        title=title,
        task_id=task_id,
        dataset_id=dataset_id,
        rows=rows,
        features=features,
        classes=classes,
        majority=majority,
        minority=minority,
        content=CONTENT.get(key),
    )


def _embedded(
    key: str,
    title: str,
    rows: int,
    features: int,
    classes: int,
    majority: float,
    minority: float,
) -> TabularDataset:
    return TabularDataset(
        key=key,
        title=title,
        task_id=None,
        dataset_id=None,
        rows=rows,
        features=features,
        classes=classes,
        majority=majority,
        minority=minority,
        content=CONTENT.get(key),
        source="embedded",
    )


# key, title, task and dataset of OpenML, rows, features, classes, largest and smallest class
_TABLES = (
    _openml("anneal", "Anneal", 233090, 2, 898, 38, 5, 0.7617, 0.0089),
    _openml("kr-vs-kp", "Kr-vs-kp", 233091, 3, 3_196, 36, 2, 0.5222, 0.4778),
    _openml("arrhythmia", "Arrhythmia", 233092, 5, 452, 279, 13, 0.5420, 0.0044),
    _openml("mfeat-factors", "Mfeat-factors", 233093, 12, 2_000, 216, 10, 0.1000, 0.1000),
    _openml("credit-g", "Credit-g", 233088, 31, 1_000, 20, 2, 0.7000, 0.3000),
    _openml("vehicle", "Vehicle", 233094, 54, 846, 18, 4, 0.2577, 0.2352),
    _openml("kc1", "Kc1", 233096, 1067, 2_109, 21, 2, 0.8454, 0.1546),
    _openml("adult", "Adult", 233099, 1590, 48_842, 14, 2, 0.7607, 0.2393),
    _openml("walking-activity", "Walking-activity", 233102, 1509, 149_332, 4, 22, 0.1473, 0.0061),
    _openml("phoneme", "Phoneme", 233103, 1489, 5_404, 5, 2, 0.7065, 0.2935),
    _openml("skin-segmentation", "Skin-segmentation", 233104, 1502, 245_057, 3, 2, 0.7925, 0.2075),
    _openml("ldpa", "Ldpa", 233106, 1483, 164_860, 7, 11, 0.3305, 0.0084),
    _openml("nomao", "Nomao", 233107, 1486, 34_465, 118, 2, 0.7144, 0.2856),
    _openml("cnae-9", "Cnae-9", 233108, 1468, 1_080, 856, 9, 0.1111, 0.1111),
    _openml("blood-transfusion", "Blood-transfusion", 233109, 1464, 748, 4, 2, 0.7620, 0.2380),
    _openml("bank-marketing", "Bank-marketing", 233110, 1461, 45_211, 16, 2, 0.8830, 0.1170),
    _openml("connect-4", "Connect-4", 233112, 40668, 67_557, 42, 3, 0.6583, 0.0955),
    _openml("shuttle", "Shuttle", 233113, 40685, 58_000, 9, 7, 0.7860, 0.0002),
    _openml("higgs", "Higgs", 233114, 23512, 98_050, 28, 2, 0.5286, 0.4714),
    _openml("australian", "Australian", 233115, 40981, 690, 14, 2, 0.5551, 0.4449),
    _openml("car", "Car", 233116, 40975, 1_728, 6, 4, 0.7002, 0.0376),
    _openml("segment", "Segment", 233117, 40984, 2_310, 19, 7, 0.1429, 0.1429),
    _openml("fashion-mnist", "Fashion-MNIST", 233118, 40996, 70_000, 784, 10, 0.1000, 0.1000),
    _openml(
        "jungle-chess-2pcs-raw-endgame-complete",
        "Jungle-Chess-2pcs",
        233119,
        41027,
        44_819,
        6,
        3,
        0.5146,
        0.0967,
    ),
    _openml("numerai28.6", "Numerai28.6", 233120, 23517, 96_320, 21, 2, 0.5052, 0.4948),
    _openml(
        "devnagari-script", "Devnagari-Script", 233121, 40923, 92_000, 1024, 46, 0.0217, 0.0217
    ),
    _openml("helena", "Helena", 233122, 41169, 65_196, 27, 100, 0.0614, 0.0017),
    _openml("jannis", "Jannis", 233123, 41168, 83_733, 54, 4, 0.4601, 0.0201),
    _openml("volkert", "Volkert", 233124, 41166, 58_310, 180, 10, 0.2196, 0.0233),
    _openml("miniboone", "MiniBooNE", 233126, 41150, 130_064, 50, 2, 0.7194, 0.2806),
    _openml("apsfailure", "APSFailure", 233130, 41138, 76_000, 170, 2, 0.9819, 0.0181),
    _openml("christine", "Christine", 233131, 41142, 5_418, 1636, 2, 0.5000, 0.5000),
    _openml("dilbert", "Dilbert", 233132, 41163, 10_000, 2000, 5, 0.2049, 0.1913),
    _openml("fabert", "Fabert", 233133, 41164, 8_237, 800, 7, 0.2339, 0.0609),
    _openml("jasmine", "Jasmine", 233134, 41143, 2_984, 144, 2, 0.5000, 0.5000),
    _openml("sylvine", "Sylvine", 233135, 41146, 5_124, 20, 2, 0.5000, 0.5000),
    _openml("dionis", "Dionis", 233137, 41167, 416_188, 60, 355, 0.0059, 0.0021),
    _openml("aloi", "Aloi", 233142, 42396, 108_000, 128, 1000, 0.0010, 0.0010),
    _openml("creditcard-fraud", "C.C.FraudD", 233143, 42397, 284_807, 30, 2, 0.9983, 0.0017),
    _openml(
        "click-prediction-small", "Click Prediction", 233146, 1219, 399_482, 11, 2, 0.8321, 0.1679
    ),
    _embedded("iris", "Iris", 150, 4, 3, 0.3333, 0.3333),
    _embedded("wine", "Wine", 178, 13, 3, 0.3989, 0.2697),
    _embedded("breast-cancer", "Breast cancer", 569, 30, 2, 0.6274, 0.3726),
)

CATALOGUE: dict[str, TabularDataset] = {dataset.key: dataset for dataset in _TABLES}
"""The 40 tables in the order of Table 8, then the embedded ones."""

_PICTURES = (
    VisionDataset("cifar10", "CIFAR10", train=50_000, test=10_000, classes=10),
    VisionDataset(
        "cifar100", "CIFAR100", 50_000, 10_000, classes=100, content=CONTENT.get("cifar100")
    ),
    VisionDataset("svhn", "SVHN", train=73_257, test=26_032, classes=10),
    VisionDataset(
        "digits", "Digits", 1_437, 360, 10, content=CONTENT.get("digits"), source="embedded"
    ),
)

VISION: dict[str, VisionDataset] = {dataset.key: dataset for dataset in _PICTURES}
"""The three sets of pictures of the paper, then the embedded one.

CIFAR-10's content is not pinned: a copy that was looked at has 93 pictures from a JPEG.
"""
