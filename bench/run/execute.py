"""Making the missing runs: cohort by cohort, each finished run written at once, failures kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain

from bench.datasets.load import Loaded, load_dataset
from bench.datasets.preparation import Preparation
from bench.errors import CannotWrite, DataError
from bench.plan.job import NO_NET, Job
from bench.render.files import CACHE, TEMPORARY, probe, remove_abandoned
from bench.run.cohort import (
    Cohort,
    claimed,
    drop_needless_stages,
    drop_stages,
    group,
    is_needless,
    own_stages,
    refuse_other_data,
    stages_folder,
)
from bench.run.environment import Code, code_version
from bench.run.estimate import RowsOf, catalogue_rows, estimate_seconds, keep_pace, read_pace
from bench.run.fit import FitContext, FitNetworks, Options, fit_networks
from bench.run.progress import Reporter, reporter_for
from bench.run.score import record_of, reset_peak
from bench.run.search import fit_all
from bench.store.records import DamagedRecord, Failure, failure_of
from bench.store.store import Store
from iunet.declare.contract import Fitted
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

    def add(self, other: Outcome) -> None:
        """Count what became of further runs."""
        self.done += other.done
        self.elsewhere += other.elsewhere
        self.failed += other.failed
        self.missing_data |= other.missing_data
        self.interrupted |= other.interrupted


@dataclass(frozen=True)
class Site:
    """What cohorts are made with: the arguments of `run_jobs`."""

    store: Store
    options: Options
    progress: Reporter
    stop: threading.Event


Engine = Callable[[Sequence[Cohort], Site], Outcome]
"""Makes cohorts elsewhere than in this process, each by a `run_jobs` of its own, so that what
shares a supernet stays together; returns when all of them have ended."""


@dataclass(frozen=True)
class Tools:
    """What loads data, trains networks on it and knows its size; tests bring their own."""

    load: Callable[[str, Preparation], Loaded] = load_dataset
    fit_networks: FitNetworks = fit_networks
    rows_of: RowsOf = catalogue_rows


def run_jobs(
    jobs: Iterable[Job],
    store: Store,
    options: Options | None = None,
    *,
    progress: Reporter | None = None,
    stop: threading.Event | None = None,
    tools: Tools | None = None,
    engine: Engine | None = None,
) -> Outcome:
    """Make those of the jobs that no record exists of; every finished run is written at once.

    Another process may work on the same results folder: what it has claimed is left to it, and
    looked at again in the end. Intermediate files that a killed command left and nobody needs are
    deleted, also where no run is missing.

    Args:
        jobs: see bench.plan.plan.plan_cells.
        store: where records are looked for and written.
        options: device, workers, folders.
        progress: is told how far things are.
        stop: set it to stop after the running epoch of networks, with a checkpoint, or after the
            running fit of another method.
        tools: other ones than the suite's own.
        engine: what makes the cohorts; this process where it is None.

    Raises:
        CannotWrite: results or intermediate files cannot be written; found out before the first run
            where it can be.
    """
    options = options or Options()
    drop_needless_stages(options.cache)
    remove_abandoned(chain(options.cache.glob(TEMPORARY), store.results.rglob(TEMPORARY)))
    missing = store.missing(jobs)
    if not missing:
        return Outcome()
    probe(store.results)
    probe(options.cache, CACHE)
    site = Site(store, options, progress or reporter_for(None), stop or threading.Event())
    if engine:
        return engine(group(missing), site)
    executor = _Executor(
        **vars(site),
        tools=tools or Tools(),
        failed_before={job.run_id: store.failed_at(job.run_id) for job in missing},
    )
    return executor.run(missing)


def still_missing(
    cohort: Cohort, store: Store, outcome: Outcome, failed_before: Mapping[str, int | None] | None
) -> list[Job]:
    """What a cohort lacks now that nobody else works on it.

    Args:
        cohort: claimed by now.
        store: looked at again.
        outcome: counts what others made, and what failed with them.
        failed_before: when failures were written before others had the cohort, see Store.failed_at;
            None where nobody had it.
    """
    store.refresh(cohort.dataset)
    missing = store.missing(cohort.jobs)
    absent = {job.run_id for job in missing}
    outcome.elsewhere += [job for job in cohort.jobs if job.run_id not in absent]
    left = []
    for job in missing:
        failure = store.failure(job.run_id) if failed_before is not None else None
        if failure and failed_before and store.failed_at(job.run_id) != failed_before[job.run_id]:
            outcome.failed.append(failure)
        else:
            left.append(job)
    return left


@dataclass
class _Executor:
    """The state of one `run_jobs`."""

    store: Store
    options: Options
    progress: Reporter
    stop: threading.Event
    tools: Tools
    failed_before: dict[str, int | None]
    code: Code = field(default_factory=code_version)
    outcome: Outcome = field(default_factory=Outcome)
    last: tuple[object, Loaded] | None = None
    """The data last loaded and its key: networks and other methods ask for it in turn."""

    def run(self, jobs: Sequence[Job]) -> Outcome:
        """Everything; see run_jobs."""
        self.progress.begin(self._seconds(jobs))
        try:
            self._all(group(jobs))
        except Interrupted:
            self.outcome.interrupted = True
        finally:
            self.progress.end()
        return self.outcome

    def _all(self, cohorts: Sequence[Cohort]) -> None:
        waiting = [cohort for cohort in cohorts if not self._try(cohort)]
        if waiting:
            count = sum(len(cohort.jobs) for cohort in waiting)
            self.progress.say(f"another process has {count} of these runs in hand; waiting")
        while waiting:
            if self.stop.wait(self.options.poll_seconds):
                raise Interrupted
            waiting = [cohort for cohort in waiting if not self._try(cohort, waited=True)]

    def _try(self, cohort: Cohort, *, waited: bool = False) -> bool:
        """Make what is missing of a cohort; False while another process has it."""
        if self.stop.is_set():
            raise Interrupted
        with claimed(self.store.results, cohort.key) as mine:
            before = self.failed_before if waited else None
            if mine and (left := still_missing(cohort, self.store, self.outcome, before)):
                self._cohort(replace(cohort, jobs=tuple(left)))
            return mine

    def _cohort(self, cohort: Cohort) -> None:
        self.progress.cohort(cohort.title, self._seconds(cohort.jobs))
        try:
            context = self._context(cohort)
        except DataError as error:
            if str(self.outcome.missing_data.get(cohort.dataset, "")) != str(error):
                self.progress.say(str(error))
            self.outcome.missing_data[cohort.dataset] = error
            return
        except Exception as error:
            for job in cohort.jobs:
                self._fail(job, error)
            return
        resumed, failed = context.stages.exists(), len(self.outcome.failed)
        owner = None
        if cohort.net != NO_NET:
            keep = self.options.keep_stages
            owner = own_stages(context.stages, self.store.results, cohort, keep=keep)
        start = time.monotonic()
        reset_peak(self.options.device)
        for job, got in fit_all(cohort.jobs, context):
            self._end(job, got, context)
        if len(self.outcome.failed) > failed:
            return
        with suppress(CannotWrite):  # an estimate is not worth a run
            if not resumed:
                seconds = time.monotonic() - start
                keep_pace(cohort.jobs, seconds, self.options, self.tools.rows_of)
        if owner and is_needless(owner, self.store):
            drop_stages(context.stages)

    def _context(self, cohort: Cohort) -> FitContext:
        """What a cohort's fits share, with its data loaded."""
        loaded = self._load(cohort)
        return FitContext(
            cohort,
            loaded,
            self.options,
            self.tools.fit_networks,
            stages=stages_folder(self.options.cache, self.store.results, cohort),
            results=self.store.results,
            tell=self.progress.within,
            stop=self.stop,
            code=self.code,
        )

    def _load(self, cohort: Cohort) -> Loaded:
        key = cohort.dataset, cohort.preparation
        if self.last is None or self.last[0] != key:
            self.last = None  # before the next is loaded: both would take memory
            self.last = key, self.tools.load(*key)
        loaded = self.last[1]
        refuse_other_data(cohort, loaded.digest, self.store)
        return loaded

    def _end(self, job: Job, got: Fitted | Exception, context: FitContext) -> None:
        """Score and write one run, or keep why there is nothing to write."""
        if isinstance(got, Exception):
            self._fail(job, got)
            return
        try:
            record, predictions = record_of(job, got, context)
        except Exception as error:
            self._fail(job, error)
            return
        try:
            self.store.write(record, predictions)
        except DamagedRecord as error:
            self._fail(job, error)
            return
        self.outcome.done.append(job)

    def _fail(self, job: Job, error: Exception) -> None:
        failure = failure_of(job, error)
        with suppress(DamagedRecord):  # a folder in the place of the note; the run is told below
            self.store.write_failure(job, failure)
        self.outcome.failed.append(failure)
        self.progress.say(f"failed: {job.title}: {failure.reason}")

    def _seconds(self, jobs: Sequence[Job]) -> float:
        """Estimated, of these runs."""
        pace = read_pace(self.options.cache, self.options.device)
        return estimate_seconds(jobs, pace, self.options.workers, self.tools.rows_of)
