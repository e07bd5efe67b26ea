"""From the key of a set of pictures to its checked content: store, folder, what is embedded."""

from __future__ import annotations

from functools import partial

from bench.datasets.catalogue import VisionDataset
from bench.datasets.picture_check import check_pictures
from bench.datasets.picture_folder import find_brought_pictures, load_brought_pictures
from bench.datasets.picture_set import PictureSet
from bench.datasets.picture_store import load_pictures_entry
from bench.datasets.places import Places
from bench.datasets.sources import INSTALL, Source, read_checked
from bench.datasets.store import find_entry, mend


def find_picture_source(dataset: VisionDataset, places: Places) -> Source[PictureSet] | None:
    """The first place that has the set; no picture is read and nothing is downloaded.

    Raises:
        DataDamaged: a manifest cannot be read.
    """
    key, store = dataset.key, places.store
    entry = find_entry(store, key)
    if entry is not None:
        where = str(store / entry.file)
        return Source(
            "store", where, mend(key), lambda: load_pictures_entry(store, key, entry), entry.content
        )
    if places.folder is not None:
        step = (
            f"Mend the folder of BENCH_DATA, or unset BENCH_DATA and run `bench data fetch {key}`"
        )
        brought = find_brought_pictures(places.folder / "vision", key, step)
        if brought is not None:
            where = str(brought.manifest)
            return Source("folder", where, step, lambda: load_brought_pictures(brought))
    return _embedded_source(dataset)


def read_picture_set(dataset: VisionDataset, places: Places) -> tuple[PictureSet, str]:
    """The set's content, checked against the catalogue, and its digest.

    Raises:
        DataMissing: no place has it.
        DataDamaged, DataMismatch: the first place that has it has something else.
    """
    source = find_picture_source(dataset, places)
    return read_checked(dataset.key, source, places, "FOLDER", partial(check_pictures, dataset))


def _embedded_source(dataset: VisionDataset) -> Source[PictureSet] | None:
    from bench.datasets.embedded import embedded_pictures

    if dataset.source != "embedded":
        return None
    return Source("embedded", "scikit-learn", INSTALL, lambda: embedded_pictures(dataset.key))
