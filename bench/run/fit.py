"""Fitting runs that search nothing; an error ends the run it belongs to and no other."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from bench.datasets.load import Loaded, load_dataset
from bench.datasets.preparation import Preparation
from bench.errors import CannotWrite
from bench.plan.job import Job
from bench.render.files import CACHE, unwritable
from iunet.declare.contract import Fitted, Learner
from iunet.declare.data import FitData
from iunet.declare.settings import Chain
from iunet.train.progress import Interrupted

DISK = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)


@dataclass(frozen=True)
class FitOptions:
    """How runs are fitted.

    Args:
        device: "cpu" or "cuda".
        workers: threads on a CPU.
        cache: folder for finished stages and checkpoints.
        results: folder in which the trials of searches are kept.
        provenance: where a finished fit comes from, see bench.run.environment.
        tell: called with the share that is done, in [0, 1], and what runs; from any thread.
        stop: set to stop after the running epoch.
    """

    device: str
    workers: int
    cache: Path
    results: Path
    provenance: Callable[[Job], Mapping[str, Any]]
    tell: Callable[[float, str], None]
    stop: threading.Event


Load = Callable[[str, Preparation], Loaded]
"""From a dataset's key and a preparation to its data."""

Fits = Iterator[tuple[str, Fitted | Exception]]
"""What each run's fit gave, or the error that ended it, by run id."""

FitNetworks = Callable[[Loaded, str, Sequence[Job], FitOptions], Fits]
"""Trains networks of one kind on the same data together."""


@dataclass(frozen=True)
class Tools:
    """Loading data, and training networks on it; tests bring their own."""

    load: Load
    fit_networks: FitNetworks


def real_tools() -> Tools:
    """Those of this suite."""
    return Tools(load=load_dataset, fit_networks=fit_networks)


def fit_networks(loaded: Loaded, net: str, jobs: Sequence[Job], how: FitOptions) -> Fits:
    """Train the networks of these jobs together; each comes as soon as it is finished.

    Raises:
        Interrupted: `how.stop` was set; running stages were checkpointed.
    """
    from iunet.train.cohort import Member, Progress, fit_cohort

    def told(progress: Progress) -> None:
        how.tell(progress.done / max(progress.total, 1.0), progress.what)

    members = [Member(j.run_id, j.work, j.seed) for j in jobs if isinstance(j.work, Chain)]
    yield from fit_cohort(
        loaded.fit,
        net,
        members,
        data_id=loaded.data_id,
        device=how.device,
        workers=how.workers,
        cache=how.cache,
        progress=told,
        stop=how.stop,
    )


Ended = tuple[Job, Fitted | Exception]
"""A job with what its fit gave, or the error that ended it."""


def fit_jobs(
    loaded: Loaded, net: str, jobs: Sequence[Job], how: FitOptions, tools: Tools
) -> Iterator[Ended]:
    """Networks together, then other methods; each as soon as it is finished.

    Raises:
        Interrupted: asked to stop; what is unfinished was checkpointed where it can be.
        CannotWrite: no room for intermediate files.
    """
    yield from _networks(loaded, net, [j for j in jobs if isinstance(j.work, Chain)], how, tools)
    yield from _learners(loaded, [job for job in jobs if isinstance(job.work, Learner)], how)


def _networks(
    loaded: Loaded, net: str, jobs: Sequence[Job], how: FitOptions, tools: Tools
) -> Iterator[Ended]:
    """All together; after an error that is nobody's, once more method by method."""
    left = {job.run_id: job for job in jobs}
    if not left:
        return
    try:
        for key, got in tools.fit_networks(loaded, net, jobs, how):
            if isinstance(got, Exception):
                _raise_if_disk(got, how)
            yield left.pop(key), got
    except (CannotWrite, Interrupted):
        raise
    except Exception as error:
        _raise_if_disk(error, how)
        methods = list(dict.fromkeys(job.method for job in left.values()))
        if len(methods) < 2:
            yield from [(job, error) for job in left.values()]
            return
        for method in methods:
            own = [job for job in left.values() if job.method == method]
            yield from _networks(loaded, net, own, how, tools)
        return
    yield from [(job, RuntimeError("training gave no result")) for job in left.values()]


def _learners(loaded: Loaded, jobs: Sequence[Job], how: FitOptions) -> Iterator[Ended]:
    """One after another, or side by side where their libraries can."""
    alone = not all(isinstance(job.work, Learner) and job.work.in_threads for job in jobs)
    done = count()

    def one(job: Job) -> Ended:
        if how.stop.is_set():
            raise Interrupted
        how.tell(next(done) / len(jobs), job.title)
        return job, _learned(loaded, job, how)

    if alone or how.workers == 1:
        yield from map(one, jobs)
        return
    with ThreadPoolExecutor(how.workers) as pool:
        for ended in as_completed([pool.submit(one, job) for job in jobs]):
            yield ended.result()


def _learned(loaded: Loaded, job: Job, how: FitOptions) -> Fitted | Exception:
    assert isinstance(job.work, Learner) and isinstance(loaded.fit, FitData)
    start = time.perf_counter()
    try:
        fitted = job.work.fit(loaded.fit, job.work.settings, job.seed, how.device)
    except Exception as error:
        _raise_if_disk(error, how)
        return error
    seconds = fitted.seconds or {"fit": time.perf_counter() - start}
    return replace(fitted, seconds=seconds)


def _raise_if_disk(error: Exception, how: FitOptions) -> None:
    """A full disk ends everything: it is not the fault of a run."""
    with unwritable(how.cache, CannotWrite, CACHE):
        if isinstance(error, OSError) and error.errno in DISK:
            raise error
        if "No space left on device" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
