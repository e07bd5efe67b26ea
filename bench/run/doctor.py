"""What there is to run with: libraries, device, data, results, cache."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.datasets.catalogue import CATALOGUE, VISION
from bench.datasets.source import Places, find_source
from bench.errors import BenchError
from bench.folders import cache_folder
from bench.render.text import counted
from bench.run.environment import choose_device, device_class
from bench.store.store import open_store

LIBRARIES = ("torch", "numpy", "scikit-learn", "xgboost", "pytorch-tabnet", "openml")
VARIABLES = ("BENCH_DATA", "BENCH_RESULTS_DIR", "BENCH_CACHE_DIR", "BENCH_OFFLINE", "BENCH_DEVICE")


def examine(threads: int) -> dict[str, str]:
    """A line by name; what is wrong says so, and nothing is changed.

    Args:
        threads: that this process may use.
    """
    return {
        "iunet-bench": _version("iunet-bench"),
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "libraries": ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
        "device": _or_what_is_wrong(lambda: _device(threads)),
        "data": _or_what_is_wrong(_data),
        "results": _or_what_is_wrong(_results),
        "cache": _or_what_is_wrong(_cache),
        **{name: os.environ.get(name, "not set") for name in VARIABLES},
    }


def _or_what_is_wrong(look: Callable[[], str]) -> str:
    try:
        return look()
    except BenchError as error:
        return f"WRONG: {error}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _device(threads: int) -> str:
    device = choose_device()
    return f"{device} ({device_class(device)}), {counted(threads, 'core')} for this process"


def _data() -> str:
    places = Places.from_environment()
    tables = [key for key, entry in CATALOGUE.items() if find_source(entry, places) is not None]
    sets = [key for key, entry in VISION.items() if find_source(entry, places) is not None]
    return (
        f"{len(tables)} of {len(CATALOGUE)} tables at hand, {len(sets)} of {len(VISION)} sets of "
        f"pictures; `bench data list` shows where"
    )


def _results() -> str:
    store = open_store()
    own, shipped = len(store.own_ids()), len(store.reference_ids())
    failed = counted(len(store.failures()), "failure")
    counts = f"{counted(own, 'run')}, {failed}, {counted(shipped, 'shipped run')}"
    return f"{store.results}: {_writable(store.results)}, {counts}"


def _cache() -> str:
    return f"{cache_folder()}: {_writable(cache_folder())}"


def _writable(folder: Path) -> str:
    """Whether files could be made there, without making any."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return f"NOT WRITABLE ({there})"
    return f"writable, {shutil.disk_usage(there).free / 1e9:.0f} GB free"
