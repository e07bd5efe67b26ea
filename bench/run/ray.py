"""The engine for Ray: cohorts are its tasks; workers send finished files, which the driver writes.

Workers need no folder in common: data reach them through Ray's object store, and what a run leaves
in the results folder comes back as soon as it is finished.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from socket import create_connection
from typing import TYPE_CHECKING, Any

from bench.datasets.load import Loaded, load_dataset
from bench.errors import BenchError, DataError, RunsFailed, UsageError
from bench.plan.job import Job
from bench.render.text import counted
from bench.run.cohort import Cohort, claimed, refuse_other_data
from bench.run.engine import (
    SITE,
    Needs,
    Order,
    Report,
    SiteSettings,
    keep,
    made_apart,
    needs_of,
    order_of,
)
from bench.run.engine import Ray as Settings
from bench.run.execute import Engine, Outcome, Site, still_missing
from bench.store.records import failure_of
from bench.store.store import run_file
from iunet.train.progress import Interrupted

if TYPE_CHECKING:
    from ray import ObjectRef, ObjectRefGenerator
    from ray.exceptions import RayError

ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS_SKIP_REGEX": "^"}
"""Nothing is reported to Ray's makers, and what it would print itself is left out."""

ANSWER_SECONDS = 5.0
"""How long a cluster may take to answer; Ray itself would try for minutes."""

SENT = 200
"""Cohorts that are with Ray at a time: the driver holds a lock for each."""

MOVES = 3
"""Nodes that a cohort may lose."""

POLL_SECONDS = 0.2
"""How often is looked whether the user wants to stop."""

STEPS = {
    "CPU": "ask for fewer with -j",
    "GPU": f"start a node with GPUs, or set gpus under [ray] in {SITE} of the results folder",
    "memory": "start a node with more memory, or choose less with -d, -m and -j",
}
"""What to do where no node has enough, by Ray's name for what is short."""

Resources = Mapping[str, float]
"""What a node has or a task takes, by Ray's names."""


@dataclass
class _Sent:
    """A cohort that is with Ray.

    Args:
        cohort: all of it.
        needs: of its task.
        left: those of its runs that are neither made nor failed, by run_file.
        claim: closing it lets others make the cohort.
        task: what it sends.
        node: where it runs; empty as long as it is queued.
        share: of it that is done.
        first: no worker of it was killed yet.
        moves: nodes it has lost.
    """

    cohort: Cohort
    needs: Needs
    left: dict[str, Job]
    claim: ExitStack
    task: ObjectRefGenerator
    node: str = ""
    share: float = 0.0
    first: bool = True
    moves: int = 0


def engine(settings: SiteSettings) -> Engine:
    """The engine of these settings; an ImportError where Ray is not installed."""
    os.environ.update(ENVIRONMENT)  # read when Ray is imported
    import_module("ray")
    return partial(_make, settings.ray)


def _make(settings: Settings, cohorts: Sequence[Cohort], site: Site) -> Outcome:
    """See Engine.

    Raises:
        UsageError: no cluster, no node that is large enough, or one with other code.
        CannotWrite: results cannot be written here, or intermediate files on a node.
    """
    device = "cuda" if settings.gpus else "cpu"
    site = replace(site, options=replace(site.options, device=device))
    with _connected(settings.address):
        return _Driver(settings, site).run(cohorts)


@contextmanager
def _connected(address: str) -> Iterator[None]:
    """A connection to the cluster for the length of the block; a UsageError where there is none."""
    import ray
    from ray._private.services import canonicalize_bootstrap_address

    before = signal.getsignal(signal.SIGTERM)
    try:
        if found := canonicalize_bootstrap_address(address):  # None where one is started here
            host, _, port = found.rpartition(":")
            create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS).close()
        ray.init(found or address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (OSError, RuntimeError, ValueError) as error:
        why = str(error).splitlines()[0]
        raise UsageError(
            f"--on ray: no cluster at address {address!r} ({why}); start one with "
            f"`ray start --head`, or name another under [ray] in {SITE} of the results folder"
        ) from error
    finally:
        if signal.getsignal(signal.SIGTERM) is not before:  # Ray has one of its own
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
    try:
        yield
    finally:
        ray.shutdown()


class _Driver:
    """The state of one call of the engine."""

    def __init__(self, settings: Settings, site: Site) -> None:
        import ray

        self.settings = settings
        self.site = site
        self.outcome = Outcome()
        self.failed_before: dict[str, int | None] = {}
        self.waiting: list[Cohort] = []
        self.elsewhere: set[str] = set()
        self.sent: list[_Sent] = []
        self.data: dict[object, tuple[ObjectRef[Loaded], str, str]] = {}
        self.needs: dict[str, Needs] = {}
        self.done = 0.0
        self.task: Any = ray.remote(num_returns="streaming", max_retries=0)(_work)

    def run(self, cohorts: Sequence[Cohort]) -> Outcome:
        """Everything; see _make."""
        import ray

        self.needs = {cohort.key: needs_of(cohort, self.site.options) for cohort in cohorts}
        for cohort in cohorts:
            if why := self._no_node_for(cohort, self.needs[cohort.key]):
                raise UsageError(why)
        self.waiting = sorted(cohorts, key=lambda cohort: -self.needs[cohort.key].hours)
        jobs = [job for cohort in cohorts for job in cohort.jobs]
        self.failed_before = {job.run_id: self.site.store.failed_at(job.run_id) for job in jobs}
        try:
            self._begin_progress(len(cohorts))
            self._all()
        except Interrupted:
            self.outcome.interrupted = True
            self._stop()
        finally:
            for sent in self.sent:
                ray.cancel(sent.task, force=True)
                sent.claim.close()
            self.site.progress.end()
        return self.outcome

    def _all(self) -> None:
        told = False
        while self.waiting or self.sent:
            if self.site.stop.is_set():
                raise Interrupted
            room = len(self.sent) < SENT
            one = next((cohort for cohort in self.waiting if room and self._try(cohort)), None)
            if one:
                self.waiting.remove(one)
            elif self.waiting and room and not told:
                told, count = True, sum(len(cohort.jobs) for cohort in self.waiting)
                said = f"another process has {count} of these runs in hand; waiting"
                self.site.progress.say(said)
            self._receive(0.0 if one else POLL_SECONDS)

    def _try(self, cohort: Cohort) -> bool:
        """Send what is missing of a cohort; False while another process has it."""
        store, outcome = self.site.store, self.outcome
        with ExitStack() as stack:
            if not stack.enter_context(claimed(store.results, cohort.key)):
                self.elsewhere.add(cohort.key)
                return False
            before = self.failed_before if cohort.key in self.elsewhere else None
            left = still_missing(cohort, store, outcome, before)
            needs = self.needs[cohort.key]
            try:
                if left:
                    task = self._send(replace(cohort, jobs=tuple(left)), needs)
                    own = {run_file(job).as_posix(): job for job in left}
                    self.sent.append(_Sent(cohort, needs, own, stack.pop_all(), task))
            except DataError as error:
                if str(outcome.missing_data.get(cohort.dataset, "")) != str(error):
                    self.site.progress.say(str(error))
                outcome.missing_data[cohort.dataset] = error
            except BenchError:
                raise
            except Exception as error:
                self._fail(left, error)
        return True

    def _send(self, cohort: Cohort, needs: Needs) -> ObjectRefGenerator:
        """A task for these runs."""
        reference, digest, data_id = self._data(cohort)
        refuse_other_data(cohort, digest, self.site.store)
        order = order_of(cohort, data_id, self.site)
        cores, gpus, memory = self._wanted(needs).values()
        options = {"num_cpus": cores, "num_gpus": gpus, "memory": memory, "name": cohort.title}
        task: ObjectRefGenerator = self.task.options(**options).remote(order, reference)
        return task

    def _data(self, cohort: Cohort) -> tuple[ObjectRef[Loaded], str, str]:
        """A cohort's data in the object store, their digest and id; those no longer needed go."""
        import ray

        wanted = [*self.waiting, *(sent.cohort for sent in self.sent)]
        keys = {(other.dataset, other.preparation) for other in wanted}
        self.data = {key: data for key, data in self.data.items() if key in keys}
        key = cohort.dataset, cohort.preparation
        if key not in self.data:
            loaded = load_dataset(*key)
            self.data[key] = ray.put(loaded), loaded.digest, loaded.data_id
        return self.data[key]

    def _receive(self, timeout: float) -> None:
        """Take what one worker sent, if anything comes in time."""
        import ray

        if not self.sent:
            self.site.stop.wait(timeout)
            return
        ready, _ = ray.wait([sent.task for sent in self.sent], timeout=timeout)
        for sent in [sent for sent in self.sent if sent.task in ready]:
            self._take(sent)
        if not ready and not any(sent.node for sent in self.sent):
            for sent in list(self.sent):  # a node may have died
                if why := self._no_node_for(sent.cohort, sent.needs):
                    self._end(sent, RunsFailed(why))
        self._show_progress()

    def _take(self, sent: _Sent) -> None:
        """Keep what a worker sent, or see why nothing comes any more."""
        import ray
        from ray.exceptions import RayError

        try:
            report: Report = ray.get(next(sent.task))
        except StopIteration:
            self._end(sent, RunsFailed("its worker ended without a result"))
        except RayError as error:
            if self.site.stop.is_set() or not sent.left:
                self._end(sent, error)
            else:
                self._lost(sent, error)
        else:
            if not sent.node:
                self.site.progress.say(f"{sent.cohort.title}: on {report.node}")
            sent.node, sent.share = report.node, max(sent.share, report.share)
            self._count(keep(report, sent.left, self.site.store))

    def _lost(self, sent: _Sent, error: RayError) -> None:
        """A worker has ended before its cohort: send what is left once more, if that may help."""
        from ray import exceptions as kinds

        if isinstance(error, kinds.RayTaskError):
            if isinstance(error.cause, BenchError):
                raise error.cause from error
            self._end(sent, error.cause if isinstance(error.cause, Exception) else error)
        elif isinstance(error, kinds.NodeDiedError | kinds.ObjectLostError) and sent.moves < MOVES:
            sent.moves += 1
            self._again(sent, "its node died")
        elif isinstance(error, kinds.WorkerCrashedError | kinds.OutOfMemoryError) and sent.first:
            nodes = self._large_enough(sent.needs)
            most = max((int(node["memory"]) for node in nodes), default=0)
            memory = max(sent.needs.memory, min(2 * sent.needs.memory, most))
            sent.first, sent.needs = False, replace(sent.needs, memory=memory)
            self._again(sent, "its worker was killed")
        else:
            self._end(sent, error)

    def _again(self, sent: _Sent, why: str) -> None:
        import ray

        ray.cancel(sent.task, force=True)
        wanted = _words(self._wanted(sent.needs))
        self.site.progress.say(f"{sent.cohort.title}: {why}; sent again, for {wanted}")
        cohort = replace(sent.cohort, jobs=tuple(sent.left.values()))
        sent.node, sent.task = "", self._send(cohort, sent.needs)

    def _end(self, sent: _Sent, error: Exception) -> None:
        """A cohort has ended; what is left of it has failed, unless it was asked to stop."""
        if not self.site.stop.is_set():
            self._fail(sent.left.values(), error)
        self.sent.remove(sent)
        sent.claim.close()
        self.done += self.needs[sent.cohort.key].hours

    def _fail(self, jobs: Iterable[Job], error: Exception) -> None:
        failed = [(job, failure_of(job, error)) for job in jobs]
        for job, failure in failed:
            self.site.store.write_failure(job, failure)
        self._count(Outcome(failed=[failure for _, failure in failed]))

    def _count(self, kept: Outcome) -> None:
        self.outcome.add(kept)
        for failure in kept.failed:
            self.site.progress.say(f"failed: {failure.title}")

    def _stop(self) -> None:
        """Have the tasks stop after the running epoch or fit, and take what they still send."""
        import ray

        for sent in self.sent:
            ray.cancel(sent.task)
        while self.sent:
            self._receive(POLL_SECONDS)

    def _wanted(self, needs: Needs) -> Resources:
        return {"CPU": needs.cores, "GPU": self.settings.gpus, "memory": needs.memory}

    def _large_enough(self, needs: Needs) -> list[Resources]:
        """Every node that can make a task of these needs."""
        wanted = self._wanted(needs).items()
        return [node for node in _nodes() if all(node.get(name, 0) >= n for name, n in wanted)]

    def _no_node_for(self, cohort: Cohort, needs: Needs) -> str:
        """Why no node can ever make a cohort, and what to do; empty where one can."""
        if self._large_enough(needs):
            return ""
        wanted, nodes = self._wanted(needs), _nodes()
        most = {name: max((node.get(name, 0) for node in nodes), default=0) for name in wanted}
        short = next((name for name in wanted if most[name] < wanted[name]), "memory")
        return (
            f"{cohort.title}: a task takes {_words(wanted)}, and no node of the Ray cluster has "
            f"that (at most {_words(most)}); {STEPS[short]}"
        )

    def _begin_progress(self, cohorts: int) -> None:
        """Seconds are those of all places that work at a time."""
        cores = sum(node.get("CPU", 0) for node in _nodes())
        self.total = sum(needs.hours for needs in self.needs.values())
        seconds = 3600 * self.total / max(min(cores // self.site.options.workers, cohorts), 1)
        self.site.progress.begin(seconds)
        self.site.progress.cohort(f"{counted(cohorts, 'cohort')} on Ray", seconds)

    def _show_progress(self) -> None:
        hours = (sent.share * self.needs[sent.cohort.key].hours for sent in self.sent)
        running = sum(bool(sent.node) for sent in self.sent)
        queued = len(self.sent) - running + len(self.waiting)
        share = (self.done + sum(hours)) / max(self.total, 1e-9)
        self.site.progress.within(share, f"{running} running, {queued} queued")


def _nodes() -> list[Resources]:
    """The resources of every node that lives."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]


def _words(resources: Resources) -> str:
    gpus = f" {resources['GPU']:g} GPU," if resources["GPU"] else ""
    memory = f"{resources['memory'] / 2**30:.1f} GiB of memory"
    return f"{counted(int(resources['CPU']), 'core')},{gpus} {memory}"


def _work(order: Order, loaded: Loaded) -> Iterator[Report]:
    """What a task does."""
    import ray

    node = str(ray.util.get_node_ip_address())  # type: ignore[no-untyped-call]
    yield from made_apart(order, loaded, node)
