"""Engines that make cohorts on other machines: which there are, what a cohort needs there, and how
a machine without the results folder makes one."""

from __future__ import annotations

import json
import platform
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from copy import deepcopy
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from math import prod
from pathlib import Path

from bench.datasets.catalogue import PICTURE_SHAPE, TabularDataset, find_dataset
from bench.datasets.load import Loaded
from bench.declared.toml import read_declared, strict
from bench.errors import BenchError, UsageError
from bench.folders import cache_folder, results_folder
from bench.plan.job import Job
from bench.render.files import CACHE, write_durable
from bench.run.cohort import Cohort
from bench.run.environment import EVERY_RUN, choose_device, code_digest
from bench.run.estimate import estimate_seconds, read_pace, run_bytes
from bench.run.execute import Engine, Outcome, Site, Tools, run_jobs
from bench.run.fit import Options
from bench.run.progress import reporter_for
from bench.run.search import trials_id
from bench.store.records import Failure
from bench.store.store import Store
from iunet.declare.contract import closest_first
from iunet.declare.tuned import Search

LOCAL = "local"
ENGINES = ("slurm", "ray")
"""Each a module of bench.run with a function `engine`, and an extra of the distribution."""

SITE = "cluster.toml"
"""The file of a results folder that says how its engines work."""

TEMPLATE = """\
# How `--on slurm` and `--on ray` send runs. What is commented out stands at its default.

[slurm]
# partition = "gpu"
# account = "lab"
# hours = 24.0                        # the site's limit of a job; the run goes on in another
# gpu = "gpu:a100:1"                  # what --gres asks for; without it runs are made on processors
# array = 500                         # jobs of an array, at most
# setup = ["module load python/3.11"] # shell lines before each job
# more = { qos = "long" }             # further options of sbatch

[ray]
# address = "auto"                    # "auto" finds a running cluster, "local" starts one here
# gpus = 0.0                          # of a task, parts allowed
"""
"""What `bench cluster init` writes."""

PROCESS_BYTES = 3 * 2**30
"""What a process holds beside its runs and data: Python with torch and its libraries."""

COPIES = 4
"""Times that the values of a dataset are held: read, encoded, split, on their way."""

POLL_SECONDS = 0.05
"""How often finished files are looked for."""

PARTS = ("runs", "failures", "trials")
"""Folders of a results folder whose files are sent."""

TRIAL = re.compile(r"trials/[0-9a-f]{16}/[0-9]{4,}\.json")


@strict
@dataclass(frozen=True)
class Slurm:
    """How jobs are sent to SLURM.

    Args:
        partition, account: the site's defaults where empty.
        hours: the site's time limit of a job; one that meets it goes on in another.
        gpu: what `--gres` asks for, such as "gpu:a100:1"; empty for processors only.
        array: jobs of an array, at most.
        setup: shell lines before each job, such as "module load python/3.11".
        more: further options of sbatch, without dashes.
    """

    partition: str = ""
    account: str = ""
    hours: float = 24.0
    gpu: str = ""
    array: int = 500
    setup: tuple[str, ...] = ()
    more: dict[str, str] | None = None


@strict
@dataclass(frozen=True)
class Ray:
    """How tasks are sent to Ray.

    Args:
        address: of the cluster; "auto" finds a running one, "local" starts one here.
        gpus: of a task, parts allowed; 0 for processors only.
    """

    address: str = "auto"
    gpus: float = 0.0


@strict
@dataclass(frozen=True)
class SiteSettings:
    """What SITE says."""

    slurm: Slurm = Slurm()
    ray: Ray = Ray()


@dataclass(frozen=True)
class Needs:
    """What a cohort takes of a machine.

    Args:
        cores: threads.
        memory: bytes.
        hours: estimated.
    """

    cores: int
    memory: int
    hours: float


def needs_of(cohort: Cohort, options: Options) -> Needs:
    """What the runs of a cohort take when they are made with these options."""
    pace = read_pace(options.cache, options.device)
    seconds = estimate_seconds(cohort.jobs, pace, options.workers)
    entry = find_dataset(cohort.dataset)
    columns = entry.features if isinstance(entry, TabularDataset) else prod(PICTURE_SHAPE)
    data = COPIES * 4 * entry.rows * columns
    at_once = min(2 * options.workers, len(cohort.jobs))
    memory = PROCESS_BYTES + data + at_once * max(map(run_bytes, cohort.jobs))
    return Needs(options.workers, memory, seconds / 3600)


def site_settings() -> SiteSettings:
    """What SITE of the results folder says; the defaults where there is none.

    Raises:
        BenchError: it cannot be read, or has an unknown, missing or wrong key.
    """
    path = results_folder() / SITE
    return read_declared(SiteSettings, path) if path.exists() else SiteSettings()


def write_site() -> Path:
    """Write TEMPLATE as SITE of the results folder; its path.

    Raises:
        UsageError: there is one.
        CannotWrite: the folder cannot be written to.
    """
    path = results_folder() / SITE
    if path.exists():
        raise UsageError(f"{path} is there; edit it, or delete it first")
    write_durable(path, TEMPLATE.encode())
    return path


def find_engine(name: str) -> Engine | None:
    """The engine of this name; None for this process.

    Raises:
        UsageError: no such engine, or its library is not installed.
    """
    if name == LOCAL:
        return None
    if name not in ENGINES:
        known = closest_first(name, (LOCAL, *ENGINES))
        raise UsageError(f"no engine called {name!r}; known: {known}")
    try:
        found: Engine = import_module(f"bench.run.{name}").engine(site_settings())
    except ImportError as error:
        step = f"`pip install 'iunet-bench[{name}]'` installs it"
        raise UsageError(
            f"--on {name} needs {error.name}, which is not installed; {step}"
        ) from error
    return found


@dataclass(frozen=True)
class Order:
    """What a machine that does not have the results folder is asked for.

    Args:
        cohort: with the runs that are missing.
        options: device and threads; the cache is the machine's own.
        code: digest of the code here.
        origin: names the results folder that the runs are for.
        trials: of the searches among the runs, those that are finished, by path.
    """

    cohort: Cohort
    options: Options
    code: str
    origin: str
    trials: Mapping[str, bytes]


@dataclass(frozen=True)
class Report:
    """What such a machine sends.

    Args:
        node: where it is.
        share: of the work that is done, in [0, 1].
        files: contents of finished ones by path in the results folder; of a run those of its
            record and its predictions.
    """

    node: str
    share: float
    files: Mapping[str, tuple[bytes, ...]]


def order_of(cohort: Cohort, data_id: str, site: Site) -> Order:
    """The order for these runs on the data of this id."""
    results = site.store.results
    searches = [(job.work, job.net) for job in cohort.jobs if isinstance(job.work, Search)]
    names = {trials_id(search, data_id, net) for search, net in searches}
    trials = {
        path.relative_to(results).as_posix(): path.read_bytes()
        for name in sorted(names)
        for path in (results / "trials" / name).glob("*.json")
    }
    origin = f"{platform.node()}:{results.resolve()}"
    return Order(cohort, site.options, code_digest(), origin, trials)


def keep(report: Report, left: dict[str, Job], store: Store) -> Outcome:
    """Write what a machine sent; a run that is made or has failed is left no more.

    Args:
        report: what it sent.
        left: the runs that it was asked for, by `run_file`.
        store: of the results folder.

    Raises:
        BenchError: a file that is none of these runs.
        CannotWrite: full disk or read-only folder.
    """
    kept = Outcome()
    for name, content in report.files.items():
        part, _, own = name.partition("/")
        if part == "runs" and own in left:
            store.write_contents(left[own], *content)
            kept.done.append(left.pop(own))
        elif part == "failures" and own in left:
            failure = Failure(**json.loads(content[0]))
            store.write_failure(left.pop(own), failure)
            kept.failed.append(failure)
        elif TRIAL.fullmatch(name):
            write_durable(store.results / name, content[0])
        else:
            raise BenchError(f"{report.node} sent {name!r}, which is no file of its runs")
    return kept


def made_apart(order: Order, loaded: Loaded, node: str) -> Iterator[Report]:
    """Make the runs of an order on this machine, and send every file as soon as it is finished.

    They are made in a folder of its own, which stays while runs are left: on the same machine the
    next order for them goes on from the stages that it has.

    Raises:
        UsageError: this machine has other code, or no GPU where one is wanted.
        CannotWrite: its cache folder takes no files.
    """
    _refuse_other_machine(order, node)
    yield Report(node, 0.0, {})
    for library in EVERY_RUN:  # as where the data are loaded
        import_module(library)
    name = f"{platform.node()}\n{order.origin}\n{order.cohort.key}"
    store = Store(cache_folder() / "apart" / sha256(name.encode()).hexdigest()[:16])
    for part in PARTS:
        shutil.rmtree(store.results / part, ignore_errors=True)
    for path, content in order.trials.items():
        write_durable(store.results / path, content, CACHE)
    yield from _made(order, loaded, store, node)
    if not store.missing(order.cohort.jobs):
        shutil.rmtree(store.results, ignore_errors=True)


def _made(order: Order, loaded: Loaded, store: Store, node: str) -> Iterator[Report]:
    """Make the runs in a thread beside the one that sends."""
    stop, progress, sent, share = threading.Event(), reporter_for(None), set(order.trials), 0.0
    own = deepcopy(loaded)  # what several processes have in common cannot be written to
    options = replace(order.options, cache=cache_folder())

    def make() -> None:
        tools = Tools(load=lambda dataset, preparation: own)
        run_jobs(order.cohort.jobs, store, options, progress=progress, stop=stop, tools=tools)

    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(make)
        try:
            while not making.done():
                wait([making], timeout=POLL_SECONDS)
                files = dict(_finished(store.results, sent))
                if files or progress.done > share + 0.01:
                    share = progress.done
                    yield Report(node, share, files)
        finally:
            stop.set()
    making.result()
    yield Report(node, 1.0, dict(_finished(store.results, sent)))


def _finished(results: Path, sent: set[str]) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Every file that was not sent before, see Report."""
    for path in sorted(path for part in PARTS for path in (results / part).rglob("*.json")):
        name = path.relative_to(results).as_posix()
        if name not in sent:
            sent.add(name)
            files = [path, path.with_suffix(".npz")] if name.startswith("runs/") else [path]
            yield name, tuple(file.read_bytes() for file in files)


def _refuse_other_machine(order: Order, node: str) -> None:
    if (own := code_digest()) != order.code:
        raise UsageError(
            f"{node} has other code ({own}, here {order.code}); install the same iunet-bench on "
            f"every node, and start the engine's processes there anew"
        )
    if order.options.device == "cuda" and choose_device() != "cuda":
        raise UsageError(
            f"torch sees no GPU on {node}; install a torch with CUDA there, or ask for no GPU in "
            f"{SITE} of the results folder"
        )
