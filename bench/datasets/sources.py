"""From a dataset's key to its checked content: store, then folder, then what is embedded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from bench.datasets.catalogue import TabularDataset
from bench.datasets.check import check_table
from bench.datasets.errors import DataMismatch, DataMissing
from bench.datasets.folder import find_brought, load_brought, next_step
from bench.datasets.places import Places
from bench.datasets.store import find_entry, load_entry, mend
from bench.datasets.table import Table

Content = TypeVar("Content")

INSTALL = "Install the scikit-learn of requirements.lock"
"""The next step where what is embedded is wrong."""


@dataclass(frozen=True)
class Source(Generic[Content]):
    """Where a dataset is at hand.

    Args:
        place: which of the places.
        where: the file, or the library that has it.
        mend: the next step if its content is wrong.
        read: reads it, checking the file's checksum but not yet the content.
        pinned: digest of the content recorded when it was kept, None where nothing was.
    """

    place: Literal["store", "folder", "embedded"]
    where: str
    mend: str
    read: Callable[[], Content]
    pinned: str | None = None


def find_source(dataset: TabularDataset, places: Places) -> Source[Table] | None:
    """The first place that has the dataset; no table is read and nothing is downloaded.

    Raises:
        DataDamaged: a manifest cannot be read.
    """
    key = dataset.key
    entry = find_entry(places.store, key)
    if entry is not None:
        where = str(places.store / entry.file)
        return Source(
            "store", where, mend(key), lambda: load_entry(places.store, key, entry), entry.content
        )
    brought = find_brought(places.folder, key) if places.folder is not None else None
    if brought is not None:
        where = str(brought.path)
        return Source("folder", where, next_step(brought), lambda: load_brought(brought))
    return _embedded_source(dataset)


def read_dataset(dataset: TabularDataset, places: Places) -> tuple[Table, str]:
    """The dataset's content, checked against the catalogue, and its digest.

    Raises:
        DataMissing: no place has it.
        DataDamaged, DataMismatch: the first place that has it has something else.
    """
    source = find_source(dataset, places)
    return read_checked(dataset.key, source, places, "FILE", partial(check_table, dataset))


def read_checked(
    key: str,
    source: Source[Content] | None,
    places: Places,
    brought: str,
    check: Callable[[Content, str], str],
) -> tuple[Content, str]:
    """The content of a source, checked, and its digest.

    Args:
        brought: what an import takes.
        check: from the content, and the next step if it is wrong, to its digest.

    Raises:
        DataMissing: no place has it.
        DataDamaged, DataMismatch: the source has something else.
    """
    if source is None:
        raise DataMissing(missing(key, places, brought))
    content = source.read()
    digest = check(content, source.mend)
    check_pinned(key, source, digest)
    return content, digest


def check_pinned(key: str, source: Source[Any], digest: str) -> None:
    """Compare the digest of a content with the one recorded when it was kept, if there is one.

    Raises:
        DataMismatch: it is another one.
    """
    if source.pinned not in (None, digest):
        raise DataMismatch(
            f"{key}: content {digest[:12]}, pinned when it was kept is "
            f"{str(source.pinned)[:12]}. {source.mend}"
        )


def missing(key: str, places: Places, brought: str) -> str:
    """Where a dataset was looked for, and how to get it; `brought` is what an import takes."""
    folder = "BENCH_DATA (not set)" if places.folder is None else f"BENCH_DATA ({places.folder})"
    first = "Unset BENCH_OFFLINE and run" if places.offline else "Run"
    return (
        f"{key} is not at hand; looked in the local store ({places.store}) and in {folder}. "
        f"{first} `bench data fetch {key}`, or `bench data import {brought} --as {key}`"
    )


def _embedded_source(dataset: TabularDataset) -> Source[Table] | None:
    from bench.datasets.embedded import embedded_table

    if dataset.source != "embedded":
        return None
    return Source("embedded", "scikit-learn", INSTALL, lambda: embedded_table(dataset.key))
