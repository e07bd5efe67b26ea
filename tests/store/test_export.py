"""Records as one table."""

import csv
from dataclasses import replace

import duckdb
import pytest
from made_up import made_up_record

from bench.plan.plan import Request, plan_jobs
from bench.store.export import rows_of, write_csv, write_parquet
from iunet.declare.protocol import default_protocol

COUNTS = {"total_weights": 800, "kept_weights": 100, "mask_hash": "ab", "seed": 7}


def jobs_of(*methods, datasets=("iris",)):
    columns = tuple(("", method) for method in methods)
    return plan_jobs([Request(datasets, columns, default_protocol(), "demo", seeds=(1,))])


@pytest.fixture
def records():
    """A network with counted weights and a learner without any."""
    network, learner = jobs_of("beta-lasso", "xgb")
    return [made_up_record(network, 0.75, facts=COUNTS), made_up_record(learner, 0.5)]


def test_the_ratio_is_total_over_kept_weights_where_weights_are_counted(records):
    _, (network, learner) = rows_of(records)

    assert network["ratio"] == 8
    assert "ratio" not in learner


def test_a_network_without_any_weight_left_has_no_ratio():
    (job,) = jobs_of("omp")
    names, _ = rows_of([made_up_record(job, 0.5, facts=COUNTS | {"kept_weights": 0})])

    assert "ratio" not in names


def test_each_value_of_a_grid_point_has_a_column(records):
    _, (network, learner) = rows_of(records)

    assert (network["point"], network["point_l1"]) == ("l1=1e-05", 1e-5)
    assert learner["point"] == "" and "point_l1" not in learner


def test_a_fact_does_not_replace_what_was_run(records):
    _, (network, _) = rows_of(records)

    assert network["seed"] == 1


def test_cost_is_given_in_all_and_by_stage(records):
    seconds = {"pretrain": 2.0, "finetune": 1.0}
    cost = {"seconds": seconds, "fit_seconds": 3.0, "peak_memory_bytes": 5}
    names, (row,) = rows_of([replace(records[0], cost=cost)])

    assert [row[f"{name}_seconds"] for name in ("fit", "pretrain", "finetune")] == [3, 2, 1]
    assert row["peak_memory_bytes"] == 5
    assert len(names) == len(set(names))


def test_where_a_run_was_made_is_in_its_row(records):
    _, (row, _) = rows_of(records)

    assert (row["device"], row["environment"], row["own"]) == ("cpu", "e0", True)


def test_a_column_of_parquet_has_one_type_and_null_where_there_is_no_number(records, tmp_path):
    assert write_parquet(records, tmp_path / "runs.parquet") == 2
    found = duckdb.read_parquet(str(tmp_path / "runs.parquet"))
    types = dict(zip(found.columns, map(str, found.types), strict=True))

    assert types["kept_weights"] == "BIGINT" and types["ratio"] == "DOUBLE"
    assert types["processor"] == "VARCHAR"
    assert found.project("kept_weights, mask_hash").fetchall() == [(100, "ab"), (None, None)]


def test_csv_has_the_same_columns_and_nothing_where_there_is_no_number(records, tmp_path):
    write_csv(records, tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="") as file:
        network, learner = csv.DictReader(file)

    assert list(network) == rows_of(records)[0]
    assert (network["ratio"], learner["ratio"], learner["processor"]) == ("8.0", "", "")


def test_no_records_are_a_table_without_rows(tmp_path):
    assert write_parquet([], tmp_path / "runs.parquet") == 0
    assert write_csv([], tmp_path / "runs.csv") == 0
    assert duckdb.read_parquet(str(tmp_path / "runs.parquet")).fetchall() == []
