"""How long commands that train nothing take, from start to exit."""

import os
import resource
import subprocess
import sys
import time
from statistics import median

import pytest
from made_up import METRICS, made_up_predictions, made_up_record
from planned import planned_jobs

from baselines.registry import find_methods
from bench.check.columns import measure_null, write_null
from bench.datasets.catalogue import tabular_datasets
from bench.declared.tables import read_table
from bench.folders import table_names
from bench.plan.plan import each_once
from bench.store.reference import write_reference
from bench.store.store import Store
from iunet.declare.protocol import shipped_protocols

RECORDS = 3_000
TRACE = [{"epoch": n, "loss": 1 / 3, **{f"valid_{m}": 2 / 3 for m in METRICS}} for n in range(106)]
TABLES = [name for name in table_names() if read_table(name).kind == "scores"]
PROTOCOLS = [f"--protocol={key}" for key in shipped_protocols()]
COMMANDS = {
    "bench --help": (["--help"], 0.3),
    "bench audit": (["audit"], 5.0),
    "plan of all tables under all protocols": (["plan", *TABLES, *PROTOCOLS, "--json"], 2),
    f"table5 --no-run over {RECORDS:,} records": (["table5", "--no-run"], 3),
    f"check of {RECORDS:,} runs by fingerprints": (["check", "--against={here}"], 3),
    f"check of {RECORDS:,} runs by statistics": (["check", "--against={elsewhere}"], 3),
}
ROUNDS = 5


@pytest.fixture(scope="module")
def jobs():
    """So many runs of the paper's tables, those of the usual protocol first."""
    tables = tuple(key for key, entry in tabular_datasets().items() if entry.source == "openml")
    columns = tuple(("", key) for key in find_methods())
    planned = each_once(
        job for key in shipped_protocols() for job in planned_jobs(tables, columns, key)
    )
    assert len(planned) >= RECORDS
    return planned[:RECORDS]


@pytest.fixture(scope="module")
def results(tmp_path_factory, jobs):
    """A results folder of them."""
    folder = tmp_path_factory.mktemp("results")
    store, predictions = Store(folder), made_up_predictions()
    for job in jobs:
        store.write(made_up_record(job, 0.8, trace=TRACE), predictions)
    return folder


@pytest.fixture(scope="module")
def references(tmp_path_factory, jobs):
    """Folders of shipped records of the same runs: made here, and in another environment."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("here", "elsewhere")}
    for folder, environment in zip(folders.values(), ("e0", "e1"), strict=True):
        records = [made_up_record(job, 0.8, environment=environment) for job in jobs]
        write_reference(records, folder)
        write_null(measure_null(records), folder / "check")
    return folders


def children_seconds():
    """Processor time of every command so far, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name, benchmark, results, references, speed_table):
    words, goal = COMMANDS[name]
    command = [sys.executable, "-m", "bench", *(word.format(**references) for word in words)]
    environment = os.environ | {"BENCH_RESULTS_DIR": str(results)}
    taken: list[tuple[float, float]] = []

    def run():
        began, used = time.perf_counter(), children_seconds()
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        taken.append((time.perf_counter() - began, children_seconds() - used))
        assert done.returncode in (0, 4), done.stdout + done.stderr

    benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=1)
    passed, used = (median(column) for column in zip(*taken[1:], strict=True))
    speed_table.append(f"{name}: {passed:.2f} s, goal {goal} s; {used:.2f} s of processor time")
