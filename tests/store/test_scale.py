"""Many records: no command reads what it was not asked for, reads twice, or holds all at once."""

import weakref
from dataclasses import replace

import pytest
from made_up import made_up_record, write_records
from planned import planned_jobs

from bench.__main__ import run
from bench.claims.judge import verdicts
from bench.claims.numbers import OwnNumbers
from bench.declared.claims import read_claims
from bench.plan.query import Query
from bench.store import store as stores
from bench.store.frame import frame_of
from bench.store.reference import write_reference
from bench.store.store import Store, run_file

DATASETS = ("vehicle", "car")


@pytest.fixture
def jobs():
    """Runs of two datasets."""
    return planned_jobs(DATASETS, (("", "omp"),))


@pytest.fixture
def store(tmp_path, monkeypatch, jobs):
    """A results folder with a record of every run."""
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))
    store = Store(tmp_path / "results")
    write_records(store, jobs, lambda job: 0.8)
    return store


@pytest.fixture
def reads(monkeypatch):
    """The file of every record that is read from now on."""
    paths, read = [], stores.read_record

    def noted(path, *content):
        paths.append(path)
        return read(path, *content)

    monkeypatch.setattr(stores, "read_record", noted)
    return paths


def datasets_of(paths):
    return {path.parts[-3] for path in paths}


def test_whether_a_run_is_made_is_known_without_opening_its_record(store, jobs, reads, capsys):
    assert Store(store.results).missing(jobs) == []
    assert run(["status", "table5", "--fresh"]) == run(["plan", "table5", "--fresh"]) == 0
    assert reads == []


@pytest.mark.parametrize("asked", [("vehicle",), DATASETS])
def test_a_check_reads_the_datasets_asked_for(store, jobs, reads, tmp_path, capsys, asked):
    reference = [replace(made_up_record(job, 0.8), own=False) for job in jobs]
    write_reference(reference, tmp_path / "reference")
    assert run(["check", "--against", str(tmp_path / "reference"), "-d", ",".join(asked)]) == 0
    assert datasets_of(reads) == {*asked}
    assert len(reads) == len({*reads})


def test_damage_in_a_dataset_that_was_not_asked_for_is_no_matter(store, jobs, tmp_path, capsys):
    reference = [made_up_record(job, 0.8) for job in jobs]
    (lines, _) = write_reference(reference, tmp_path / "reference")
    assert lines.name == "car.jsonl"
    lines.write_text(lines.read_text().replace('"accuracy":0.8', '"accuracy":8', 1))
    (store.results / "runs" / run_file(jobs[-1])).write_text("{}")
    check = ["check", "--against", str(tmp_path / "reference")]
    export = ["export", "--csv", str(tmp_path / "runs.csv"), "--fresh"]
    assert (run([*check, "-d", "vehicle"]), run([*export, "-d", "vehicle"])) == (0, 0)
    assert (run(check), run(export)) == (6, 5)


def test_a_name_that_the_datasets_asked_for_lack_is_looked_for_in_all(
    store, jobs, tmp_path, capsys
):
    other = planned_jobs(("car",), (("", "dense"),))[0]
    write_records(store, [other], lambda job: 0.8)
    export = ["export", "--csv", str(tmp_path / "runs.csv"), "--fresh", "-d", "vehicle"]
    assert run([*export, "-m", "dense"]) == 0
    assert run([*export, "-m", "densest"]) == 2
    assert (
        "no record of method 'densest'; there are records of: dense, omp" in capsys.readouterr().err
    )


def test_an_export_reads_the_datasets_asked_for(store, jobs, reads, tmp_path, capsys):
    assert run(["export", "--csv", str(tmp_path / "runs.csv"), "--fresh", "-d", "car"]) == 0
    assert datasets_of(reads) == {"car"} and len(reads) == len(jobs) / 2


def test_an_export_holds_one_record_at_a_time(jobs):
    alive = []

    def records():
        for job in jobs:
            record = made_up_record(job, 0.8)
            alive.append(weakref.ref(record))
            yield record
            del record
            assert sum(one() is not None for one in alive) <= 1  # the loop's own

    assert len(frame_of(records())) == len(jobs)


def test_all_claims_together_read_a_record_once(store, jobs, reads):
    verdicts(read_claims(), OwnNumbers(Query(), Store(store.results)))
    assert len(reads) == len({*reads}) == len(jobs)
