"""The null that is shipped, and the page on the gate that is made from it."""

import json
from pathlib import Path

import pytest

from bench.check.columns import FILE, as_text, measure_null
from bench.check.sides import read_side
from bench.docs.gate import part, shipped_spreads
from bench.errors import BenchError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shipped():
    return read_side(ROOT / "results" / "reference")


def test_the_shipped_null_is_of_the_shipped_records(shipped):
    stored = (shipped.beside / FILE).read_text(encoding="utf-8")

    assert stored == as_text(measure_null(shipped.records)), (
        "run: bench check --against results/reference --measure-null"
    )


def test_a_null_of_other_records_is_told_apart(shipped):
    assert measure_null(shipped.records[:-1]).records != measure_null(shipped.records).records


def test_the_spreads_of_the_page_are_those_of_the_null(shipped):
    null = json.loads((shipped.beside / FILE).read_text(encoding="utf-8"))["runs and std"]

    for key, cells in shipped_spreads(shipped.path, "balanced_accuracy").items():
        kept = null[f"{key.title}: balanced_accuracy"]
        assert cells == {name: std for name, (_, std) in kept.items()}


def test_a_marker_that_names_no_part_is_an_error():
    with pytest.raises(BenchError, match="known: result, spread, summary, seeds, methods"):
        part({}, ["else"])
