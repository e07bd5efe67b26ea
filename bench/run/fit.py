"""Fitting runs that search nothing; an error ends the run it belongs to and no other."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from bench.datasets.load import Loaded
from bench.errors import CannotWrite
from bench.folders import cache_folder
from bench.plan.job import Job
from bench.render.files import CACHE, unwritable
from bench.run.cohort import Cohort
from bench.run.environment import Code
from iunet.declare.contract import Fitted, Learner
from iunet.declare.data import FitData
from iunet.declare.settings import Chain
from iunet.train.progress import Interrupted

DISK = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)

Fits = Iterator[tuple[str, Fitted | Exception]]
"""What each run's fit gave, or the error that ended it, by run id."""

Ended = tuple[Job, Fitted | Exception]
"""A job with what its fit gave, or the error that ended it."""


@dataclass(frozen=True)
class Options:
    """How to run, nothing of which moves a result.

    Args:
        device: "cpu" or "cuda".
        workers: threads on a CPU.
        cache: folder for finished stages, checkpoints and the measured pace.
        keep_stages: leave stages of finished cohorts there.
        poll_seconds: how often a cohort of another process is looked at.
    """

    device: str = "cpu"
    workers: int = 1
    cache: Path = field(default_factory=cache_folder)
    keep_stages: bool = False
    poll_seconds: float = 1.0


@dataclass(frozen=True)
class FitContext:
    """What the fits of one cohort share.

    Args:
        cohort: the runs, their dataset and net.
        loaded: their data, of which a fit sees the training and validation rows.
        options: device and threads.
        fit_networks: trains networks together; see the function of this name.
        stages: folder for finished stages and checkpoints.
        results: folder in which the trials of searches are kept.
        tell: called with the share that is done, in [0, 1], and what runs; from any thread.
        stop: set to stop after the running epoch.
        code: what runs.
    """

    cohort: Cohort
    loaded: Loaded
    options: Options
    fit_networks: FitNetworks
    stages: Path
    results: Path
    tell: Callable[[float, str], None]
    stop: threading.Event
    code: Code


FitNetworks = Callable[[Sequence[Job], FitContext], Fits]


def fit_networks(jobs: Sequence[Job], context: FitContext) -> Fits:
    """Train the networks of these jobs together; each comes as soon as it is finished.

    Raises:
        Interrupted: `context.stop` was set; running stages were checkpointed.
    """
    from iunet.train.cohort import Member, Progress, fit_cohort

    def tell(progress: Progress) -> None:
        context.tell(progress.done / max(progress.total, 1.0), progress.what)

    members = [Member(j.run_id, j.work, j.seed) for j in jobs if isinstance(j.work, Chain)]
    return fit_cohort(
        context.loaded.fit,
        context.cohort.net,
        members,
        data_id=context.loaded.data_id,
        device=context.options.device,
        workers=context.options.workers,
        cache=context.stages,
        progress=tell,
        stop=context.stop,
    )


def fit_jobs(jobs: Sequence[Job], context: FitContext) -> Iterator[Ended]:
    """Networks together, then other methods; each as soon as it is finished.

    Raises:
        Interrupted: asked to stop; what is unfinished was checkpointed where it can be.
        CannotWrite: no room for intermediate files.
    """
    yield from _networks([job for job in jobs if isinstance(job.work, Chain)], context)
    yield from _learners([job for job in jobs if isinstance(job.work, Learner)], context)


def _networks(jobs: Sequence[Job], context: FitContext) -> Iterator[Ended]:
    """All together; after an error that is nobody's, once more method by method."""
    left = {job.run_id: job for job in jobs}
    if not left:
        return
    error: Exception = RuntimeError("training gave no result")
    try:
        for key, got in context.fit_networks(jobs, context):
            if isinstance(got, Exception):
                _raise_if_disk(got, context)
            yield left.pop(key), got
    except (CannotWrite, Interrupted):
        raise
    except Exception as raised:
        _raise_if_disk(raised, context)
        methods = dict.fromkeys(job.method for job in left.values())
        if len(methods) > 1:
            for method in methods:
                own = [job for job in left.values() if job.method == method]
                yield from _networks(own, context)
            return
        error = raised
    yield from [(job, error) for job in left.values()]


def _learners(jobs: Sequence[Job], context: FitContext) -> Iterator[Ended]:
    """One after another, or side by side where their libraries can."""
    in_threads = all(isinstance(job.work, Learner) and job.work.in_threads for job in jobs)
    begun = count()

    def fit(job: Job) -> Ended:
        if context.stop.is_set():
            raise Interrupted
        context.tell(next(begun) / len(jobs), job.title)
        return job, _learned(job, context)

    if not in_threads or context.options.workers == 1:
        yield from map(fit, jobs)
        return
    with ThreadPoolExecutor(context.options.workers) as pool:
        for ended in as_completed([pool.submit(fit, job) for job in jobs]):
            yield ended.result()


def _learned(job: Job, context: FitContext) -> Fitted | Exception:
    data = context.loaded.fit
    assert isinstance(job.work, Learner) and isinstance(data, FitData)
    start = time.perf_counter()
    try:
        fitted = job.work.fit(data, job.work.settings, job.seed, context.options.device)
    except Exception as error:
        _raise_if_disk(error, context)
        return error
    return replace(fitted, seconds=fitted.seconds or {"fit": time.perf_counter() - start})


def _raise_if_disk(error: Exception, context: FitContext) -> None:
    """A full disk, or intermediate files that are refused, end everything: no run is to blame."""
    with unwritable(context.stages, CannotWrite, CACHE):
        if isinstance(error, OSError) and error.errno in DISK:
            raise error
        refused = str(error.filename) if isinstance(error, PermissionError) else ""
        if refused.startswith(str(context.stages)):
            raise error
        if "No space left on device" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
