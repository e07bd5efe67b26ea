"""How much memory the largest tables take: split, encoding and an epoch of two networks at once.

As a script, `speed_memory.py DATASET`: prints the most bytes that its process held.
"""

import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planned import planned_jobs

from bench.datasets.catalogue import tabular_datasets
from bench.datasets.load import prepare
from bench.datasets.table import Column, Table
from bench.run.cohort import group
from bench.run.environment import Code
from bench.run.fit import FitContext, Options, fit_networks
from bench.run.score import peak_bytes, result_of

LARGEST = {
    "rows": max(tabular_datasets().values(), key=lambda entry: entry.rows),
    "values": max(tabular_datasets().values(), key=lambda entry: entry.rows * entry.features),
}
GOAL = 4
WORKERS = 2


@pytest.mark.parametrize("most", LARGEST)
def test_memory_of_the_largest_table(most, benchmark, speed_table):
    dataset, printed = LARGEST[most], []

    def run():
        done = subprocess.run(
            [sys.executable, __file__, dataset.key], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)

    benchmark.pedantic(run, rounds=1)
    speed_table.append(
        f"{dataset.key}, most {most} of all tables, {WORKERS} workers: "
        f"{int(printed[-1]) / 2**30:.2f} GiB, goal {GOAL} GiB"
    )


def made_up_table(dataset):
    """Made-up values of the dataset's shape."""
    draw = np.random.default_rng(0)
    columns = (
        Column(f"x{number}", draw.normal(size=dataset.rows)) for number in range(dataset.features)
    )
    y = draw.integers(0, dataset.classes, dataset.rows)
    return Table(tuple(columns), tuple(map(str, range(dataset.classes))), y)


def one_epoch(chain):
    """An epoch that ends a cycle, so that a snapshot is kept."""
    training = chain.pretrain
    schedule = replace(training.schedule, first_cycle=1)
    return replace(chain, pretrain=replace(training, epochs=1, schedule=schedule))


def main(key):
    """As `bench run` does it, writing no record."""
    jobs = planned_jobs((key,), (("", "dense"),))[:WORKERS]
    jobs = [replace(job, work=one_epoch(job.work)) for job in jobs]
    dataset = tabular_datasets()[key]
    loaded = prepare(dataset, made_up_table(dataset), "made up", jobs[0].preparation)
    with tempfile.TemporaryDirectory() as cache:
        folder = Path(cache)
        context = FitContext(
            cohort=group(jobs)[0],
            loaded=loaded,
            options=Options(workers=WORKERS),
            fit_networks=fit_networks,
            stages=folder,
            results=folder,
            tell=lambda share, what: None,
            stop=threading.Event(),
            code=Code(None, None, ""),
        )
        for _, fitted in fit_networks(jobs, context):
            if isinstance(fitted, Exception):
                raise fitted
            result_of(fitted, loaded.fit.valid, loaded.test, loaded.fit.n_classes)
    print(peak_bytes("cpu"))


if __name__ == "__main__":
    main(sys.argv[1])
