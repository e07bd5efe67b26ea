"""Records as one table."""

import csv
from dataclasses import replace

import duckdb
import pandas as pd
import pytest
from made_up import made_up_predictions, made_up_record
from planned import planned_jobs

from bench.store.frame import frame_of, write_csv, write_parquet
from bench.store.store import Store
from iunet.declare.protocol import default_protocol

COUNTS = {"total_weights": 800, "kept_weights": 100, "mask_hash": "ab", "seed": 7}


def jobs_of(*methods, datasets=("iris",)):
    columns = tuple(("", method) for method in methods)
    return planned_jobs(datasets, columns, default_protocol(), "demo", seeds=(1,))


@pytest.fixture
def records():
    """A network with counted weights and a learner without any."""
    network, learner = jobs_of("beta-lasso", "xgb")
    return [made_up_record(network, 0.75, facts=COUNTS), made_up_record(learner, 0.5)]


def rows_of(records):
    """One mapping a record."""
    return frame_of(records).to_dict("records")


def test_the_ratio_is_total_over_kept_weights_where_weights_are_counted(records):
    network, learner = rows_of(records)

    assert network["ratio"] == 8
    assert pd.isna(learner["ratio"])


def test_a_network_without_any_weight_left_has_no_ratio():
    (job,) = jobs_of("omp")

    assert "ratio" not in frame_of([made_up_record(job, 0.5, facts=COUNTS | {"kept_weights": 0})])


def test_each_value_of_a_grid_point_has_a_column(records):
    network, learner = rows_of(records)

    assert (network["point"], network["point_l1"]) == ("l1=1e-05", 1e-5)
    assert learner["point"] == "" and pd.isna(learner["point_l1"])


def test_a_fact_does_not_replace_what_was_run(records):
    assert rows_of(records)[0]["seed"] == 1


def test_cost_is_given_in_all_and_by_stage(records):
    seconds = {"pretrain": 2.0, "finetune": 1.0}
    cost = {"seconds": seconds, "fit_seconds": 3.0, "peak_memory_bytes": 5}
    frame = frame_of([replace(records[0], cost=cost)])
    (row,) = frame.to_dict("records")

    assert [row[f"{name}_seconds"] for name in ("fit", "pretrain", "finetune")] == [3, 2, 1]
    assert row["peak_memory_bytes"] == 5
    assert frame.columns.is_unique


def test_where_a_run_was_made_is_in_its_row(records):
    row = rows_of(records)[0]

    assert (row["device"], row["environment"], row["own"]) == ("cpu", "e0", True)


def test_a_column_has_one_type_and_a_fact_of_several_types_is_kept_as_it_is(records):
    job = jobs_of("omp")[0]
    mixed = [made_up_record(job, 0.5, facts={"gamma": gamma}) for gamma in (1, 0.5, True)]
    frame = frame_of([*mixed, *records])

    assert frame["kept_weights"].dtype == "Int64" and frame["accuracy"].dtype == "float64"
    assert frame["gamma"].tolist()[:3] == [1, 0.5, True] and frame["gamma"].dtype == "object"


def test_a_column_of_parquet_has_one_type_and_null_where_there_is_no_number(records, tmp_path):
    records[1] = replace(records[1], result=records[1].result | {"facts": {"gamma": 1}})
    records.append(replace(records[1], result=records[1].result | {"facts": {"gamma": 0.5}}))
    write_parquet(frame_of(records), tmp_path / "runs.parquet")
    found = duckdb.read_parquet(str(tmp_path / "runs.parquet"))
    types = dict(zip(found.columns, map(str, found.types), strict=True))

    assert types["kept_weights"] == "BIGINT" and types["ratio"] == types["gamma"] == "DOUBLE"
    assert types["processor"] == "VARCHAR" and types["own"] == "BOOLEAN"
    rows = found.project("kept_weights, mask_hash, gamma").fetchall()
    assert rows == [(100, "ab", None), (None, None, 1.0), (None, None, 0.5)]


def test_csv_has_the_same_columns_and_nothing_where_there_is_no_number(records, tmp_path):
    write_csv(frame_of(records), tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="") as file:
        network, learner = csv.DictReader(file)

    assert list(network) == list(frame_of(records).columns)
    assert (network["ratio"], learner["ratio"], learner["processor"]) == ("8.0", "", "")
    assert (network["kept_weights"], network["own"], learner["kept_weights"]) == ("100", "True", "")


def test_no_records_are_a_table_without_rows(tmp_path):
    write_parquet(frame_of([]), tmp_path / "runs.parquet")
    write_csv(frame_of([]), tmp_path / "runs.csv")

    assert duckdb.read_parquet(str(tmp_path / "runs.parquet")).fetchall() == []
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 1


def test_a_store_gives_what_can_be_read_and_says_what_cannot(records, tmp_path):
    store = Store(tmp_path)
    whole, broken = (store.write(record, made_up_predictions()) for record in records)
    broken.write_text("{")

    found = list(store.records())
    assert frame_of(found)["run_id"].tolist() == [records[0].run_id]
    assert [record.path for record in found] == [whole]
    (said,) = store.refused
    assert str(broken) in said


def test_a_record_that_is_written_later_is_in_the_next_frame(records, tmp_path):
    store = Store(tmp_path)
    store.write(records[0], made_up_predictions())
    assert len(frame_of(store.records())) == 1
    store.write(records[1], made_up_predictions())
    assert len(frame_of(store.records())) == 2
