"""Making the missing runs: cohort by cohort, each finished run written at once, failures kept."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.errors import DataError
from bench.folders import cache_folder
from bench.plan.job import Job
from bench.run.cohort import Cohort, claimed, group, stages_folder
from bench.run.estimate import FindTable, estimate_seconds, keep_pace, measured_pace, read_pace
from bench.run.fit import fit_all, refitted
from bench.run.loading import Loader
from bench.run.memory import peak_bytes, reset_peak
from bench.run.progress import Reporter, Silent
from bench.run.provenance import Code, code_version, provenance_of
from bench.run.score import cost_of, result_of
from bench.run.tools import Loaded, Tools, Walk, real_tools
from bench.store.records import Failure, failure_of, new_record
from bench.store.store import Store
from bench.store.write import CACHE, CannotWrite, probe
from iunet.declare.contract import Fitted
from iunet.declare.data import without_rows
from iunet.train.progress import Interrupted


@dataclass
class Outcome:
    """What became of the missing runs.

    Args:
        done: made and written here.
        elsewhere: made meanwhile by another process.
        failed: ended without a result, here or meanwhile elsewhere.
        missing_data: datasets that could not be loaded, and why.
        interrupted: asked to stop before the end.
    """

    done: list[Job] = field(default_factory=list)
    elsewhere: list[Job] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    missing_data: dict[str, DataError] = field(default_factory=dict)
    interrupted: bool = False


@dataclass(frozen=True)
class Options:
    """How to run, nothing of which moves a result.

    Args:
        device: "cpu" or "cuda".
        workers: threads on a CPU.
        cache: folder for finished stages, checkpoints and the measured pace.
        keep_stages: leave stages of finished cohorts there.
        poll_seconds: how often a cohort of another process is looked at.
        find: rows of a dataset, for the estimate; the catalogue's unless given.
    """

    device: str = "cpu"
    workers: int = 1
    cache: Path = field(default_factory=cache_folder)
    keep_stages: bool = False
    poll_seconds: float = 1.0
    find: FindTable | None = None


def run_jobs(
    jobs: Iterable[Job],
    store: Store,
    options: Options | None = None,
    *,
    progress: Reporter | None = None,
    stop: threading.Event | None = None,
    tools: Tools | None = None,
) -> Outcome:
    """Make those of the jobs that no record exists of; every finished run is written at once.

    Another process may work on the same results folder: what it has claimed is left to it, and
    looked at again in the end.

    Args:
        jobs: see bench.plan.plan.plan_jobs.
        store: where records are looked for and written.
        options: device, workers, folders.
        progress: is told how far things are.
        stop: set it to stop after the running epoch of networks, with a checkpoint, or after the
            running fit of another method.
        tools: other collaborators than the suite's own.

    Raises:
        CannotWrite: results or intermediate files cannot be written; found out before the first run
            where it can be.
    """
    missing = store.missing(jobs)
    if not missing:
        return Outcome()
    how = options or Options()
    store.probe()
    probe(how.cache, CACHE)
    executor = _Executor(
        store, how, progress or Silent(), stop or threading.Event(), tools or real_tools()
    )
    return executor.run(missing)


class _Executor:
    """The state of one `run_jobs`."""

    def __init__(
        self,
        store: Store,
        options: Options,
        progress: Reporter,
        stop: threading.Event,
        tools: Tools,
    ) -> None:
        self._store = store
        self._options = options
        self._progress = progress
        self._stop = stop
        self._tools = tools
        self._loader = Loader(tools.load, store)
        self._code: Code = code_version()
        self._outcome = Outcome()
        self._failed_before: dict[str, int | None] = {}

    def run(self, jobs: Sequence[Job]) -> Outcome:
        """Everything; see run_jobs."""
        self._failed_before = {job.run_id: self._store.failed_at(job.run_id) for job in jobs}
        self._progress.begin(self._seconds(jobs))
        try:
            self._all(group(jobs))
        except Interrupted:
            self._outcome.interrupted = True
        finally:
            self._progress.end()
        return self._outcome

    def _all(self, cohorts: Sequence[Cohort]) -> None:
        waiting = [cohort for cohort in cohorts if not self._try(cohort)]
        if waiting:
            count = sum(len(cohort.jobs) for cohort in waiting)
            self._progress.say(f"another process has {count} of these runs in hand; waiting")
        while waiting:
            if self._stop.wait(self._options.poll_seconds):
                raise Interrupted
            waiting = [cohort for cohort in waiting if not self._try(cohort, waited=True)]

    def _try(self, cohort: Cohort, *, waited: bool = False) -> bool:
        """Make what is missing of a cohort; False while another process has it."""
        if self._stop.is_set():
            raise Interrupted
        with claimed(self._store.results / "locks", cohort.key) as mine:
            if not mine:
                return False
            left = self._left(cohort, waited)
            if left:
                self._cohort(replace(cohort, jobs=tuple(left)))
            return True

    def _left(self, cohort: Cohort, waited: bool) -> list[Job]:
        """What is still missing now that nobody else works on it."""
        self._store.refresh()
        missing = self._store.missing(cohort.jobs)
        self._outcome.elsewhere += [job for job in cohort.jobs if job not in missing]
        return [job for job in missing if not (waited and self._failed_elsewhere(job))]

    def _failed_elsewhere(self, job: Job) -> bool:
        failure = self._store.failure(job.run_id)
        before = self._failed_before[job.run_id]
        if failure is None or self._store.failed_at(job.run_id) == before:
            return False
        self._outcome.failed.append(failure)
        return True

    def _cohort(self, cohort: Cohort) -> None:
        self._progress.cohort(cohort.title, self._seconds(cohort.jobs))
        loaded = self._load(cohort)
        if loaded is None:
            return
        cache = stages_folder(self._options.cache, self._store.results, cohort)
        resumed, before, start = cache.exists(), len(self._outcome.failed), time.monotonic()
        reset_peak(self._options.device)
        walk = self._walk(cache, loaded, cohort)
        for job, got in fit_all(loaded, cohort.net, cohort.jobs, walk, self._tools):
            self._end(job, got, loaded, walk)
        if len(self._outcome.failed) == before:
            self._clean(cohort, cache, None if resumed else time.monotonic() - start)

    def _load(self, cohort: Cohort) -> Loaded | None:
        """The cohort's data; None, and a note, where it cannot be had."""
        try:
            return self._loader.load(cohort)
        except DataError as error:
            self._note(cohort.dataset, error)
        except Exception as error:
            for job in cohort.jobs:
                self._fail(job, error)
        return None

    def _note(self, dataset: str, error: DataError) -> None:
        if str(self._outcome.missing_data.get(dataset, "")) != str(error):
            self._progress.say(str(error))
        self._outcome.missing_data[dataset] = error

    def _end(self, job: Job, got: Fitted | Exception, loaded: Loaded, walk: Walk) -> None:
        """Score and write one run, or keep why there is nothing to write."""
        if isinstance(got, Exception):
            self._fail(job, got)
            return
        valid = without_rows(loaded.fit.valid) if refitted(job) else loaded.fit.valid
        try:
            result, predictions = result_of(got, valid, loaded.test, loaded.fit.n_classes)
        except Exception as error:
            self._fail(job, error)
            return
        cost = cost_of(got, peak_bytes(self._options.device))
        self._store.write(new_record(job, result, cost, walk.provenance(job)), predictions)
        self._outcome.done.append(job)

    def _fail(self, job: Job, error: Exception) -> None:
        failure = failure_of(job, error)
        self._store.write_failure(job, failure)
        self._outcome.failed.append(failure)
        self._progress.say(f"failed: {job.title}: {failure.reason}")

    def _walk(self, cache: Path, loaded: Loaded, cohort: Cohort) -> Walk:
        how = self._options

        def provenance(job: Job) -> dict[str, Any]:
            return provenance_of(
                job,
                self._code,
                loaded,
                device=how.device,
                cohort=cohort.key,
                threads=how.workers,
            )

        return Walk(
            device=how.device,
            workers=how.workers,
            cache=cache,
            trials=self._store.results,
            provenance=provenance,
            tell=self._progress.within,
            stop=self._stop,
        )

    def _clean(self, cohort: Cohort, cache: Path, seconds: float | None) -> None:
        """After a cohort without failures: remember its pace, drop its stages."""
        how = self._options
        pace = measured_pace(cohort.jobs, seconds, how.workers, how.find) if seconds else None
        if pace is not None:
            with suppress(CannotWrite):  # an estimate is not worth a run
                keep_pace(how.cache, how.device, pace)
        if not how.keep_stages:
            shutil.rmtree(cache, ignore_errors=True)

    def _seconds(self, jobs: Sequence[Job]) -> float:
        how = self._options
        return estimate_seconds(jobs, read_pace(how.cache, how.device), how.workers, how.find)
