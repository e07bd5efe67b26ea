"""Arrays that figures draw travel with the shipped records."""

import json

import numpy as np
import pytest
from made_up import made_up_predictions, made_up_record
from made_up_arrays import made_up_histogram, made_up_layer

from bench.cli.runs import write_shipped
from bench.figures.collect import collect, undrawn
from bench.figures.plan import drawn_arrays, plan_figure
from bench.judge.cell import StoredRuns
from bench.plan.query import Query
from bench.store.arrays import LARGEST_SHIPPED, arrays_from_json, arrays_to_json
from bench.store.records import DamagedRecord
from bench.store.reference import write_reference
from bench.store.store import Store

DEMO = Query("figure3", budget="demo")


def ship(store):
    """Write all records of a store as the shipped ones and read them as another user would."""
    list(write_shipped(list(store.records()), store))
    return Store(store.results.parent / "elsewhere", store.results / "reference")


def test_arrays_come_back_as_they_were():
    arrays = made_up_histogram() | made_up_layer()

    back = arrays_from_json(json.loads(json.dumps(arrays_to_json(arrays))))

    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert np.array_equal(back[name], array)


def test_arrays_take_little_room_and_the_largest_is_left_out():
    epochs = made_up_histogram(41)
    epochs["histogram"] += 25_000_000
    arrays = epochs | made_up_layer()

    assert len(json.dumps(arrays_to_json(arrays))) < LARGEST_SHIPPED == 60_000
    assert set(arrays_to_json(arrays)) == set(arrays)
    assert set(arrays_to_json(epochs | made_up_layer(512, 279))) == set(epochs)


@pytest.mark.parametrize(
    "raw",
    [[], {"a": {"uint8": "?", "shape": [1]}}, {"a": {"uint8": "AAAA", "shape": [7]}}, {"a": "b"}],
)
def test_something_else_than_arrays_is_refused(raw):
    with pytest.raises(ValueError, match=r"array"):
        arrays_from_json(raw)


def test_a_figure_is_drawn_from_shipped_records_alone(keep_all, store):
    keep_all(DEMO)

    other = ship(store)

    figure = collect(plan_figure(DEMO), StoredRuns(other))
    assert figure.missing() == []
    assert figure.lines[0].content.counts.tolist() == made_up_histogram()["histogram"].tolist()
    assert undrawn(plan_figure(DEMO), other) == []
    assert {run.source for line in figure.lines for run in line.runs} == {"shipped"}


def test_a_run_ships_only_what_a_figure_draws_of_it(keep_all, store):
    keep_all(Query("figure2", budget="demo"))
    jobs = {job.run_id: job for job in plan_figure(Query("figure2", budget="demo")).jobs}

    other = ship(store)

    histogram, layer = {"histogram", "histogram_edges"}, {"first_layer"}
    shipped = {}
    for run, job in jobs.items():
        names = set(other.drawings(run))
        if names:
            shipped[job.method, job.seed, *dict(job.point).values()] = names
    assert shipped == {
        ("omp", 42, 4): histogram | layer,
        ("no-ilo", 42, 0.5, 4): histogram,
        ("no-ilo", 42, 0.25, 4): histogram,
        ("no-ilo", 42, 0.125, 4): histogram | layer,
        ("no-ilo", 42, 0.0625, 4): histogram,
        ("no-pis", 42, 4): layer,
        ("iunet", 42, 0.125, 4): layer,
    }


def test_records_that_are_kept_in_a_shipped_file_keep_their_arrays(keep_all, store):
    keep_all(DEMO)
    other = ship(store)
    job = plan_figure(Query("figure2", budget="demo")).jobs[0]
    new = Store(store.results.parent / "new")
    new.write(made_up_record(job, 0.5), made_up_predictions())

    write_reference(new.records(), store.results / "reference")

    again = Store(other.results, store.results / "reference")
    assert again.has(job.run_id)
    assert collect(plan_figure(DEMO), StoredRuns(again)).missing() == []


def test_a_shipped_record_without_arrays_is_run_again_for_a_figure(keep, store, tmp_path):
    for job in plan_figure(DEMO).jobs:
        keep(job)
    write_reference(store.records(), tmp_path / "reference")
    other = Store(tmp_path / "elsewhere", tmp_path / "reference")

    figure = collect(plan_figure(DEMO), StoredRuns(other))

    assert undrawn(plan_figure(DEMO), other) == plan_figure(DEMO).jobs
    assert [line.reason for line in figure.missing()] == [""] * 5


def test_a_damaged_array_is_one_clear_line(keep_all, store):
    keep_all(DEMO)
    other = ship(store)
    (path,) = (store.results / "reference").glob("*.jsonl")
    path.write_text(path.read_text().replace('"histogram_edges":[', '"histogram_edges":["x",'))

    with pytest.raises(DamagedRecord, match="histogram_edges.*restore it from the repository"):
        Store(other.results, path.parent).drawings(plan_figure(DEMO).jobs[0].run_id)


def test_records_of_a_protocol_of_ones_own_are_shipped_without_arrays(store):
    job = plan_figure(DEMO).jobs[0]
    record = made_up_record(job, 0.5)

    assert drawn_arrays([record])[job.run_id] == {"histogram", "histogram_edges", "first_layer"}
    assert drawn_arrays([type(record)(**{**vars(record), "protocol": "mine"})]) == {}
