"""What is known of a dataset before anything is trained: its sizes, how many rows of each class a
stratified test part holds, and what always answering one class scores there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from bench.datasets.catalogue import (
    TabularDataset,
    VisionDataset,
    tabular_datasets,
    vision_datasets,
)

CLASS_SIZES = {"anneal": (684, 99, 67, 40, 8), "car": (1210, 384, 69, 65)}
"""Rows of every class, where the catalogue's shares of the largest and the smallest leave it open;
from the descriptions of the datasets."""

SHARE_DIGITS = 4
"""Decimals of the shares in the catalogue."""


@dataclass(frozen=True)
class DatasetFacts:
    """One dataset.

    Args:
        key: see the catalogue.
        pictures: whether it is a set of pictures.
        rows: all rows of a table; the training pictures as delivered.
        test: rows of the test part: a fifth of a table, rounded up, or the pictures delivered.
        classes: how many occur.
        test_sizes: test rows of each class where they are known.
        most: fewest and most test rows that the largest class can have; none for pictures.
        features: without the target.
        task_id: OpenML task.
        shares: of the largest and the smallest class.
    """

    key: str
    pictures: bool
    rows: int
    test: int
    classes: int | None
    test_sizes: tuple[int, ...] | None = None
    most: tuple[int, int] | None = None
    features: int | None = None
    task_id: int | None = None
    shares: tuple[float, float] | None = None

    @property
    def one_class(self) -> tuple[float, float] | None:
        """Lowest and highest share of the largest class in the test part, in points."""
        if self.most is None:
            return None
        return 100 * self.most[0] / self.test, 100 * self.most[1] / self.test


def all_facts() -> dict[str, DatasetFacts]:
    """DatasetFacts of every dataset of the catalogue, by key."""
    tables = {key: table_facts(entry) for key, entry in tabular_datasets().items()}
    return tables | {key: picture_facts(entry) for key, entry in vision_datasets().items()}


class PrintedNumber(Protocol):
    """A printed score: its mean in points, and half a unit of its last digit."""

    @property
    def mean(self) -> float: ...

    @property
    def half(self) -> float: ...


def one_class_share(number: PrintedNumber, facts: DatasetFacts | None) -> tuple[int, int] | None:
    """Test rows of the largest class and of all, where their share is the printed number."""
    if facts is None or facts.most is None:
        return None
    for most in range(facts.most[0], facts.most[1] + 1):
        if abs(100 * most / facts.test - number.mean) <= number.half + 1e-9:
            return most, facts.test
    return None


def balanced_share(number: PrintedNumber, facts: DatasetFacts | None) -> int | None:
    """The number of classes, where one over it is the printed number."""
    if facts is None or facts.pictures or not facts.classes:
        return None
    return facts.classes if abs(100 / facts.classes - number.mean) <= number.half + 1e-9 else None


def table_facts(entry: TabularDataset) -> DatasetFacts:
    """DatasetFacts of a table."""
    test = fifth(entry.rows)
    sizes = class_sizes(entry)
    test_sizes = stratified(sizes, test) if sizes else None
    low, high = _rounded_from(entry.majority, entry.rows)
    most = (math.floor(low * test / entry.rows), math.ceil(high * test / entry.rows))
    return DatasetFacts(
        key=entry.key,
        pictures=False,
        rows=entry.rows,
        test=test,
        classes=entry.classes,
        test_sizes=test_sizes,
        most=(max(test_sizes), max(test_sizes)) if test_sizes else most,
        features=entry.features,
        task_id=entry.task_id,
        shares=(entry.majority, entry.minority),
    )


def picture_facts(entry: VisionDataset) -> DatasetFacts:
    """DatasetFacts of a set of pictures."""
    return DatasetFacts(entry.key, True, entry.train, entry.test, entry.classes)


def fifth(rows: int) -> int:
    """A fifth of the rows, rounded up as scikit-learn does."""
    return -(-rows // 5)


def class_sizes(entry: TabularDataset) -> tuple[int, ...] | None:
    """Rows of every class, where size and shares leave one possibility or they are on record."""
    if entry.key in CLASS_SIZES:
        return CLASS_SIZES[entry.key]
    largest, smallest = (_rounded_from(s, entry.rows) for s in (entry.majority, entry.minority))
    if largest[0] != largest[1] or smallest[0] != smallest[1] or entry.classes is None:
        return None
    if largest == smallest and largest[0] * entry.classes == entry.rows:
        return largest[:1] * entry.classes
    two = (largest[0], smallest[0])
    return two if entry.classes == 2 and sum(two) == entry.rows else None


def stratified(sizes: tuple[int, ...], test: int) -> tuple[int, ...]:
    """Test rows of each class when scikit-learn stratifies.

    The training part gets its share of each class rounded down; what is left of it goes to the
    classes that lost most by rounding, the first of equals. The test part is the rest.
    """
    rows = sum(sizes)
    train = rows - test
    whole = [size * train // rows for size in sizes]
    lost = [size * train % rows for size in sizes]
    order = sorted(range(len(sizes)), key=lambda place: -lost[place])
    for place in order[: train - sum(whole)]:
        whole[place] += 1
    return tuple(size - trained for size, trained in zip(sizes, whole, strict=True))


def _rounded_from(share: float, rows: int) -> tuple[int, int]:
    """Fewest and most of the rows whose share is rounded to this one."""
    half, slack = 0.5 / 10**SHARE_DIGITS, 1e-9
    low = math.ceil((share - half - slack) * rows)
    return low, math.floor((share + half + slack) * rows)
