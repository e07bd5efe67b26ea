"""Fitting the runs of a cohort; an error ends the run it belongs to and no other."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from itertools import count

from bench.datasets.load import Loaded
from bench.errors import CannotWrite
from bench.plan.identity import canonical, plain
from bench.plan.job import Job
from bench.render.files import CACHE, unwritable
from bench.run.search import searched
from bench.run.tools import FitOptions, Tools
from iunet.declare.contract import Fitted, Learner
from iunet.declare.data import FitData
from iunet.declare.settings import Chain
from iunet.declare.tuned import Search
from iunet.train.progress import Interrupted

DISK = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)

Ended = tuple[Job, Fitted | Exception]


def fit_all(
    loaded: Loaded, net: str, jobs: Sequence[Job], how: FitOptions, tools: Tools
) -> Iterator[Ended]:
    """Each job with what its fit gave or the error that ended it, as soon as it is known.

    Raises:
        Interrupted: asked to stop; what is unfinished was checkpointed where it can be.
        CannotWrite: no room for intermediate files.
    """
    networks = [job for job in jobs if isinstance(job.work, Chain)]
    yield from _networks(loaded, net, networks, how, tools)
    yield from _searched(loaded, net, jobs, how, tools)
    yield from _learners(loaded, [job for job in jobs if isinstance(job.work, Learner)], how)


def _searched(
    loaded: Loaded, net: str, jobs: Sequence[Job], how: FitOptions, tools: Tools
) -> Iterator[Ended]:
    """Search once for all seeds, then fit each of them under the configuration that was chosen."""
    groups: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        if isinstance(job.work, Search):
            same = job.method, canonical(job.work.settings(plain))
            groups.setdefault(same, []).append(job)

    def fit(some: Sequence[Job], within: FitOptions, on: Loaded = loaded) -> Iterator[Ended]:
        return fit_all(on, net, some, within, tools)

    for own in groups.values():
        search = own[0].work
        assert isinstance(search, Search)
        try:
            chosen = searched(loaded, own[0], search, how, fit)
        except (CannotWrite, Interrupted):
            raise
        except Exception as error:
            yield from ((job, error) for job in own)
            continue
        work = search.winner(chosen.best.config, chosen.best.facts)
        waiting = {job.run_id: job for job in own}
        on = _joined(loaded) if search.refit else loaded
        for job, got in fit([replace(job, work=work) for job in own], how, on):
            if isinstance(got, Fitted):
                got = replace(got, facts={**got.facts, **chosen.facts})
            yield waiting[job.run_id], got


def _joined(loaded: Loaded) -> Loaded:
    """The same data for a fit on training and validation rows."""
    assert isinstance(loaded.fit, FitData)
    return replace(loaded, fit=loaded.fit.joined(), data_id=f"{loaded.data_id}-joined")


def refitted(job: Job) -> bool:
    """Whether a job is fitted on the validation rows too, so that they cannot score it."""
    return isinstance(job.work, Search) and job.work.refit


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
