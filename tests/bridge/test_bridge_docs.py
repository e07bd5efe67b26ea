"""The page of the bridge."""

import pytest
from made_up import made_up_record

from bench.bridge.plan import plan_bridge, recorded_bridges
from bench.docs import bridge
from bench.errors import BenchError
from bench.plan.query import Query
from bench.store.reference import write_reference


def test_without_records_the_page_says_so_in_one_line(tmp_path):
    page = bridge.bridge_page(bridge.shipped_bridges(tmp_path))

    assert page.splitlines()[-1] == "No bridge records are shipped yet."
    assert "| ticket |" in page


def test_with_records_the_page_shows_the_effects(tmp_path):
    asked = plan_bridge(Query(datasets=("vehicle",)))
    write_reference((made_up_record(job, 0.5) for job in asked.jobs), tmp_path)

    page = bridge.bridge_page(bridge.shipped_bridges(tmp_path))

    assert "| step | vehicle dense | vehicle omp | vehicle iunet |" in page
    assert "No bridge records" not in page


def test_the_page_has_a_part_for_each_kind_of_data_and_columns(tmp_path):
    wanted = [
        Query(datasets=("vehicle", "car"), methods=("dense", "omp")),
        Query(datasets=("phoneme",), methods=("omp",)),
        Query(datasets=("cifar10",), methods=("cnn:iunet",)),
    ]
    records = [made_up_record(job, 0.5) for one in wanted for job in plan_bridge(one).jobs]
    write_reference(iter(records), tmp_path)

    page = bridge.bridge_page(bridge.shipped_bridges(tmp_path))

    assert "**Budget full: car, vehicle; dense, omp**" in page
    assert "**Budget full: phoneme; omp**" in page
    assert "| step | cifar10 cnn:iunet |" in page
    assert "Runs are missing" not in page


def test_each_budget_is_asked_for_by_its_name():
    for budget in ("demo", "full"):
        dataset = "iris" if budget == "demo" else "vehicle"
        one = Query(datasets=(dataset,), methods=("dense", "iunet"), budget=budget)
        records = [made_up_record(job, 0.5) for job in plan_bridge(one).jobs]

        (found,) = recorded_bridges(records)
        assert found.command == plan_bridge(one).command


def test_a_page_without_markers_is_refused():
    with pytest.raises(BenchError, match="has no <!-- counts -->"):
        bridge.with_bridge("# A page\n")


def test_both_headline_effects_are_silences_of_the_text():
    rows = {line.split("|")[1].strip(): line for line in bridge.sources_table().splitlines()}

    assert all("| our reading | 0 |" in rows[step] for step in ("init", "epoch-reported"))
