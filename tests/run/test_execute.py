"""The executor: what is missing is made, failures are kept, other runs go on."""

import io
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_bench import options

from bench.errors import CannotWrite
from bench.render.files import TEMPORARY
from bench.run.cohort import claimed, group
from bench.run.execute import run_jobs
from bench.run.progress import LineReporter
from bench.store.records import OtherData
from bench.store.reference import write_reference
from bench.store.store import Store, run_file
from iunet.declare.contract import Fitted


def fits(toys):
    return toys.made.read_text().splitlines() if toys.made.exists() else []


def test_what_is_missing_is_made_once(toys, store, make):
    jobs = toys.jobs()
    outcome = make(jobs)
    assert {job.run_id for job in outcome.done} == {job.run_id for job in jobs}
    assert not store.missing(jobs)
    assert make(jobs).done == []
    assert len(fits(toys)) == len(jobs)


def test_a_record_has_every_metric_of_both_splits_and_its_cost(toys, store, make):
    jobs = toys.jobs(("one",), ("net-a",))
    make(jobs)
    record = store.get(jobs[0].run_id)
    truth = np.arange(20) % 3
    predicted = np.random.default_rng(jobs[0].seed).random((20, 3), dtype=np.float32).argmax(1)
    assert record.metric("accuracy") == (truth == predicted).mean()
    assert record.metric("valid_accuracy") == record.metric("accuracy")
    assert sum(record.result["confusion"][0]) == 7
    assert record.result["fingerprints"]["first_loss"] == 1.5
    assert record.cost["fit_seconds"] == 0.5 and record.cost["peak_memory_bytes"] > 1e6
    assert record.provenance["data_digest"] == "d1"
    assert store.predictions(jobs[0].run_id).test.predicted.tolist() == predicted.tolist()


def test_a_folder_is_listed_as_often_for_many_runs_as_for_few(toys, make, monkeypatch):
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(Path(path)) or scandir(path))
    counts = []
    for dataset, seeds in (("one", (42,)), ("two", None)):
        listed.clear()
        assert len(make(toys.jobs((dataset,), ("net-a",), seeds)).done) == len(seeds or "all")
        counts.append(
            Counter(path.name for path in listed if dataset in path.parts)["mlp-tab-net-a"]
        )
    assert counts[0] == counts[1]


def test_nothing_in_a_record_names_this_host_or_a_folder(toys, store, make, tmp_path):
    import platform

    jobs = toys.jobs(("one",), ("tree",))
    make(jobs)
    text = next((store.results / "runs").rglob("*.json")).read_text()
    assert str(tmp_path) not in text
    assert platform.node() not in text


def test_a_failed_run_is_kept_with_its_reason_and_the_others_go_on(toys, store, make):
    jobs = toys.jobs(("one",), ("broken", "tree"))
    outcome = make(jobs)
    assert len(outcome.failed) == len(outcome.done) == 3
    assert "loss of seed 42 is not finite" in store.failure(jobs[0].run_id).reason
    assert "fit_broken" in store.failure(jobs[0].run_id).traceback
    assert store.missing(jobs) == jobs[:3]
    assert len(make(jobs).failed) == 3


def test_an_error_in_one_method_spares_the_others_it_trains_with(toys, store, make):
    def fit_networks(jobs, context):
        if any(job.method == "net-b" for job in jobs):
            raise ZeroDivisionError("net-b")
        yield from toys.fit_networks(jobs, context)

    outcome = make(
        toys.jobs(("one",), ("net-a", "net-b")),
        tools=replace(toys.tools, fit_networks=fit_networks),
    )
    assert {job.method for job in outcome.done} == {"net-a"}
    assert {failure.method for failure in outcome.failed} == {"net-b"}


@pytest.mark.parametrize(
    ("scores", "why"), [(np.full((20, 3), np.nan), "not finite"), (np.zeros((20, 2)), "shape")]
)
def test_scores_that_cannot_be_used_are_a_failure(toys, store, make, scores, why):
    class Predictor:
        def scores(self, x):
            return scores

    def fit_networks(jobs, context):
        yield from ((job.run_id, Fitted(Predictor())) for job in jobs)

    outcome = make(
        toys.jobs(("one",), ("net-a",)), tools=replace(toys.tools, fit_networks=fit_networks)
    )
    assert outcome.done == []
    assert all(why in failure.reason for failure in outcome.failed)


def test_a_failure_that_another_process_repeats_meanwhile_is_not_tried_once_more(toys, store, make):
    jobs = toys.jobs(("one",), ("broken",), seeds=(42,))
    make(jobs)
    failure = store.failure(jobs[0].run_id)
    waiting = threading.Event()

    class Out(io.StringIO):
        def write(self, line):
            waiting.set()

    with ThreadPoolExecutor(1) as pool:
        with claimed(store.results, group(jobs)[0].key):
            second = pool.submit(make, jobs, progress=LineReporter(Out()))
            assert waiting.wait(60)
            Store(store.results).write_failure(jobs[0], failure)
            written = Store(store.results).failed_at(jobs[0].run_id)
        assert second.result().failed == [failure]
    assert Store(store.results).failed_at(jobs[0].run_id) == written


def test_temporary_files_of_killed_processes_are_removed_when_runs_begin(toys, store, make):
    for part in ("runs/one/net", "failures/one/net", "trials/one"):
        folder = store.results / part
        folder.mkdir(parents=True)
        (folder / TEMPORARY.replace("*", "killed")).write_bytes(b"half")
    make(toys.jobs(("two",), ("tree",)))
    assert not list(store.results.rglob(TEMPORARY))


def test_a_run_without_an_answer_is_a_failure(toys, make):
    def fit_networks(jobs, context):
        yield from list(toys.fit_networks(jobs, context))[:1]

    outcome = make(
        toys.jobs(("one",), ("net-a",)), tools=replace(toys.tools, fit_networks=fit_networks)
    )
    assert (len(outcome.done), len(outcome.failed)) == (1, 2)


def test_a_missing_dataset_is_reported_and_the_others_run(toys, make):
    toys.absent = ("one",)
    outcome = make(toys.jobs())
    assert {job.dataset for job in outcome.done} == {"two"}
    assert "one is not at hand" in str(outcome.missing_data["one"])
    assert not outcome.failed


def test_records_of_other_data_stop_a_dataset_from_being_run(toys, make):
    make(toys.jobs(("one",), ("tree",)))
    toys.digest = "d2"
    outcome = make(toys.jobs())
    assert isinstance(outcome.missing_data["one"], OtherData)
    assert "content d2, but" in str(outcome.missing_data["one"])
    assert {job.dataset for job in outcome.done} == {"two"}


def shipped(toys, store, make, tmp_path, jobs):
    """A store without own records, and these jobs shipped, made of data "d1"."""
    make(jobs)
    write_reference(store.records(), tmp_path / "reference")
    toys.digest = "d2"
    return Store(tmp_path / "own", tmp_path / "reference")


def test_shipped_records_of_other_data_stop_runs_that_would_stand_beside_them(
    toys, store, make, tmp_path
):
    jobs = toys.jobs(("one",))
    own = shipped(toys, store, make, tmp_path, jobs[:1])
    outcome = run_jobs(jobs, own, options(tmp_path / "cache"), tools=toys.tools)
    assert "the same command with --fresh -d one" in str(outcome.missing_data["one"])
    assert not outcome.done


def test_shipped_records_of_other_data_do_not_stop_runs_of_another_budget(
    toys, store, make, tmp_path
):
    jobs = toys.jobs(("one",))
    own = shipped(toys, store, make, tmp_path, jobs[:1])
    longer = [replace(job, budget="longer") for job in jobs[1:]]
    outcome = run_jobs(longer, own, options(tmp_path / "cache"), tools=toys.tools)
    assert len(outcome.done) == len(longer)


def test_a_damaged_record_of_one_method_does_not_block_another_of_its_dataset(toys, store, make):
    make(toys.jobs(("one",), ("tree",)))
    damaged = next((store.results / "runs").rglob("*.json"))
    damaged.write_text("{")
    outcome = make(toys.jobs(("one", "two"), ("net-a",)))
    assert outcome.missing_data == {} and {job.dataset for job in outcome.done} == {"one", "two"}
    assert [str(damaged) in line for line in store.refused] == [True]
    assert damaged.read_text() == "{"  # it is never replaced


def test_a_folder_in_the_place_of_a_file_takes_down_its_own_run_only(toys, store, make):
    jobs = toys.jobs(("one",), ("tree",))
    blocked = store.results / "runs" / run_file(jobs[0]).with_suffix(".npz")
    blocked.mkdir(parents=True)
    outcome = make(jobs)
    assert [failure.run_id for failure in outcome.failed] == [jobs[0].run_id]
    assert "is a folder where a file belongs" in outcome.failed[0].reason
    assert outcome.done == jobs[1:]


def test_a_pipe_in_the_place_of_a_file_makes_no_run_wait(toys, store, make):
    job = toys.jobs(("one",), ("tree",))[0]
    for name in (
        Path("runs") / run_file(job).with_suffix(".npz"),
        Path("failures") / run_file(job),
    ):
        (store.results / name).parent.mkdir(parents=True)
        os.mkfifo(store.results / name)
    assert make([job]).done == [job]
    assert store.predictions(job.run_id) is not None and store.failures() == {}


def test_what_was_finished_before_a_stop_is_kept_and_the_rest_is_made_later(toys, store, make):
    stop = threading.Event()
    jobs = toys.jobs()

    def fit_networks(own, context):
        for number, ended in enumerate(toys.fit_networks(own, context)):
            yield ended
            if number == 1:
                stop.set()

    outcome = make(jobs, tools=replace(toys.tools, fit_networks=fit_networks), stop=stop)
    assert outcome.interrupted and len(outcome.done) == 2
    assert len(store.missing(jobs)) == len(jobs) - 2
    assert len(make(jobs).done) == len(jobs) - 2
    assert len(fits(toys)) == len(jobs)


def test_results_that_cannot_be_written_are_told_before_the_first_fit(toys, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="set BENCH_RESULTS_DIR"):
        run_jobs(toys.jobs(), Store(tmp_path / "file" / "results"), tools=toys.tools)
    assert fits(toys) == []


def test_intermediate_files_that_cannot_be_written_are_told_before_the_first_fit(
    toys, store, tmp_path
):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="set BENCH_CACHE_DIR"):
        run_jobs(toys.jobs(), store, options(tmp_path / "file" / "cache"), tools=toys.tools)
    assert fits(toys) == []


@pytest.mark.parametrize("delivered", [False, True], ids=["raised", "delivered for a run"])
def test_a_disk_that_fills_up_while_training_ends_everything_with_one_line(
    toys, store, make, delivered
):
    def fit_networks(jobs, context):
        if not delivered:
            raise OSError(28, "No space left on device")
        yield jobs[0].run_id, RuntimeError("I/O error: No space left on device (os error 28)")

    with pytest.raises(CannotWrite, match="No space left on device; make room or set BENCH_CACHE"):
        make(toys.jobs(), tools=replace(toys.tools, fit_networks=fit_networks))
    assert store.failures() == {}


def test_a_pace_that_cannot_be_kept_stops_nothing(toys, make, tmp_path, monkeypatch):
    monkeypatch.setattr("bench.run.estimate.SHORTEST_SECONDS", 0.0)
    (tmp_path / "cache" / "pace.json").mkdir(parents=True)
    assert len(make(toys.jobs()).done) == len(toys.jobs())


def test_stages_of_a_finished_cohort_are_dropped_unless_asked_to_be_kept(toys, make, tmp_path):
    def fit_networks(jobs, context):
        context.stages.mkdir(parents=True)
        (context.stages / "supernet").write_text("weights")
        yield from toys.fit_networks(jobs, context)

    tools = replace(toys.tools, fit_networks=fit_networks)
    make(toys.jobs(("one",)), tools=tools)
    assert list((tmp_path / "cache").rglob("supernet")) == []
    make(toys.jobs(("two",)), tools=tools, options={"keep_stages": True})
    assert len(list((tmp_path / "cache").rglob("supernet"))) == 1


def test_a_cohort_is_one_dataset_one_preparation_and_one_net(toys):
    cohorts = group(toys.jobs())
    assert [(c.dataset, c.net, len(c.jobs)) for c in cohorts] == [
        ("one", "mlp-tab", 6),
        ("one", "-", 3),
        ("two", "mlp-tab", 6),
        ("two", "-", 3),
    ]
    assert group(toys.jobs(("one",), ("net-b",)))[0].key == cohorts[0].key


def test_what_is_claimed_cannot_be_claimed_again_until_it_is_given_back(tmp_path):
    with (
        claimed(tmp_path, "a") as first,
        claimed(tmp_path, "a") as second,
        claimed(tmp_path, "b") as other,
    ):
        assert (first, second, other) == (True, False, True)
    with claimed(tmp_path, "a") as again:
        assert again
