"""Cohorts on a real SLURM of one machine: records, killed jobs and commands, stops, statuses."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from one_slurm import one_slurm, why_not

from bench.plan.query import Query
from bench.plan.selection import plan_selection
from bench.run.execute import run_jobs
from bench.run.fit import Options
from bench.store.store import Store

pytest.importorskip("submitit", reason="submitit is not installed: iunet-bench[slurm]")
pytestmark = [pytest.mark.cluster, pytest.mark.skipif(bool(why_not()), reason=why_not())]

SOME = ("run", "demo", "--fresh", "-j", "1", "-d", "iris", "--method")
LONG = ("run", "demo", "--fresh", "-j", "1", "-d", "breast-cancer")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """What commands need in their environment."""
    with one_slurm(tmp_path_factory.mktemp("slurm")) as env:
        yield env


@pytest.fixture
def site(slurm, tmp_path):
    """Starts commands whose results lie in a folder of this test."""

    class Site:
        results = tmp_path / "results"
        env = (
            os.environ
            | slurm
            | {
                "BENCH_RESULTS_DIR": str(tmp_path / "results"),
                "BENCH_CACHE_DIR": str(tmp_path / "cache"),
                "BENCH_DEVICE": "cpu",
            }
        )

        def start(self, *words):
            return subprocess.Popen(
                [sys.executable, "-m", "bench", *words],
                env=self.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

        def bench(self, *words):
            process = self.start(*words)
            out, err = process.communicate(timeout=300)
            return process.returncode, out, err

        def queue(self):
            words = ["squeue", "--noheader", "--array", "--format=%i %T"]
            done = subprocess.run(words, env=self.env, capture_output=True, text=True, check=True)
            return dict(line.split() for line in done.stdout.splitlines())

        def until(self, state, count=1):
            end = time.monotonic() + 120
            while list(self.queue().values()).count(state) < count:
                assert time.monotonic() < end, f"no job is {state}: {self.queue()}"
                time.sleep(0.1)

    (tmp_path / "results").mkdir()
    return Site()


def made(folder):
    return {record.run_id: record.result for record in Store(folder).records()}


def local(methods, folder):
    """The same runs, made by this process."""
    jobs = plan_selection(Query(tables=("demo",), datasets=("iris",), methods=methods))
    run_jobs(jobs, Store(folder / "local"), Options(workers=1, cache=folder / "local-cache"))
    return made(folder / "local")


def test_records_are_those_that_are_made_here(site, tmp_path):
    status, _, err = site.bench(*SOME, "dense,xgb", "--on", "slurm")

    assert status == 0, err
    assert made(site.results) == local(("dense", "xgb"), tmp_path) != {}
    assert site.queue() == {}
    assert "runs: 6 made" in err


def test_a_killed_command_loses_nothing_and_the_next_one_waits_for_its_jobs(site):
    first = site.start(*SOME, "dense,xgb", "--on", "slurm")
    site.until("RUNNING")
    first.kill()
    first.communicate()
    sent = set(site.queue())

    status, out, _ = site.bench("status", "demo", "-d", "iris", "--fresh")
    assert "slurm, running: iris" in out or "slurm, pending: iris" in out

    status, _, err = site.bench(*SOME, "dense,xgb", "--on", "slurm")

    assert status == 0, err
    assert "are in the queue since an earlier command" in err
    assert len(made(site.results)) == 6
    assert {name.split("_")[0] for name in sent} == {max(sent).split("_")[0]}  # none was sent twice


def test_ctrl_c_leaves_no_job_and_keeps_what_is_finished(site):
    process = site.start(*LONG, "--on", "slurm")
    site.until("RUNNING")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)

    assert process.returncode == 130
    assert "stopped; every finished run is kept" in err
    assert site.queue() == {}


def test_a_job_that_is_queued_again_goes_on_and_ends(site):
    process = site.start(*SOME, "dense", "--on", "slurm")
    site.until("RUNNING")
    (name,) = site.queue()
    subprocess.run(["scontrol", "requeue", name], env=site.env, check=True)
    site.until("PENDING")
    # It would wait two minutes; within a second its node would refuse it, "credential revoked".
    soon = ["scontrol", "update", f"JobId={name}", "StartTime=now+3"]
    subprocess.run(soon, env=site.env, check=True)

    _, err = process.communicate(timeout=200)

    assert process.returncode == 0, err
    assert len(made(site.results)) == 3


def test_a_job_that_is_killed_is_named_and_leaves_the_others_alone(site):
    process = site.start(*SOME, "dense,xgb", "--on", "slurm")
    site.until("RUNNING")
    name = next(one for one, state in site.queue().items() if state == "RUNNING")
    subprocess.run(["scancel", "--signal=KILL", "--full", name], env=site.env, check=True)

    _, err = process.communicate(timeout=200)

    assert process.returncode == 3, err
    assert f"SLURM job {name}: it gave no answer" in err
    assert len(made(site.results)) == 3
    failed = json.loads(site.bench("status", "demo", "--failures", "--json", "--fresh")[1])
    assert {one["reason"].split(":")[0] for one in failed} == {"SlurmError"}


def test_what_slurm_refuses_is_told_in_one_line(site):
    site.results.joinpath("cluster.toml").write_text('[slurm]\npartition = "nowhere"\n')

    status, _, err = site.bench(*SOME, "dense", "--on", "slurm")

    assert status == 2
    assert "SLURM takes no job" in err and "partition" in err and "Traceback" not in err
