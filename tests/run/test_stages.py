"""Intermediate files of killed commands: those that nobody needs are deleted by the next one."""

import json
import os
import shutil
import time
from dataclasses import replace

import pytest
from kill_points import attack_kills
from toy_bench import options

from bench.cli.making import make_missing
from bench.cli.verb import Mode
from bench.errors import CannotWrite
from bench.run.cohort import claimed, group, own_stages, stages_folder
from bench.run.execute import run_jobs
from bench.store.store import Store
from iunet.train.progress import Interrupted


@pytest.fixture
def jobs(toys):
    return toys.jobs(("one",), ("net-a", "net-b"))


@pytest.fixture
def left(tmp_path, store, jobs):
    """The stages of a killed command that had begun these jobs, or as it says."""

    def made(runs=jobs, keep=False, results=None):
        cohort, results = replace(group(jobs)[0], jobs=tuple(runs)), results or store.results
        results.mkdir(exist_ok=True)
        folder = stages_folder(tmp_path / "cache", results, cohort)
        own_stages(folder, results, cohort, keep=keep)
        folder.mkdir(exist_ok=True)
        (folder / "supernet.safetensors").write_text("weights")
        return folder

    return made


def note(folder):
    return folder.with_suffix(".json")


@pytest.mark.slow  # tox -e attack does the like
def test_killed_at_any_point_the_same_command_ends_alike_and_leaves_no_stage(tmp_path):
    found = attack_kills(tmp_path, every=60)
    assert found["points"] > 100 and found["tried"] > 10
    assert found["bad"] == []


def test_stages_are_deleted_once_their_runs_are_made_whoever_made_them(make, jobs, left, tmp_path):
    make(jobs)
    folder = left()
    assert make(jobs).done == []
    assert not folder.exists() and not list((tmp_path / "cache" / "stages").iterdir())


def test_a_command_that_finds_every_run_made_deletes_what_is_left_too(
    make, jobs, left, store, tmp_path, monkeypatch, capsys
):
    make(jobs)
    folder = left()
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    make_missing(jobs, store, Mode())
    assert "all 6 runs are made" in capsys.readouterr().err
    assert not folder.exists()


def test_stages_of_an_interrupted_command_outlast_runs_of_another_selection(make, jobs, left):
    folder = left()
    make(jobs[:2])
    assert (folder / "supernet.safetensors").exists()
    make(jobs[2:])
    assert not folder.exists() and not note(folder).exists()


def test_stages_of_a_failed_run_stay_for_the_next_try(toys, make, left):
    jobs = toys.jobs(("one",), ("net-a",))
    folder = left(jobs)

    def fit_networks(own, context):
        yield own[0].run_id, ValueError("once")

    assert make(jobs, tools=replace(toys.tools, fit_networks=fit_networks)).failed
    assert folder.exists()
    make(jobs)
    assert not folder.exists()


def test_stages_that_the_user_wants_to_keep_stay(make, jobs, left):
    make(jobs)
    folder = left(keep=True)
    make(jobs)
    assert folder.exists()


def test_stages_whose_cohort_another_process_has_claimed_stay(make, jobs, left, store):
    make(jobs)
    folder = left()
    with claimed(store.results, group(jobs)[0].key):
        make(jobs)
        assert folder.exists()
    make(jobs)
    assert not folder.exists()


def test_stages_of_a_results_folder_that_is_gone_are_deleted(make, jobs, left, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    folder = left(results=other)
    make(jobs)
    assert folder.exists(), "its runs are still to be made"
    shutil.rmtree(other)
    make(jobs)
    assert not folder.exists() and not other.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text(""),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text('{"results": 3}'),
        lambda path: path.write_text(json.dumps(json.loads(path.read_text()) | {"runs": 7})),
        lambda path: path.write_text(json.dumps(json.loads(path.read_text()) | {"cohort": "x"})),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.symlink_to(path)),
    ],
)
def test_stages_of_nobody_stay_for_a_week_after_they_were_last_written(make, jobs, left, damage):
    make(jobs)
    folder = left()
    damage(note(folder))
    make(jobs)
    assert folder.exists()
    week = 7 * 24 * 3600
    os.utime(folder, (time.time() - week - 60, time.time() - week - 60))
    make(jobs)
    assert not folder.exists()


def test_a_note_that_is_no_file_does_not_stop_its_cohort(make, jobs, left):
    folder = left()
    note(folder).unlink()
    os.mkfifo(note(folder))
    assert len(make(jobs).done) == len(jobs)
    assert not folder.exists() and not note(folder).exists()


def test_results_that_cannot_be_claimed_keep_their_stages_and_stop_nothing(
    make, jobs, left, tmp_path
):
    other = tmp_path / "other"
    other.mkdir()
    folder = left(results=other)
    (other / "locks").write_text("")
    assert len(make(jobs).done) == len(jobs)
    assert folder.exists()


def test_stages_of_a_folder_whose_name_is_no_utf_8_are_dropped_as_well(toys, jobs, tmp_path):
    results = tmp_path / os.fsdecode(b"r\xe9sults")
    run_jobs(jobs, Store(results), options(tmp_path / "cache"), tools=toys.tools)
    assert not list((tmp_path / "cache" / "stages").iterdir())


def test_intermediate_files_that_are_refused_end_everything_with_one_line(toys, store, make):
    def fit_networks(jobs, context):
        refused = PermissionError(13, "Permission denied", str(context.stages / "a.safetensors"))
        yield jobs[0].run_id, refused

    with pytest.raises(CannotWrite, match="Permission denied; make room or set BENCH_CACHE_DIR"):
        make(toys.jobs(), tools=replace(toys.tools, fit_networks=fit_networks))
    assert store.failures() == {}


def test_what_is_interrupted_leaves_its_stages_to_the_next_command(toys, make, jobs, tmp_path):
    def fit_networks(own, context):
        context.stages.mkdir(parents=True)
        yield from list(toys.fit_networks(own, context))[:1]
        raise Interrupted

    assert make(jobs, tools=replace(toys.tools, fit_networks=fit_networks)).interrupted
    (folder,) = (path for path in (tmp_path / "cache" / "stages").iterdir() if path.is_dir())
    make(toys.jobs(("two",)))
    assert folder.exists()
    make(jobs)
    assert not folder.exists()
