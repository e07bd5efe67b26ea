"""Engines that make cohorts on other machines: which there are, and what a cohort needs there."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from math import prod
from typing import TYPE_CHECKING

from bench.datasets.catalogue import PICTURE_SHAPE, TabularDataset, find_dataset
from bench.declared.toml import read_declared, strict
from bench.errors import UsageError
from bench.folders import results_folder
from bench.run.cohort import Cohort
from bench.run.estimate import estimate_seconds, read_pace, run_bytes
from bench.run.fit import Options
from iunet.declare.contract import closest_first

if TYPE_CHECKING:
    from bench.run.execute import Engine

LOCAL = "local"
ENGINES = ("slurm", "ray")
"""Each a module of bench.run with a function `engine`, and an extra of the distribution."""

SITE = "cluster.toml"
"""The file of a results folder that says how its engines work."""

PROCESS_BYTES = 3 * 2**30
"""What a process holds beside its runs and data: Python with torch and its libraries."""

COPIES = 4
"""Times that the values of a dataset are held: read, encoded, split, on their way."""


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
        module = import_module(f"bench.run.{name}")
    except ImportError as error:
        step = f"`pip install 'iunet-bench[{name}]'` installs it"
        raise UsageError(
            f"--on {name} needs {error.name}, which is not installed; {step}"
        ) from error
    found: Engine = module.engine(site_settings())
    return found
