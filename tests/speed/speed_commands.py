"""How long commands that train nothing take, from start to exit."""

import os
import subprocess
import sys
import time
from statistics import median

import pytest
from made_up import METRICS, made_up_predictions, made_up_record

from baselines.registry import find_methods
from bench.datasets.catalogue import CATALOGUE
from bench.plan.plan import Request, plan_jobs
from bench.store.store import Store
from bench.tables.folder import table_names
from bench.tables.spec import read_table
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
}
ROUNDS = 5


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A results folder of so many runs of the paper's tables, those of the usual protocol first."""
    folder = tmp_path_factory.mktemp("results")
    tables = tuple(key for key, entry in CATALOGUE.items() if entry.source == "openml")
    columns = tuple(("", key) for key in find_methods())
    jobs = plan_jobs([Request(tables, columns, key, "full") for key in shipped_protocols()])
    store, predictions = Store(folder), made_up_predictions()
    for job in jobs[:RECORDS]:
        store.write(made_up_record(job, 0.8, trace=TRACE), predictions)
    assert len(store.own_ids()) == RECORDS
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name, benchmark, results, speed_table):
    words, goal = COMMANDS[name]
    environment = os.environ | {"BENCH_RESULTS_DIR": str(results)}
    taken: list[float] = []

    def run():
        began = time.perf_counter()
        command = [sys.executable, "-m", "bench", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        taken.append(time.perf_counter() - began)
        assert done.returncode in (0, 4), done.stderr

    benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=1)
    speed_table.append(f"{name}: {median(taken[1:]):.2f} s, goal {goal} s")
