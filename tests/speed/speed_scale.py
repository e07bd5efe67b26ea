"""What commands take over 10,000 and 100,000 planned runs with a record each: time and memory."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.datasets.catalogue import find_dataset
from bench.folders import reference_folder
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.store.records import new_record, record_text
from bench.store.reference import write_reference
from bench.store.store import Store, run_file

LIKE = "car"
"""The dataset whose shipped records the made-up ones are copied from, by method."""

SEEDS = {"10,000": 23, "100,000": 228}
"""Of a protocol of its own, under which table 5 has so many runs."""

WITH = ["table5", "--protocol={protocol}"]
DATASET = ["-d", "vehicle"]
COMMANDS = {
    "plan": (["plan", *WITH], 5),
    "missing": (["run", *WITH, "--dry-run"], 5),
    "status": (["status", *WITH], 5),
    "table5": ([*WITH, "--no-run"], 10),
    "check of one dataset": (["check", "--against={reference}", *DATASET], 15),
    "export of one dataset": (["export", "--csv={folder}/runs.csv", *DATASET], 15),
    "check": (["check", "--against={reference}"], 15),
    "export": (["export", "--csv={folder}/runs.csv"], 15),
    "report": (["report", "--out={folder}/report.html"], 15),
    "claims": (["claims", "--protocol={protocol}"], 15),
}
ANSWERED = (0, 4)
GOAL_MIB = 1024


@pytest.fixture(scope="module", params=SEEDS)
def filled(request, tmp_path_factory):
    """How many runs there are, and the places that the commands name."""
    folder = tmp_path_factory.mktemp("scale")
    protocol = folder / "many-seeds.toml"
    seeds = [*range(1, SEEDS[request.param] + 1)]
    protocol.write_text(f'base = "released"\ntitle = "many seeds"\nseeds = {seeds}\n')
    for records in records_of(protocol):
        for record in records:
            path = folder / "results" / "runs" / run_file(record)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(record_text(record))
        write_reference(records, folder / "reference")
    return request.param, {
        "folder": folder,
        "protocol": protocol,
        "reference": folder / "reference",
    }


def records_of(protocol):
    """A record of every run of table 5, those of one dataset together."""
    shipped = Store(Path("nowhere"), reference_folder()).records(LIKE)
    like = {(one.net, one.method): one for one in shipped if one.protocol == "released"}
    plan = plan_table(Query("table5", str(protocol)))
    for row in plan.rows:
        digest = {"data_digest": find_dataset(row.dataset).content or "d"}
        found = []
        for column in plan.columns:
            for job in plan.of(row, column):
                if not found or found[-1].point != job.point or found[-1].method != job.method:
                    one = like[job.net, job.method]
                    first = new_record(job, one.result, one.cost, one.provenance | digest)
                found.append(replace(first, run_id=job.run_id, identity=job.identity))
        yield found


@pytest.mark.parametrize("name", COMMANDS)
def test_scale(name, benchmark, filled, speed_table):
    runs, places = filled
    words, goal = COMMANDS[name]
    command = [sys.executable, "-m", "bench", *(word.format(**places) for word in words)]
    environment = os.environ | {"BENCH_RESULTS_DIR": str(places["folder"] / "results")}
    ended = []

    def run():
        made = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(made.pid, 0)
        made.returncode = os.waitstatus_to_exitcode(status)
        ended.append(used)
        assert made.returncode in ANSWERED

    benchmark.pedantic(run, rounds=1)
    seconds, mebibytes = ended[-1].ru_utime + ended[-1].ru_stime, ended[-1].ru_maxrss / 1024
    speed_table.append(
        f"{name} over {runs} runs and records: {seconds:.1f} s of processor time, goal {goal} s; "
        f"{mebibytes:.0f} MiB, goal {GOAL_MIB}"
    )
