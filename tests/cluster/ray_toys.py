"""Toys of tests/run on tables that scikit-learn brings along, made on a Ray cluster.

As a script: `ray_toys.py ADDRESS FOLDER` makes the runs of a patient method, and exits like the
command does. Every fit adds a line to made.txt in FOLDER.
"""

import os
import signal
import sys
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

from planned import planned_jobs
from toy_bench import Toys, options

from bench.cli.making import exit_status
from bench.datasets.catalogue import find_dataset
from bench.plan.plan import Planner
from bench.run.engine import Ray, SiteSettings
from bench.run.execute import run_jobs
from bench.run.progress import LineReporter, stoppable
from bench.run.ray import engine
from bench.store.store import Store
from iunet.declare.contract import Learner

SEEDS = (42, 1, 2)


def fit_fragile(data, settings, seed, device):
    """Seed 1 is killed by the system, as often as the settings say."""
    marks = Path(settings["folder"])
    marks.mkdir(exist_ok=True)
    before = len(list(marks.glob("killed-*")))
    if seed == 1 and before < settings["times"]:
        while len(list(marks.parent.glob("results/runs/*/*/42-*.json"))) < 4:
            time.sleep(0.02)  # until what was made before is kept
        (marks / f"killed-{before}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Toys(marks / "made.txt").fit_tree(data, {}, seed, device)


def fragile(folder, times):
    """A method whose seed 1 is killed so many times."""
    settings = {"folder": str(folder), "times": times}
    return Learner(key="fragile", fit=fit_fragile, settings=settings)


def fit_patient(data, settings, seed, device):
    """Seed 42 ends at once, another when the folder has a file of its name; a file of another name
    says in which process."""
    folder = Path(settings["folder"])
    (folder / f"process-{os.getpid()}").touch()
    while seed != 42 and not (folder / str(seed)).exists():
        time.sleep(0.02)
    return Toys(folder / "made.txt").fit_tree(data, {}, seed, device)


def planned(toys, datasets=("iris", "wine"), methods=("tree",), extra=(), seeds=SEEDS):
    """Runs of these tables, by default six in two cohorts.

    Args:
        toys: have the methods.
        extra: further methods.
    """
    columns = [("", key) for key in (*methods, *(method.key for method in extra))]
    more = {method.key: method for method in extra}
    planner = Planner(lambda key: more.get(key) or toys.method(key), find_dataset)
    return planned_jobs(datasets, columns, budget="demo", seeds=seeds, planner=planner)


def made_on(address, folder, jobs, stop=None, out=None, **changes):
    """What becomes of the runs on the cluster of this address."""
    settings = SiteSettings(ray=replace(Ray(), address=address))
    how = options(folder / "cache", **changes)
    store, progress = Store(folder / "results"), LineReporter(out or StringIO())
    return run_jobs(jobs, store, how, engine=engine(settings), progress=progress, stop=stop)


def main(address, folder):
    """Make the runs, stopped by a signal."""
    patient = Learner(key="patient", fit=fit_patient, settings={"folder": str(folder)})
    jobs = planned(Toys(folder / "made.txt"), methods=(), extra=(patient,))
    with stoppable(lambda line: print(line, flush=True)) as stop:
        outcome = made_on(address, folder, jobs, stop, sys.stderr)
    print(f"{len(outcome.done)} done, {len(outcome.elsewhere)} elsewhere", flush=True)
    return exit_status(outcome)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
