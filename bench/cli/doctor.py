"""What `bench doctor` looks at: environment, device, data, results, disk."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.errors import BenchError

LIBRARIES = ("torch", "numpy", "scikit-learn", "xgboost", "pytorch-tabnet", "openml")
VARIABLES = ("BENCH_DATA", "BENCH_RESULTS_DIR", "BENCH_CACHE_DIR", "BENCH_OFFLINE", "BENCH_DEVICE")


def examine() -> dict[str, str]:
    """A line by name; what is wrong says so, and nothing is changed."""
    found = {
        "iunet-bench": _version("iunet-bench"),
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "libraries": ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
        "device": _said(_device),
        "data": _said(_data),
        "results": _said(_results),
        "cache": _said(_cache),
    }
    for name in VARIABLES:
        found[name] = os.environ.get(name, "not set")
    return found


def _said(look: Callable[[], str]) -> str:
    try:
        return look()
    except BenchError as error:
        return f"WRONG: {error}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _device() -> str:
    from bench.cli.selection import worker_count
    from bench.run.device import choose_device, device_class

    device = choose_device()
    return f"{device} ({device_class(device)}), {worker_count(None)} cores for this process"


def _data() -> str:
    from bench.cli.places import data_places
    from bench.datasets.catalogue import CATALOGUE, VISION
    from bench.datasets.picture_sources import find_picture_source
    from bench.datasets.sources import find_source

    places = data_places()
    tables = [key for key, entry in CATALOGUE.items() if find_source(entry, places) is not None]
    sets = [key for key, entry in VISION.items() if find_picture_source(entry, places) is not None]
    return (
        f"{len(tables)} of {len(CATALOGUE)} tables at hand, {len(sets)} of {len(VISION)} sets of "
        f"pictures; `bench data list` shows where"
    )


def _results() -> str:
    from bench.store.store import open_store

    store = open_store()
    own, shipped = len(store.own_ids()), len(store.reference_ids())
    counts = f"{own} runs, {len(store.failures())} failures, {shipped} shipped runs"
    return f"{store.results}: {_writable(store.results)}, {counts}"


def _cache() -> str:
    from bench.folders import cache_folder

    return f"{cache_folder()}: {_writable(cache_folder())}"


def _writable(folder: Path) -> str:
    """Whether files could be made there, without making any."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return f"NOT WRITABLE ({there})"
    return f"writable, {shutil.disk_usage(there).free / 1e9:.0f} GB free"
