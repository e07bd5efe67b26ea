"""What running needs from the other parts of the suite, as arguments."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.datasets.preparation import Preparation
from bench.plan.job import Job
from iunet.declare.contract import Fitted
from iunet.declare.data import Data, Rows


class Loaded(Protocol):
    """A dataset split and encoded."""

    @property
    def fit(self) -> Data: ...
    @property
    def test(self) -> Rows: ...
    @property
    def digest(self) -> str: ...
    @property
    def data_id(self) -> str: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Walk:
    """How networks are trained.

    Args:
        device: "cpu" or "cuda".
        workers: threads on a CPU.
        cache: folder for finished stages and checkpoints.
        trials: results folder, in which the trials of searches are kept.
        provenance: where a finished fit comes from, see bench.run.provenance.
        tell: called with the share that is done, in [0, 1], and what runs; from any thread.
        stop: set to stop after the running epoch.
    """

    device: str
    workers: int
    cache: Path
    trials: Path
    provenance: Callable[[Job], Mapping[str, Any]]
    tell: Callable[[float, str], None]
    stop: threading.Event


Load = Callable[[str, Preparation], Loaded]
FitNetworks = Callable[[Loaded, str, Sequence[Job], Walk], Iterator[tuple[str, Fitted | Exception]]]


@dataclass(frozen=True)
class Tools:
    """Loading a table, and training networks on it."""

    load: Load
    fit_networks: FitNetworks


def real_tools() -> Tools:
    """Those of this suite."""
    from bench.datasets.load import load_dataset

    return Tools(load=load_dataset, fit_networks=fit_networks)


def fit_networks(
    loaded: Loaded, net: str, jobs: Sequence[Job], walk: Walk
) -> Iterator[tuple[str, Fitted | Exception]]:
    """Train the networks of these jobs together; each comes as soon as it is finished.

    Raises:
        Interrupted: `walk.stop` was set; running stages were checkpointed.
    """
    from iunet.declare.settings import Chain
    from iunet.train.cohort import Member, Progress, fit_cohort

    def told(progress: Progress) -> None:
        walk.tell(progress.done / max(progress.total, 1.0), progress.what)

    members = [Member(j.run_id, j.work, j.seed) for j in jobs if isinstance(j.work, Chain)]
    yield from fit_cohort(
        loaded.fit,
        net,
        members,
        data_id=loaded.data_id,
        device=walk.device,
        workers=walk.workers,
        cache=walk.cache,
        progress=told,
        stop=walk.stop,
    )
