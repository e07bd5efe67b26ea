"""Which datasets are at hand, and whether they are what the catalogue has."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bench.datasets.catalogue import (
    PICTURE_SHAPE,
    Dataset,
    TabularDataset,
    all_datasets,
    damaged_own,
    find_dataset,
)
from bench.datasets.source import Places, find_source, read_dataset
from bench.errors import DataError, DataMissing

FACTS = (
    *("key", "title", "rows", "features", "classes"),
    *("majority", "minority", "task_id", "dataset_id"),
)
"""What `bench data list` has of the catalogue."""


def list_datasets(places: Places) -> list[dict[str, Any]]:
    """Every table and set of pictures, and where it would come from; none is read.

    Returns:
        The facts of the catalogue by name, None where a dataset has no such fact, and:
        `place`: "store", "folder" or "embedded" where it is at hand, else "absent" or "damaged".
        `where`: the file, or the command that gets it.
        `checked_by`: what a load compares: "content" (which includes the counts) or "counts".
    """
    readable = [
        _facts(dataset) | _availability(dataset, places) | {"checked_by": _checked_by(dataset)}
        for dataset in all_datasets().values()
    ]
    damaged = [
        dict.fromkeys(FACTS)
        | {"key": key, "place": "damaged", "where": str(error), "checked_by": "content"}
        for key, error in damaged_own().items()
    ]
    return readable + damaged


def datasets_at_hand(places: Places) -> list[str]:
    """Keys of those that are at hand, sound or damaged, in the order of the catalogue."""
    return [line["key"] for line in list_datasets(places) if line["place"] != "absent"]


def data_not_at_hand(keys: Iterable[str], places: Places) -> dict[str, DataError]:
    """Of these datasets those that no place has, each with the error of reading it."""
    absent: dict[str, DataError] = {}
    for dataset in map(find_dataset, dict.fromkeys(keys)):
        if _availability(dataset, places)["place"] == "absent":
            try:
                read_dataset(dataset, places)
            except DataMissing as error:
                absent[dataset.key] = error
    return absent


def verify(key: str, places: Places) -> str:
    """Read a dataset again and compare bytes, counts and content; a line that says what it has.

    Raises:
        DataMissing, DataDamaged, DataMismatch: as read_dataset.
    """
    dataset = find_dataset(key)
    content, digest = read_dataset(dataset, places)
    unit = "rows" if isinstance(dataset, TabularDataset) else "pictures"
    size = f"{content.rows:,} {unit}, content {digest[:12]}"
    return "; ".join([f"{size}, {_checked_by(dataset)} as catalogued", *content.notes])


def _checked_by(dataset: Dataset) -> str:
    return "counts" if dataset.content is None else "content"


def _facts(dataset: Dataset) -> dict[str, Any]:
    """Of pictures, rows are those of training and test, and features the values of each."""
    facts = asdict(dataset)
    if not isinstance(dataset, TabularDataset):
        facts |= {"rows": dataset.train + dataset.test, "features": math.prod(PICTURE_SHAPE)}
    return {name: facts.get(name) for name in FACTS}


def _availability(dataset: Dataset, places: Places) -> dict[str, str]:
    try:
        source = find_source(dataset, places)
    except DataError as error:
        return {"place": "damaged", "where": str(error)}
    if source is not None:
        return {"place": source.place, "where": source.where}
    command = "import FILE --as" if dataset.source == "file" else "fetch"
    return {"place": "absent", "where": f"bench data {command} {dataset.key}"}
