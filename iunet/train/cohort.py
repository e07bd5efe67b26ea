"""Many runs on the same data: each supernet is trained once, whoever hangs from it."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import torch

from iunet.declare.contract import Fitted
from iunet.declare.data import Data
from iunet.declare.sharing import Member, Supernet, member_steps, supernets
from iunet.train.batched import walk_batched
from iunet.train.chain import Source
from iunet.train.progress import Interrupted, Meter, Progress
from iunet.train.room import free_bytes, needed_bytes, no_room
from iunet.train.single import Deliver, train_supernet
from iunet.train.stages import StageStore

__all__ = ["Interrupted", "Member", "Progress", "fit_cohort"]

Outcome = tuple[str, Fitted | Exception]


def fit_cohort(
    data: Data,
    net: str,
    members: Sequence[Member],
    *,
    data_id: str,
    device: str = "cpu",
    workers: int = 2,
    cache: Path | None = None,
    checkpoint_seconds: float = 120.0,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Iterator[Outcome]:
    """Fit runs on a table or on pictures; each comes as soon as it is finished, in no fixed order.

    On a CPU members are walked one by one on `workers` threads with one arithmetic thread each, so
    a result depends neither on the company nor on the number of cores. On CUDA members whose stages
    have the same shape train as one batched, captured step. On both no more members run at once
    than fit into memory. A run that fails comes as its exception; the others go on.

    Args:
        data_id: identifies the prepared data, for the names of cached stages.
        cache: folder for finished pre-trainings and checkpoints; None keeps nothing.
        checkpoint_seconds: how often a running stage is written there.

    Raises:
        Interrupted: `stop` was set; running stages were checkpointed.
    """
    source = Source(data, data_id, net, device)
    wanted = supernets(members, data_id, net, device, torch.__version__, code_digest())
    total = sum(member_steps(supernet, len(data.train.x)) for supernet in wanted)
    meter = Meter(total, progress, stop or threading.Event())
    store = StageStore(cache, checkpoint_seconds)
    if device.startswith("cuda"):
        yield from walk_batched(source, wanted, store, meter)
    else:
        yield from _walk_threads(source, wanted, store, meter, workers)


@cache
def code_digest() -> str:
    """Changes with any line of this package, so no stage of other code is ever gone on with."""
    files = sorted(Path(__file__).parent.parent.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def threads_for(tasks: int, workers: int) -> int:
    """How many threads walk so many tasks.

    A few tasks more than workers all run at once and share the cores by time slices: one after
    another, the last of three would leave a second core idle for a third of the time. A single
    worker stays alone.
    """
    return tasks if 1 < workers < tasks <= 2 * workers else min(tasks, workers)


def _walk_threads(
    source: Source, wanted: Sequence[Supernet], store: StageStore, meter: Meter, workers: int
) -> Iterator[Outcome]:
    """A supernet and what hangs from it is one task, so no more than run at once are in memory."""
    free = free_bytes(source.device)
    needed = {supernet: needed_bytes(source, supernet) for supernet in wanted}
    fitting = [one for one in wanted if free is None or needed[one] <= free]
    for supernet in wanted:
        if free is not None and supernet not in fitting:
            error = no_room(source, needed[supernet], free)
            yield from ((member.key, error) for member in supernet.members)
    threads = threads_for(len(fitting), workers)
    if free is not None and fitting:
        threads = min(threads, free // max(needed[one] for one in fitting))
    if fitting:
        yield from _on_threads(source, fitting, store, meter, threads)


def _on_threads(
    source: Source, wanted: Sequence[Supernet], store: StageStore, meter: Meter, threads: int
) -> Iterator[Outcome]:
    outcomes: queue.Queue[Outcome | Future[None]] = queue.Queue()
    deliver: Deliver = lambda key, result: outcomes.put((key, result))  # noqa: E731
    with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        tasks = {
            pool.submit(train_supernet, source, supernet, store, meter, deliver): supernet
            for supernet in wanted
        }
        for task in tasks:
            task.add_done_callback(outcomes.put)
        try:
            yield from _delivered(outcomes, tasks)
        finally:
            meter.abandoned.set()
            pool.shutdown(cancel_futures=True)


def _delivered(
    outcomes: queue.Queue[Outcome | Future[None]], tasks: dict[Future[None], Supernet]
) -> Iterator[Outcome]:
    """Outcomes as they come; the exception of a whole task stands for each of its missing runs."""
    seen: set[str] = set()
    interrupted: Interrupted | None = None
    for _ in range(len(tasks)):
        while isinstance(item := outcomes.get(), tuple):
            seen.add(item[0])
            yield item
        error = item.exception()
        if isinstance(error, Interrupted):
            interrupted = error
        elif isinstance(error, Exception):
            yield from ((m.key, error) for m in tasks[item].members if m.key not in seen)
        elif error is not None:
            raise error
    if interrupted is not None:
        raise interrupted
