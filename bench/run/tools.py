"""What running takes as arguments: how to fit, how data is loaded and networks are trained."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.datasets.load import Loaded
from bench.datasets.preparation import Preparation
from bench.plan.job import Job
from iunet.declare.contract import Fitted


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
    from bench.datasets.load import load_dataset

    return Tools(load=load_dataset, fit_networks=fit_networks)


def fit_networks(loaded: Loaded, net: str, jobs: Sequence[Job], how: FitOptions) -> Fits:
    """Train the networks of these jobs together; each comes as soon as it is finished.

    Raises:
        Interrupted: `how.stop` was set; running stages were checkpointed.
    """
    from iunet.declare.settings import Chain
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
