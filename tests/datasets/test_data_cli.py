"""`bench data`: what it prints and how it ends."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from bench.cli import build_app
from bench.datasets.catalogue import all_datasets
from bench.errors import DataDamaged, DataError, DataMismatch, FetchFailed, UsageError


@pytest.fixture
def bench_data(monkeypatch, tmp_path):
    """A function that runs `bench data` with an empty cache and no folder."""
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_DATA", raising=False)
    monkeypatch.delenv("BENCH_OFFLINE", raising=False)
    return lambda *arguments: CliRunner().invoke(build_app(), ["data", *arguments])


@pytest.fixture
def csv(tmp_path):
    """Iris is embedded, so a table of the catalogue has to be made up: too few rows of car."""
    path = tmp_path / "car.csv"
    path.write_text("a,class\n" + "1,x\n2,y\n" * 3)
    return path


def test_the_list_shows_every_dataset_and_where_it_would_come_from(bench_data, anneal_arff):
    bench_data("import", str(anneal_arff), "--as", "anneal", "--target", "class")
    listed = {line["key"]: line for line in json.loads(bench_data("list", "--json").stdout)}
    assert set(listed) == set(all_datasets())
    assert listed["anneal"]["place"] == "store"
    assert listed["anneal"]["checked_by"] == "content"
    assert (listed["higgs"]["place"], listed["higgs"]["checked_by"]) == ("absent", "counts")
    assert listed["higgs"]["where"] == "bench data fetch higgs"
    assert (listed["iris"]["place"], listed["digits"]["place"]) == ("embedded", "embedded")
    assert (listed["svhn"]["rows"], listed["svhn"]["majority"]) == (99_289, None)
    assert len(bench_data("list").stdout.splitlines()) == len(listed)


def test_verify_reads_all_that_is_at_hand_again(bench_data, anneal_arff, tmp_path):
    bench_data("import", str(anneal_arff), "--as", "anneal")
    result = bench_data("verify")
    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        "anneal",
        "iris",
        "wine",
        "breast-cancer",
        "digits",
    ]
    kept = next((tmp_path / "cache" / "data").glob("anneal-*.parquet"))
    kept.write_bytes(kept.read_bytes()[:-9])
    damaged = bench_data("verify")
    assert isinstance(damaged.exception, DataError)
    assert str(damaged.exception) == "1 of 5 datasets is not in order: anneal"
    assert "the file is damaged. Run `bench data fetch anneal --force`" in damaged.stderr
    assert isinstance(bench_data("verify", "anneal").exception, DataDamaged)


def test_a_file_of_the_wrong_size_is_not_imported(bench_data, csv):
    result = bench_data("import", str(csv), "--as", "car")
    assert isinstance(result.exception, DataMismatch)
    assert "car: 6 rows, the catalogue has 1,728 (OpenML 40975)" in str(result.exception)
    assert "Nothing was imported" in str(result.exception)


def test_what_cannot_be_imported_is_a_usage_error(bench_data, csv, tmp_path):
    for file, key in ((csv, "iris"), (csv, "Un known"), (tmp_path / "none.csv", "car")):
        result = bench_data("import", str(file), "--as", key)
        assert isinstance(result.exception, UsageError), result.output


def test_fetch_asks_for_keys_or_all_and_not_both(bench_data):
    for arguments in ((), ("car", "--all")):
        assert isinstance(bench_data("fetch", *arguments).exception, UsageError)


def test_fetch_leaves_what_is_at_hand_and_goes_on_after_an_error(bench_data, start_server):
    server = start_server()
    first = bench_data("fetch", "anneal", "--server", server.api, "--deadline", "60")
    assert first.stdout.startswith("anneal: fetched 898 rows x 38 features from OpenML 2")
    asked = len(server.asked)
    again = bench_data("fetch", "anneal", "iris", "--server", server.api)
    assert [line.split(",")[0] for line in again.stdout.splitlines()] == [
        "anneal: at hand: store",
        "iris: at hand: embedded",
    ]
    assert len(server.asked) == asked


def test_fetch_mends_a_damaged_file(bench_data, anneal_arff, tmp_path, start_server):
    bench_data("import", str(anneal_arff), "--as", "anneal")
    kept = next((tmp_path / "cache" / "data").glob("anneal-*.parquet"))
    kept.write_bytes(b"")
    assert isinstance(bench_data("verify", "anneal").exception, DataDamaged)
    assert bench_data("fetch", "anneal", "--server", start_server().api).exit_code == 0
    assert bench_data("verify", "anneal").exit_code == 0


def test_offline_every_absent_dataset_is_named(bench_data, monkeypatch):
    monkeypatch.setenv("BENCH_OFFLINE", "1")
    assert isinstance(bench_data("fetch", "car").exception, FetchFailed)
    both = bench_data("fetch", "car", "kc1")
    assert str(both.exception) == "2 of 2 datasets are not in order: car, kc1"
    assert both.stderr.count("BENCH_OFFLINE is set") == 2


def test_importing_the_command_imports_nothing_heavy():
    heavy = "torch", "openml", "sklearn", "pandas", "pyarrow", "numpy", "rich.console"
    code = f"import bench.cli.inventory, sys; print([m for m in {heavy!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
