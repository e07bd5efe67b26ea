"""Reports of made-up records, written through the real store."""

import pytest
from made_up_reports import METHODS, TWO, job_score, keep_all

from bench.plan.query import Query
from bench.report.gather import gather
from bench.report.scope import scope_of
from bench.store.store import Store
from iunet.declare.protocol import shipped_protocols


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """(report, store): two datasets under both protocols."""
    store = Store(tmp_path_factory.mktemp("filled"))
    for protocol in shipped_protocols():
        keep_all(store, Query("table5", protocol, datasets=TWO, methods=METHODS))
    return gather(scope_of(), store), store


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty results folder that commands use."""
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "results"


@pytest.fixture
def store(results):
    return Store(results)


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score` gives a fraction for a job."""

    def write(score=job_score, **selected):
        selected = {"name": "table5", "datasets": TWO, "methods": METHODS} | selected
        keep_all(store, Query(**selected), score)

    return write
