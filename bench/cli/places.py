"""Where data is looked for, after a look at what the user named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.datasets.places import Places


def data_places() -> Places:
    """What the environment says.

    Raises:
        UsageError: BENCH_DATA is no folder, or one without any manifest.
    """
    from bench.datasets.places import Places

    places = Places.from_environment()
    folder = places.folder
    manifests = ("tabular/manifest.json", "vision/manifest.json")
    if folder is None or any((folder / name).is_file() for name in manifests):
        return places
    wrong = f"holds no {' or '.join(manifests)}" if folder.is_dir() else "no such folder"
    raise UsageError(f"BENCH_DATA={folder}: {wrong}; correct it or unset it")
