"""SLURM through submitit: jobs in arrays, each making a cohort in the shared results folder."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from math import ceil, log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError
from bench.plan.job import Job
from bench.render.files import locked, write_durable
from bench.render.text import counted
from bench.run.cohort import Cohort
from bench.run.engine import SiteSettings, Slurm, needs_of
from bench.run.execute import Engine, Outcome, Site, run_jobs
from bench.run.fit import Options
from bench.run.progress import reporter_for
from bench.store.records import failure_of
from bench.store.store import Store

if TYPE_CHECKING:
    from submitit.core.utils import DelayedSubmission, JobPaths

FOLDER = Path("cluster", "slurm")
"""Below the results: what is sent, logs, and answers."""

QUEUE = "jobs.json"
"""Below FOLDER: the jobs that were sent and did not end yet, so that another command finds them."""

GIB = 2**30
SHORTEST_MINUTES, LONGER = 10, 3.0
"""A job asks for so many times its estimate, and for so many minutes at least."""

POLL_SECONDS = 2.0
ANSWER_SECONDS = 10.0
"""An answer may come so much later than its job ends, since file systems are shared."""

END_SECONDS = 60.0
"""A job that is asked to stop ends its epoch and writes a checkpoint within this time, or is cut
off; a checkpoint of the last minutes is there in any case."""

TIMEOUTS = 1000
"""How often a job that meets its time limit goes on in another."""


class SlurmError(BenchError):
    """SLURM refuses a job, or does not answer."""


@dataclass(frozen=True)
class Sent:
    """A job that was sent.

    Args:
        job: its id, as squeue shows it.
        cohort, title: its key and what it is called.
        runs: how many.
    """

    job: str
    cohort: str
    title: str
    runs: int


@dataclass
class CohortTask:
    """What a node does: the runs of a cohort that are still missing, in the shared folder."""

    jobs: tuple[Job, ...]
    store: Store
    options: Options

    def __call__(self) -> Outcome:
        """Make them; a job that is cancelled stops after the running epoch."""
        self._stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        progress = reporter_for(None)
        return run_jobs(self.jobs, self.store, self.options, progress=progress, stop=self._stop)

    def checkpoint(self) -> DelayedSubmission:
        """Called before the time limit: networks write theirs, and the job is queued again."""
        from submitit.helpers import DelayedSubmission

        self._stop.set()
        until = time.monotonic() + END_SECONDS
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(max(until - time.monotonic(), 0.0))
        return DelayedSubmission(CohortTask(self.jobs, self.store, self.options))


def engine(settings: SiteSettings) -> Engine:
    """The engine that these settings describe.

    Raises:
        ImportError: submitit is not installed.
    """
    import submitit  # noqa: F401

    return partial(_make, settings.slurm)


def states(results: Path) -> dict[str, list[Sent]]:
    """The jobs of a results folder that did not end, by what squeue calls their state."""
    sent = _read(results / FOLDER / QUEUE)
    found: dict[str, list[Sent]] = {}
    if sent:
        queue = _squeue()
        for one in sent:
            if one.job in queue:
                found.setdefault(queue[one.job].lower(), []).append(one)
    return found


def _make(settings: Slurm, cohorts: Sequence[Cohort], site: Site) -> Outcome:
    """Send what no job has in hand, wait for all, and see what became of it."""
    store = site.store
    jobs = [job for cohort in cohorts for job in cohort.jobs]
    before = {job.run_id: store.failed_at(job.run_id) for job in jobs}
    driver = _Driver(settings, site, store.results.resolve() / FOLDER, Outcome())
    try:
        driver.run(cohorts)
    finally:
        site.progress.end()
    store.refresh()
    missing = {job.run_id: job for job in store.missing(jobs)}
    failed = [run for run in missing if store.failed_at(run) != before[run]]
    failures = [store.failure(run) for run in failed]
    driver.outcome.done += [job for job in jobs if job.run_id not in missing]
    driver.outcome.failed += [failure for failure in failures if failure]
    return driver.outcome


@dataclass
class _Driver:
    """The state of one command that waits for its jobs."""

    settings: Slurm
    site: Site
    folder: Path
    outcome: Outcome

    def run(self, cohorts: Sequence[Cohort]) -> None:
        """Until nothing of them is in the queue."""
        keys, queue = {cohort.key for cohort in cohorts}, _squeue()
        sent = _read(self.folder / QUEUE)
        earlier = [one for one in sent if one.cohort in keys and one.job in queue]
        if earlier:
            runs = counted(sum(one.runs for one in earlier), "run")
            self.site.progress.say(f"{runs} are in the queue since an earlier command; waiting")
        there = {one.cohort for one in earlier}
        own = self._send([cohort for cohort in cohorts if cohort.key not in there])
        self._wait([*earlier, *own])
        if not there or self.outcome.interrupted:
            return
        self.site.store.refresh()
        left = []
        for cohort in cohorts:
            missing = tuple(self.site.store.missing(cohort.jobs))
            if cohort.key in there and missing:  # an earlier command asked for others of its runs
                left.append(replace(cohort, jobs=missing))
        self._wait(self._send(left))

    def _wait(self, sent: Sequence[Sent]) -> None:
        active, shown = list(sent), ""
        while active and not self.outcome.interrupted:
            queue = _squeue()
            active = [one for one in active if one.job in queue or not self._ended(one)]
            running = sum(queue.get(one.job) == "RUNNING" for one in active)
            line = f"{len(active) - running} queued, {running} running"
            if line != shown:
                self.site.progress.say(f"slurm: {line}, {len(sent) - len(active)} ended")
            shown = line
            if active and self.site.stop.wait(POLL_SECONDS):
                self._cancel([one.job for one in active])

    def _cancel(self, names: list[str]) -> None:
        """Ask the jobs to end, and say how to reach those that do not."""
        self.outcome.interrupted = True
        _call("scancel", *names)
        until = time.monotonic() + END_SECONDS
        while left := [name for name in names if name in _squeue()]:
            if time.monotonic() > until:
                self.site.progress.say(f"still ending: `scancel {' '.join(left)}` reaches them")
                return
            time.sleep(POLL_SECONDS / 4)

    def _ended(self, sent: Sent) -> bool:
        """See what a job answers that is not in the queue; False where it is there again.

        One without an answer was killed, or its node is gone.
        """
        from submitit.core.utils import JobPaths, pickle_load

        paths = JobPaths(self.folder, sent.job)
        until = time.monotonic() + ANSWER_SECONDS
        while not paths.result_pickle.exists() and time.monotonic() < until:
            time.sleep(POLL_SECONDS / 4)
            if sent.job in _squeue():  # on its way to being queued again it is missing for a moment
                return False
        answer: object = "it gave no answer: cancelled, out of memory, or its node is gone"
        if paths.result_pickle.exists():
            _, answer = pickle_load(paths.result_pickle)
        if isinstance(answer, Outcome):
            self.outcome.missing_data |= answer.missing_data
            return True
        last = str(answer).strip().splitlines()[-1]
        why = SlurmError(f"SLURM job {sent.job}: {last}; its log is {paths.stderr}")
        self.site.progress.say(f"{sent.title}: {why}")
        self.site.store.refresh()
        for job in self.site.store.missing(_jobs_of(paths)):
            self.site.store.write_failure(job, failure_of(job, why))
        return True

    def _send(self, cohorts: Sequence[Cohort]) -> list[Sent]:
        """As few arrays as their needs and the site's limit allow."""
        sent = []
        for needs, some in _alike(cohorts, self.site.options, self.settings):
            for start in range(0, len(some), self.settings.array):
                sent += self._send_array(needs, some[start : start + self.settings.array])
        return sent

    def _send_array(self, needs: tuple[int, int], cohorts: Sequence[Cohort]) -> list[Sent]:
        from submitit import SlurmExecutor
        from submitit.core.utils import FailedJobError

        executor = SlurmExecutor(self.folder, max_num_timeout=TIMEOUTS)
        executor.update_parameters(**self._parameters(*needs))
        store = replace(self.site.store, results=self.site.store.results.resolve())
        device = "cuda" if self.settings.gpu else "cpu"
        options = replace(self.site.options, device=device)
        jobs = []
        try:
            with executor.batch():
                for cohort in cohorts:
                    jobs.append(executor.submit(CohortTask(cohort.jobs, store, options)))
        except (FailedJobError, subprocess.CalledProcessError, OSError) as error:
            why = " ".join(str(error).split())[-300:]
            raise SlurmError(f"SLURM takes no job: {why}; correct cluster.toml") from error
        sent = [
            Sent(str(job.job_id), cohort.key, cohort.title, len(cohort.jobs))
            for job, cohort in zip(jobs, cohorts, strict=True)
        ]
        _keep(self.folder / QUEUE, sent)
        return sent

    def _parameters(self, gib: int, minutes: int) -> dict[str, Any]:
        settings = self.settings
        named = {
            "partition": settings.partition,
            "account": settings.account,
            "gres": settings.gpu,
            "additional_parameters": dict(settings.more or {}),
        }
        return {
            "job_name": "iunet-bench",
            "time": minutes,
            "mem": f"{gib}GB",
            "cpus_per_task": self.site.options.workers,
            "signal_delay_s": round(END_SECONDS * 1.5),
            "array_parallelism": settings.array,
            "setup": [*settings.setup, "export BENCH_OFFLINE=1"],
            **{name: value for name, value in named.items() if value},
        }


def _alike(
    cohorts: Sequence[Cohort], options: Options, settings: Slurm
) -> Iterator[tuple[tuple[int, int], list[Cohort]]]:
    """Cohorts by what they ask for: GiB and minutes, each the next power of two."""
    groups: dict[tuple[int, int], list[Cohort]] = {}
    most = round(settings.hours * 60)
    for cohort in cohorts:
        needs = needs_of(cohort, options)
        minutes = max(LONGER * needs.hours * 60, SHORTEST_MINUTES)
        key = 2 ** ceil(log2(needs.memory / GIB)), min(2 ** ceil(log2(minutes)), most)
        groups.setdefault(key, []).append(cohort)
    yield from groups.items()


def _jobs_of(paths: JobPaths) -> tuple[Job, ...]:
    """What a job was to make; nothing where that is gone."""
    from submitit.core.utils import DelayedSubmission

    if not paths.submitted_pickle.exists():
        return ()
    function = DelayedSubmission.load(paths.submitted_pickle).function
    return function.jobs if isinstance(function, CohortTask) else ()


def _squeue() -> dict[str, str]:
    """The state of each of the user's jobs that did not end, by id."""
    lines = _call("squeue", "--me", "--noheader", "--array", "--format=%i|%T").splitlines()
    return dict(line.split("|", 1) for line in lines if "|" in line)


def _call(*words: str) -> str:
    """What a command of SLURM prints; it is asked again for a minute where SLURM is restarting.

    Raises:
        SlurmError: it is not there, or does not answer.
    """
    error = ""
    for pause in (1, 4, 15, 40, 0):
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as failed:
            raise SlurmError(f"{words[0]}: {failed}; is this a machine of the cluster?") from failed
        if done.returncode == 0:
            return done.stdout
        error = " ".join(done.stderr.split())
        time.sleep(pause)
    raise SlurmError(f"{' '.join(words[:2])}: {error}; the jobs go on, ask again later")


def _read(path: Path) -> list[Sent]:
    try:
        return [Sent(**one) for one in json.loads(path.read_bytes())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise SlurmError(f"{path}: {error}; delete it, squeue shows the jobs") from error


def _keep(path: Path, sent: Sequence[Sent]) -> None:
    """Add jobs to those that were sent; those that ended leave. One command at a time."""
    for _ in range(100):
        with locked(path.with_suffix(".lock")) as mine:
            if mine:
                queue = _squeue()
                active = [one for one in _read(path) if one.job in queue]
                content = json.dumps([asdict(one) for one in (*active, *sent)], indent=1)
                write_durable(path, content.encode())
                return
        time.sleep(POLL_SECONDS / 4)
    raise SlurmError(f"{path}: another command holds it; give the command again")
