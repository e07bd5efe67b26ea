"""Whatever happens to a process, finished runs stay, none is lost, and none is made twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_bench import start

from bench.store.store import Store

TOY = Path(__file__).parent / "toy_bench.py"


def results(folder):
    """The result part of every record, by run."""
    return {record.run_id: record.result for record in Store(folder / "results").records()}


def fits(folder):
    return (folder / "made.txt").read_text().splitlines()


def finish(process):
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def test_killed_again_and_again_it_ends_with_the_same_results(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    assert finish(start(whole, 0))[0] == 0
    moments = random.Random(7)
    for _ in range(8):
        process = start(killed, 0.05)
        time.sleep(moments.uniform(0.1, 0.6))
        process.kill()
        finish(process)
    assert finish(start(killed, 0))[0] == 0
    assert results(killed) == results(whole) != {}
    assert not list((killed / "results" / "runs").rglob(".*.tmp")), "half-written files stay behind"


def test_two_at_once_make_every_run_exactly_once(tmp_path):
    processes = [start(tmp_path, 0.05), start(tmp_path, 0.05)]
    ended = [finish(process) for process in processes]
    assert [status for status, _ in ended] == [0, 0]
    assert len(fits(tmp_path)) == len(set(results(tmp_path))) == 18
    assert sum(int(out.split()[0]) for _, out in ended) == 18


def test_a_second_process_takes_over_what_a_killed_one_had_claimed(tmp_path):
    first = start(tmp_path, 0.3, "one")
    while not (tmp_path / "made.txt").exists():
        time.sleep(0.02)
    second = start(tmp_path, 0.01, "one")
    time.sleep(0.5)
    first.kill()
    finish(first)
    assert finish(second)[0] == 0
    assert len(results(tmp_path)) == 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly_and_the_same_command_goes_on(tmp_path, number):
    process = start(tmp_path, 0.2)
    while not (tmp_path / "made.txt").exists():
        time.sleep(0.02)
    process.send_signal(number)
    status, out = finish(process)
    assert status == 130
    assert "stopping when the running epoch or fit ends" in out
    made = len(results(tmp_path))
    assert 0 < made < 18
    assert finish(start(tmp_path, 0))[0] == 0
    assert len(results(tmp_path)) == 18


def bench(folder, *words):
    environment = {
        **os.environ,
        "BENCH_RESULTS_DIR": str(folder / "results"),
        "BENCH_CACHE_DIR": str(folder / "cache"),
        "BENCH_DEVICE": "cpu",
    }
    command = [sys.executable, "-m", "bench", *words]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@pytest.mark.slow
def test_a_demo_run_killed_twenty_times_ends_with_the_same_results(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    words = ("run", "--budget", "demo", "-d", "iris", "-m", "omp,iunet,xgb", "--json")
    began = time.monotonic()
    assert finish(bench(whole, *words))[0] == 0
    longest = time.monotonic() - began
    moments = random.Random(11)
    for _ in range(20):
        process = bench(killed, *words)
        time.sleep(moments.uniform(0.3, longest))
        process.kill()
        finish(process)
    status, out = finish(bench(killed, *words))
    assert status == 0, json.loads(out)["failed"]
    assert results(killed) == results(whole) != {}
