"""What every test may need: which tests this machine can run."""

import gc
import json
import os
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Look for no garbage among what collecting makes: imported libraries and tests stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish():
    """Libraries count what is left at the end as leaked."""
    gc.unfreeze()


def pytest_collection_modifyitems(items):
    """Skip, with the reason, what needs data or a device that is not there."""
    if not os.environ.get("BENCH_DATA"):
        _skip(items, "data", "needs real data: set BENCH_DATA to a folder of datasets")
    if any(item.get_closest_marker("gpu") for item in items) and not _has_gpu():
        _skip(items, "gpu", "needs a CUDA device")


def _skip(items, marker, reason):
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(pytest.mark.skip(reason=reason))


def _has_gpu():
    import torch

    return torch.cuda.is_available()


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture(scope="module")
def says(page):
    """Fails with what `page`, a fixture of the module, should say instead."""
    text = " ".join(page.split())

    def check(*sentences):
        assert [one for one in sentences if one not in text] == []

    return check


@pytest.fixture
def one_arithmetic_thread():
    """Threads only get into each other's way with networks this small."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    from bench.store.store import Store

    return Store(tmp_path / "results")


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty results folder that commands use, and a cache."""
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "results"


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Run the command in this process, with its folders in tmp_path and no data at hand; gives
    (exit status, stdout, stderr)."""
    from bench.__main__ import run

    def ran(*words, **variables):
        places = {"BENCH_RESULTS_DIR": tmp_path / "results", "BENCH_CACHE_DIR": tmp_path / "cache"}
        settings = {"BENCH_OFFLINE": "1", "BENCH_DEVICE": "cpu"}
        capsys.readouterr()
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("BENCH_")]:
                patch.delenv(name)
            for name, value in (places | settings | variables).items():
                patch.setenv(name, str(value))
            status = run([str(word) for word in words])
        return status, *capsys.readouterr()

    return ran


@pytest.fixture
def damaged_data(tmp_path):
    """Write a folder for BENCH_DATA that has a dataset, which cannot be read."""

    def write(key):
        folder = tmp_path / "data" / "tabular"
        folder.mkdir(parents=True)
        entry = {"name": key, "file": f"{key}.parquet", "sha256": "0", "categorical_columns": []}
        (folder / "manifest.json").write_text(json.dumps([entry]))
        (folder / f"{key}.parquet").write_bytes(b"damaged")
        return str(folder.parent)

    return write


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Write a distribution outside the clone, its files and its entry points, and find it."""
    names = []

    def write(entry_points, files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
            names.append(name.split("/")[0].removesuffix(".py"))
        info = tmp_path / "outsider-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outsider\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(textwrap.dedent(entry_points))

    monkeypatch.syspath_prepend(tmp_path)
    yield write
    for loaded in [m for m in sys.modules if m.partition(".")[0] in names]:
        del sys.modules[loaded]
