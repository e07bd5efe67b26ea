"""The store: what exists is done, what is damaged is told, failures never count."""

import json
import math
import resource
from dataclasses import replace

import numpy as np
import pytest
from planned import planned_jobs

from bench.errors import CannotWrite
from bench.render.files import probe
from bench.store.arrays import LARGEST, Predictions, split_of
from bench.store.records import DamagedRecord, OtherData, failure_of, new_record
from bench.store.reference import write_reference
from bench.store.store import Store
from iunet.declare.protocol import default_protocol

RESULT = {
    "metrics": {"accuracy": 0.75, "valid_accuracy": 0.5, "cohen_kappa": math.nan},
    "facts": {"kept_weights": 10, "mask_hash": "ab"},
    "trace": [{"epoch": 0, "loss": 1.5}],
    "confusion": [[3, 1], [0, 0]],
    "fingerprints": {"scores": "00"},
}
COST = {"seconds": {"pretrain": 1.0}, "fit_seconds": 1.0, "peak_memory_bytes": 1}
PROVENANCE = {"data_digest": "d1", "environment": "e1", "commit": None, "device": "cpu x86_64"}


@pytest.fixture
def jobs():
    columns = (("", "xgb"), ("", "beta-lasso"))
    return planned_jobs(("iris", "wine"), columns, default_protocol(), "demo")


@pytest.fixture
def predictions():
    scores = np.array([[0.25, 0.75], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]], dtype=np.float32)
    truth = np.zeros(4, dtype=np.int64)
    return Predictions(split_of(np.array([1, 0]), scores[:2]), split_of(truth, scores))


def record_of(job, **provenance):
    return new_record(job, RESULT, COST, PROVENANCE | provenance)


def test_a_record_reads_back_as_it_was_written(store, jobs, predictions):
    path = store.write(record_of(jobs[4]), predictions)
    found = Store(store.results).get(jobs[4].run_id)
    assert found == replace(record_of(jobs[4]), path=path)
    assert found.point == jobs[4].point != ()
    assert found.metric("accuracy") == 0.75
    assert found.metric("valid_accuracy") == 0.5
    assert math.isnan(found.metric("cohen_kappa"))
    with pytest.raises(DamagedRecord, match="no metric 'f1'; it has: accuracy"):
        found.metric("f1")


def test_predictions_read_back_as_they_were_written(store, jobs, predictions):
    store.write(record_of(jobs[0]), predictions)
    found = store.predictions(jobs[0].run_id)
    assert found.test.scores.dtype == np.float32
    np.testing.assert_array_equal(found.test.scores, predictions.test.scores)
    np.testing.assert_array_equal(found.valid.truth, [1, 0])
    np.testing.assert_array_equal(found.test.predicted, [1, 0, 0, 0])


def test_arrays_for_figures_are_kept_beside_the_predictions(store, jobs, predictions):
    drawn = replace(predictions, drawings={"first_layer": np.eye(3, dtype=np.uint8)})
    store.write(record_of(jobs[0]), drawn)
    store.write(record_of(jobs[1]), predictions)

    np.testing.assert_array_equal(store.drawings(jobs[0].run_id)["first_layer"], np.eye(3))
    np.testing.assert_array_equal(store.predictions(jobs[0].run_id).valid.truth, [1, 0])
    assert store.drawings(jobs[1].run_id) == {}  # as in files from before there were drawings


def test_of_too_many_scores_only_the_predicted_classes_are_kept(store, jobs, predictions):
    scores = np.zeros((LARGEST // 100 + 1, 100), dtype=np.float32)
    many = replace(predictions, test=split_of(np.zeros(len(scores), dtype=np.int64), scores))
    record = record_of(jobs[0])
    store.write(replace(record, result={**record.result, "confusion": None}), many)
    found = store.predictions(jobs[0].run_id)
    assert found.test.scores is None
    assert len(found.test.predicted) == len(scores)
    assert found.valid.scores is not None


def test_what_has_a_record_is_not_missing(store, jobs, predictions):
    assert store.missing(jobs) == jobs
    store.write(record_of(jobs[1]), predictions)
    assert store.missing(jobs) == [jobs[0], *jobs[2:]]


def test_what_is_made_is_known_from_the_names_of_files_without_reading_them(
    store, jobs, predictions
):
    for job in jobs[:2]:
        store.write(record_of(job), predictions).write_bytes(b"unread")
    assert Store(store.results).missing(jobs) == jobs[2:]


def test_an_unfinished_file_is_not_a_record(store, jobs, predictions):
    path = store.write(record_of(jobs[0]), predictions)
    path.rename(path.with_name(f".{path.name}.tmp"))
    assert not Store(store.results).has(jobs[0].run_id)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda raw: raw | {"seed": 7}, "its content is run"),
        (lambda raw: raw | {"settings": raw["settings"] | {"rounds": 3}}, "its content is run"),
        (lambda raw: {k: v for k, v in raw.items() if k != "cost"}, "missing or unknown: cost"),
        (lambda raw: raw | {"extra": 1}, "missing or unknown: extra"),
        (lambda raw: raw | {"version": 99}, "version 99"),
        (lambda raw: raw | {"result": raw["result"] | {"metrics": {"accuracy": "x"}}}, "'x'"),
        (lambda raw: [], "not an object"),
    ],
)
def test_a_changed_record_is_told_and_never_read(store, jobs, predictions, change, why):
    path = store.write(record_of(jobs[0]), predictions)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(DamagedRecord, match=why) as caught:
        store.get(jobs[0].run_id)
    assert str(path) in str(caught.value)
    assert "delete it and run `bench run` again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cut_off_record_is_told_and_never_read(store, jobs, predictions):
    path = store.write(record_of(jobs[0]), predictions)
    path.write_bytes(path.read_bytes()[:100])
    assert list(store.records()) == []
    (said,) = store.refused
    assert said.startswith(f"{path}: damaged record (not JSON")


def test_a_record_under_the_name_of_another_run_is_told(store, jobs, predictions):
    path = store.write(record_of(jobs[0]), predictions)
    path.rename(path.with_name(f"{jobs[1].seed}-{jobs[1].run_id}.json"))
    with pytest.raises(DamagedRecord, match=f"holds run {jobs[0].run_id}"):
        Store(store.results).get(jobs[1].run_id)


def test_damaged_predictions_are_told(store, jobs, predictions):
    path = store.write(record_of(jobs[0]), predictions).with_suffix(".npz")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DamagedRecord, match="no predictions"):
        store.predictions(jobs[0].run_id)


def test_a_record_of_other_data_than_the_catalogue_has_is_refused(store, jobs, predictions):
    store.write(record_of(jobs[0]), predictions)
    assert Store(store.results, contents={"iris": "d1"}).get(jobs[0].run_id)
    with pytest.raises(OtherData, match="content d1, the catalogue has d2"):
        Store(store.results, contents={"iris": "d2"}).get(jobs[0].run_id)


def test_a_failure_is_kept_and_does_not_count_as_done(store, jobs, predictions):
    try:
        raise ValueError("loss is nan\nat step 3")
    except ValueError as error:
        store.write_failure(jobs[0], failure_of(jobs[0], error))
    assert store.missing(jobs) == jobs
    failure = store.failure(jobs[0].run_id)
    assert failure.reason == "ValueError: loss is nan"
    assert "raise ValueError" in failure.traceback
    assert store.failure(jobs[1].run_id) is None
    store.write(record_of(jobs[0]), predictions)
    assert store.failures() == {}


def test_a_results_folder_that_cannot_be_made_is_told_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="results: Not a directory; make room or set"):
        probe(tmp_path / "file" / "results")


def test_a_write_that_runs_out_of_room_leaves_nothing_behind(store, jobs, predictions):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(CannotWrite, match="File too large; make room"):
            store.write(record_of(jobs[0]), predictions)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path for path in store.results.rglob("*") if path.is_file()] == []
    assert store.missing(jobs) == jobs


def test_own_records_come_before_shipped_ones_which_are_never_written(
    tmp_path, store, jobs, predictions
):
    reference = tmp_path / "reference"
    (path,) = write_reference([record_of(job, commit="old") for job in jobs[:2]], reference)
    shipped = path.read_bytes()
    both = Store(store.results, reference)
    assert both.missing(jobs) == jobs[2:]
    both.write(record_of(jobs[0], commit="new"), predictions)
    assert [(r.provenance["commit"], r.own) for r in both.records()] == [
        ("new", True),
        ("old", False),
    ]
    assert Store(store.results).missing(jobs) == jobs[1:]
    assert path.read_bytes() == shipped


def test_the_reference_has_no_traces_and_one_order(tmp_path, jobs):
    records = [record_of(job) for job in jobs]
    first = write_reference(records, tmp_path / "a")
    second = write_reference(records[::-1], tmp_path / "b")
    assert [path.name for path in first] == ["iris.jsonl", "wine.jsonl"]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    found = Store(tmp_path / "none", tmp_path / "a").get(jobs[0].run_id)
    assert found.result == {**record_of(jobs[0]).result, "trace": []}


def test_writing_a_part_of_the_reference_keeps_the_rest(tmp_path, jobs):
    write_reference([record_of(job) for job in jobs], tmp_path)
    whole = (tmp_path / "iris.jsonl").read_bytes()
    write_reference([record_of(jobs[0])], tmp_path)
    assert (tmp_path / "iris.jsonl").read_bytes() == whole


def test_a_damaged_reference_names_file_and_line(tmp_path, jobs):
    (path,) = write_reference([record_of(job) for job in jobs[:2]], tmp_path)
    path.write_text(path.read_text() + '{"run_id": ')
    store = Store(tmp_path / "none", tmp_path)

    assert store.missing(jobs) == jobs[2:]
    (said,) = store.refused
    assert said.startswith(f"{path}: damaged record (line 3")
