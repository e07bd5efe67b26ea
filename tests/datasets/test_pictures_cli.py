"""`bench data` for pictures: what it prints and how it ends."""

import json
from dataclasses import replace

import pytest
from made_up_pictures import SMALL, SheetFolder, made_up_set
from typer.testing import CliRunner

from bench.cli import build_app
from bench.datasets.catalogue import vision_datasets
from bench.errors import DataDamaged, DataMismatch, FetchFailed, UsageError


@pytest.fixture
def bench_data(monkeypatch, tmp_path):
    """A function that runs `bench data` with an empty cache and a small CIFAR-10."""
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_DATA", raising=False)
    monkeypatch.delenv("BENCH_OFFLINE", raising=False)
    monkeypatch.setitem(vision_datasets(), "cifar10", SMALL)
    return lambda *arguments: CliRunner().invoke(build_app(), ["data", *arguments])


@pytest.fixture
def sheets(tmp_path):
    """The small set as a folder of sheets, two of its pictures not exact copies."""
    folder = SheetFolder(tmp_path / "brought" / "vision", made_up_set())
    folder.splits["train"]["inexact_rows"] = [0, 1]
    folder.write_manifest()
    return folder.folder


def listed(bench_data, key):
    return next(
        line for line in json.loads(bench_data("list", "--json").stdout) if line["key"] == key
    )


@pytest.mark.parametrize("outer", [True, False], ids=["holds vision", "is it"])
def test_a_folder_of_sheets_is_imported_with_its_note(bench_data, sheets, outer):
    result = bench_data("import", str(sheets.parent if outer else sheets), "--as", "cifar10")
    assert result.stdout.startswith("cifar10: kept 50 pictures; 2 of 50 pictures are not bit-exact")
    assert listed(bench_data, "cifar10")["place"] == "store"
    verified = bench_data("verify", "cifar10").stdout
    assert "50 pictures, content" in verified
    assert "2 of 50 pictures are not bit-exact" in verified


def test_a_brought_folder_is_listed_and_a_fetch_leaves_it(bench_data, sheets, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(sheets.parent))
    line = listed(bench_data, "cifar10")
    assert (line["place"], line["checked_by"], line["features"]) == ("folder", "counts", 3072)
    assert bench_data("fetch", "cifar10").stdout.startswith("cifar10: at hand: folder, ")


def test_what_is_absent_names_the_command_that_gets_it(bench_data):
    line = listed(bench_data, "svhn")
    assert (line["place"], line["where"]) == ("absent", "bench data fetch svhn")
    assert listed(bench_data, "digits")["checked_by"] == "content"


def test_a_damaged_set_is_found_by_verify(bench_data, sheets, tmp_path):
    bench_data("import", str(sheets), "--as", "cifar10")
    kept = next((tmp_path / "cache" / "data").glob("cifar10-*.npz"))
    kept.write_bytes(kept.read_bytes()[:-9])
    error = bench_data("verify", "cifar10").exception
    assert isinstance(error, DataDamaged)
    assert "bench data fetch cifar10 --force" in str(error)


def test_an_incomplete_folder_is_not_imported(bench_data, sheets, monkeypatch):
    monkeypatch.setitem(vision_datasets(), "cifar10", replace(SMALL, train=31))
    error = bench_data("import", str(sheets), "--as", "cifar10").exception
    assert isinstance(error, DataMismatch)
    assert "30 training pictures, the catalogue has 31" in str(error)
    assert "Nothing was imported" in str(error)
    assert listed(bench_data, "cifar10")["place"] == "absent"


def test_what_cannot_be_imported_as_pictures_is_a_usage_error(bench_data, sheets, tmp_path):
    arguments = [
        (str(tmp_path / "none"), "--as", "cifar10"),
        (str(sheets), "--as", "cifar100"),
        (str(sheets), "--as", "digits"),
        (str(sheets), "--as", "cifar10", "--target", "class"),
        (str(sheets), "--as", "car"),
    ]
    for each in arguments:
        result = bench_data("import", *each)
        assert isinstance(result.exception, UsageError), result.output


def test_offline_a_set_that_is_absent_is_one_line(bench_data, monkeypatch):
    monkeypatch.setenv("BENCH_OFFLINE", "1")
    error = bench_data("fetch", "svhn").exception
    assert isinstance(error, FetchFailed)
    assert "svhn: BENCH_OFFLINE is set" in str(error)
