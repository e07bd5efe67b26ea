"""Runs in an instant: made-up data and methods, so that the executor can be tried, also killed.

As a script: `toy_bench.py RESULTS CACHE SECONDS [DATASET or METHOD...]` makes every run of a small
plan, each of which takes SECONDS, and exits like the command does. Every fit adds a line to
made.txt beside RESULTS.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from planned import planned_jobs

from bench.cli.making import exit_status
from bench.errors import DataMissing
from bench.plan.plan import Planner
from bench.run.execute import Tools, run_jobs
from bench.run.fit import Options
from bench.run.progress import stoppable
from bench.store.store import Store
from iunet.declare.contract import Fitted, Learner, MethodFailed, UnknownKey
from iunet.declare.data import FitData, Rows
from iunet.declare.recipe import Prune, Recipe
from iunet.declare.space import read_space
from iunet.declare.tuned import Tuned
from iunet.train.progress import Interrupted

N_CLASSES = 3
SPACE = Path(__file__).parent / "toy-space.toml"


@dataclass(frozen=True)
class ToyTable:
    """An entry of a catalogue."""

    key: str
    rows: int = 100
    data_revision: int = 1
    source: str = "embedded"


def toy_rows(key):
    """Rows of a toy, for estimates."""
    return ToyTable(key).rows


@dataclass(frozen=True)
class ToyLoaded:
    """Made-up rows."""

    fit: FitData
    test: Rows
    digest: str = "d1"
    data_id: str = "toy"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToyPredictor:
    """Scores that depend on the seed alone."""

    seed: int

    def scores(self, x):
        return np.random.default_rng(self.seed).random((len(x), N_CLASSES), dtype=np.float32)


class Toys:
    """Collaborators whose runs take `seconds` and are noted in `made`.

    Methods: net-a, net-b (networks), tree (a learner), broken, whose every fit raises, and tuned, a
    learner that is searched and fails where its rate is above .5.
    """

    def __init__(self, made: Path, seconds: float = 0.0, absent: tuple[str, ...] = ()):
        self.made = made
        self.seconds = seconds
        self.absent = absent
        self.digest = "d1"
        self.tools = Tools(self.load, self.fit_networks, toy_rows)
        tree = Learner(key="tree", fit=self.fit_tree, settings={"depth": 3})
        broken = Learner(key="broken", fit=self.fit_broken, settings={})
        nets = [Recipe(key="net-a"), Recipe(key="net-b", prune=Prune("magnitude"))]
        bush = Learner(
            key="bush", fit=self.fit_bush, settings={"kind": "oak", "depth": 3, "rate": 0.1}
        )
        tuned = Tuned(key="tuned", of=bush, space=read_space(SPACE))
        self.methods = {method.key: method for method in (*nets, tree, broken, tuned)}

    def jobs(self, datasets=("one", "two"), methods=("net-a", "net-b", "tree"), seeds=None):
        """The plan of these."""
        columns = tuple(("", key) for key in methods)
        planner = Planner(self.method, ToyTable)
        return planned_jobs(datasets, columns, budget="demo", seeds=seeds, planner=planner)

    def method(self, key):
        if key not in self.methods:
            raise UnknownKey(key)
        return self.methods[key]

    def load(self, dataset, table):
        if dataset in self.absent:
            raise DataMissing(f"{dataset} is not at hand")
        x = np.zeros((20, 2), dtype=np.float32)
        y = np.arange(20) % N_CLASSES
        numbers, flags = np.arange(2), np.zeros(2, dtype=bool)
        fit = FitData(Rows(x, y), Rows(x, y), N_CLASSES, numbers, flags)
        return ToyLoaded(fit, Rows(x, y), self.digest)

    def fit_networks(self, jobs, context):
        for number, job in enumerate(jobs):
            context.tell(number / len(jobs), "epoch 1")
            for _ in range(10):
                if context.stop.is_set():
                    raise Interrupted
                time.sleep(self.seconds / 10)
            yield job.run_id, self.fitted(job.seed, job.title)

    def fit_tree(self, data, settings, seed, device):
        time.sleep(self.seconds)
        return self.fitted(seed, f"tree {seed}")

    def fit_bush(self, data, settings, seed, device):
        time.sleep(self.seconds)
        title = f"bush {seed} {sorted(settings.items())}"
        if settings["rate"] > 0.5:
            raise MethodFailed(f"the rate {settings['rate']:.3f} is too large")
        if settings["depth"] == 7:
            raise ZeroDivisionError("seven")
        return self.fitted(int(sha256(title.encode()).hexdigest()[:8], 16), title)

    def fit_broken(self, data, settings, seed, device):
        raise MethodFailed(f"the loss of seed {seed} is not finite")

    def fitted(self, seed, title):
        with self.made.open("a") as file:
            file.write(f"{title}\n")
        facts = {"first_loss": np.float32(1.5), "last_loss": float(seed)}
        return Fitted(ToyPredictor(seed), facts, [{"epoch": 0, "loss": 1.5}], {"fit": 0.5})


def options(cache, **changes):
    """Quick to look again at what another process has."""
    return Options(cache=cache, poll_seconds=0.02, **changes)


def main(results, cache, seconds, words):
    """Make every run of the plan."""
    toys = Toys(results.parent / "made.txt", seconds)
    datasets = [word for word in words if word not in toys.methods] or ("one", "two")
    methods = [word for word in words if word in toys.methods] or ("net-a", "net-b", "tree")
    with stoppable(lambda line: print(line, flush=True)) as stop:
        outcome = run_jobs(
            toys.jobs(datasets, methods),
            Store(results),
            options(cache),
            stop=stop,
            tools=toys.tools,
        )
    print(f"{len(outcome.done)} done, {len(outcome.elsewhere)} elsewhere", flush=True)
    return exit_status(outcome)


def start(folder, seconds, *datasets, stdout=subprocess.PIPE):
    """This script in a process of its own."""
    toy = Path(__file__)
    words = [sys.executable, str(toy), str(folder / "results"), str(folder / "cache"), str(seconds)]
    paths = os.pathsep.join([str(toy.parent.parent), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths}
    return subprocess.Popen([*words, *datasets], env=environment, stdout=stdout, text=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))
