"""Download one set of pictures through torchvision, check it, keep it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.datasets.catalogue import VisionDataset
from bench.datasets.deliver import Undelivered, private_folder, run_client
from bench.datasets.errors import DataDamaged, FetchFailed
from bench.datasets.picture_check import check_pictures
from bench.datasets.picture_client import DELIVERED
from bench.datasets.picture_set import read_pictures
from bench.datasets.picture_store import keep_pictures
from bench.datasets.places import Places
from bench.datasets.store import Entry

PICTURES_PER_SECOND = 40
"""Slowest download that is waited for, on top of two minutes; a picture has about 3 kB."""

CLIENT = (sys.executable, "-m", "bench.datasets.picture_client")


def fetch_pictures(
    dataset: VisionDataset,
    places: Places,
    *,
    server: str | None = None,
    deadline: float | None = None,
    client: Sequence[str] = CLIENT,
) -> Entry:
    """Download a set into the local store; on any error the store is as it was.

    Args:
        dataset: of the catalogue, one of torchvision.
        places: gives the store.
        server: address of a folder with torchvision's archives; its own addresses if None.
        deadline: seconds until the download is given up; by the number of pictures if None.
        client: command of the client, which is given key and folder.

    Raises:
        FetchFailed: offline, no answer in time, or not what torchvision knows.
        DataMismatch: not what the catalogue has.
        StoreUnwritable: disk full, read-only or forbidden.
    """
    key = dataset.key
    if dataset.source != "torchvision":
        raise FetchFailed(f"{key} comes with scikit-learn; there is nothing to fetch")
    if deadline is None:
        deadline = 120 + (dataset.train + dataset.test) / PICTURES_PER_SECOND
    with private_folder(key, places) as folder:
        command = [*client, key, folder] + ([f"--server={server}"] if server else [])
        try:
            answer = run_client(command, Path(folder), deadline)
            pictures = read_pictures(Path(folder) / DELIVERED, "")
        except (Undelivered, DataDamaged) as error:
            raise FetchFailed(
                f"{key}: download through torchvision failed: {str(error).rstrip('. ')}. Nothing "
                f"was kept; run `bench data fetch {key}` again"
            ) from error
        check_pictures(dataset, pictures, "Nothing was kept; torchvision itself has another set")
    return keep_pictures(places.store, key, pictures, str(answer["origin"]))
