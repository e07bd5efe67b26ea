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

from bench.datasets.load import Loaded
from bench.errors import CannotWrite
from bench.plan.job import Job
from bench.render.files import CACHE, unwritable
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
class FitContext:
    """What the fits of one cohort share.

    Args:
        loaded: their data, of which they see the training and validation rows.
        net: the key of their net.
        fit_networks: trains networks together; see the function of this name.
        device: "cpu" or "cuda".
        workers: threads on a CPU.
        stages: folder for finished stages and checkpoints.
        results: folder in which the trials of searches are kept.
        provenance: where a finished fit comes from, see bench.run.environment.
        tell: called with the share that is done, in [0, 1], and what runs; from any thread.
        stop: set to stop after the running epoch.
    """

    loaded: Loaded
    net: str
    fit_networks: FitNetworks
    device: str
    workers: int
    stages: Path
    results: Path
    provenance: Callable[[Job], Mapping[str, Any]]
    tell: Callable[[float, str], None]
    stop: threading.Event


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
        context.net,
        members,
        data_id=context.loaded.data_id,
        device=context.device,
        workers=context.workers,
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

    if not in_threads or context.workers == 1:
        yield from map(fit, jobs)
        return
    with ThreadPoolExecutor(context.workers) as pool:
        for ended in as_completed([pool.submit(fit, job) for job in jobs]):
            yield ended.result()


def _learned(job: Job, context: FitContext) -> Fitted | Exception:
    data = context.loaded.fit
    assert isinstance(job.work, Learner) and isinstance(data, FitData)
    start = time.perf_counter()
    try:
        fitted = job.work.fit(data, job.work.settings, job.seed, context.device)
    except Exception as error:
        _raise_if_disk(error, context)
        return error
    return replace(fitted, seconds=fitted.seconds or {"fit": time.perf_counter() - start})


def _raise_if_disk(error: Exception, context: FitContext) -> None:
    """A full disk ends everything: it is not the fault of a run."""
    with unwritable(context.stages, CannotWrite, CACHE):
        if isinstance(error, OSError) and error.errno in DISK:
            raise error
        if "No space left on device" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
