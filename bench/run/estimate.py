"""What the missing runs will take: seconds, by the pace last seen on this device, and memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from math import ceil, inf, prod
from pathlib import Path

from bench.datasets.catalogue import PICTURE_SHAPE, TabularDataset, find_dataset
from bench.datasets.preparation import PicturePreparation, training_rows
from bench.plan.job import Job
from bench.render.files import CACHE, write_durable
from bench.run.fit import Options
from iunet.architectures import find_nets
from iunet.declare.contract import Learner
from iunet.declare.memory import member_bytes
from iunet.declare.settings import Chain, Training
from iunet.declare.tuned import Search

FIRST_PACE = {"cpu": 0.035, "cuda": 0.0001}
"""Seconds of one thread for a weighted member-step, before anything was measured; a bit slow."""

SHORTEST_SECONDS = 5.0
"""Shorter cohorts say nothing about the pace."""

SCORING_STEPS = 1.0
"""What scoring an epoch costs, in steps; small tables notice."""

WIDEST, WIDENING = 8, 1.6
"""The alpha a net's step cost was measured at, and the power of it that a step's cost follows."""

CONSISTENCY_STEPS = 170.0
"""What looking at single operations costs a run on pictures, at most, in steps."""

LEARNER_SECONDS = 3.0
LEARNER_SECONDS_PER_ROW = 2e-3

LARGE = 2**30
"""Runs that hold less than so many bytes are not mentioned."""

RowsOf = Callable[[str], int]
"""How many rows the dataset of a key has."""


def catalogue_rows(dataset: str) -> int:
    """How many rows the catalogue says."""
    return find_dataset(dataset).rows


def estimate_seconds(
    jobs: Iterable[Job], pace: float, workers: int, rows_of: RowsOf = catalogue_rows
) -> float:
    """Estimated seconds of these runs.

    Args:
        jobs: those that are missing.
        pace: seconds of one worker for a weighted member-step, see `read_pace`.
        workers: threads that step members.
        rows_of: rows of a dataset.
    """
    own = list(jobs)
    return _learner_seconds(own, rows_of) + weighted_steps(own, rows_of) * pace / max(workers, 1)


def weighted_steps(jobs: Iterable[Job], rows_of: RowsOf) -> float:
    """Member-steps of network runs, steps of several passes counted as such, shared stages once."""
    stages: dict[tuple[object, ...], float] = {}
    for job in jobs:
        work, chain = job.work, job.base
        if not isinstance(chain, Chain):
            continue
        train = training_rows(job.preparation, rows_of(job.dataset))
        weight = _weight(job.net, chain.start.alpha)
        where = (job.dataset, job.net, job.preparation, job.seed)
        first = weight * _steps(chain.pretrain, train)
        stages[(*where, job.method if work is not chain else chain.start, chain.pretrain)] = first
        if isinstance(work, Search) and isinstance(work.tried, Chain):
            trial = weight * _steps(work.tried.pretrain, train)
            stages[(*where[:3], work.method.key, work.seed)] = work.trials * trial
        if isinstance(job.preparation, PicturePreparation):
            stages[(*where, chain, "consistency")] = weight * CONSISTENCY_STEPS
        if chain.finetune is not None:
            stages[(*where, chain)] = weight * _steps(chain.finetune, train)
    return sum(stages.values())


def run_bytes(job: Job) -> int:
    """Most bytes that a run of a network holds on a CPU; 0 without a network or a size rule.

    Columns of a table are counted before any one-hot encoding.

    Raises:
        UsageError: no such dataset.
    """
    chain = job.base
    if not isinstance(chain, Chain):
        return 0
    entry = find_dataset(job.dataset)
    n_features = entry.features if isinstance(entry, TabularDataset) else prod(PICTURE_SHAPE)
    net = find_nets().get(job.net)
    if net is None or net.size is None:
        return 0
    return member_bytes(net.size(n_features, entry.classes or 2, chain.start), chain)


def memory_line(jobs: Iterable[Job]) -> str:
    """How much memory the largest run holds, for the user; empty where it is little."""
    needed, net = max(((run_bytes(job), job.net) for job in jobs), default=(0, ""))
    return f"a run of {net} holds up to {needed / LARGE:.1f} GiB" if needed > LARGE else ""


def read_pace(cache: Path, device: str) -> float:
    """The pace last seen on this device, else a careful first guess."""
    return _paces(cache).get(device, FIRST_PACE.get(device, FIRST_PACE["cpu"]))


def keep_pace(
    jobs: Iterable[Job], seconds: float, options: Options, rows_of: RowsOf = catalogue_rows
) -> None:
    """Remember the pace of runs that took so long together; nothing if it was too short to tell.

    Raises:
        CannotWrite: the cache folder takes no files.
    """
    steps = weighted_steps(jobs, rows_of)
    if seconds >= SHORTEST_SECONDS and steps:
        pace = seconds * max(options.workers, 1) / steps
        text = json.dumps(_paces(options.cache) | {options.device: pace})
        write_durable(options.cache / "pace.json", text.encode(), CACHE)


def _paces(cache: Path) -> dict[str, float]:
    try:
        raw = json.loads((cache / "pace.json").read_bytes())
        paces = {str(name): float(value) for name, value in raw.items()}
        return {name: pace for name, pace in paces.items() if 0 < pace < inf}
    except (OSError, ValueError, OverflowError, AttributeError, TypeError, RecursionError):
        return {}  # a cache: whatever cannot be read is measured again


def _learner_seconds(jobs: Iterable[Job], rows_of: RowsOf) -> float:
    """Of the methods that are no networks; a search shared by several seeds counts once."""
    learned = [job for job in jobs if isinstance(job.base, Learner)]
    searches = {
        (job.dataset, job.preparation, work.method.key, work.seed, work.trials)
        for job in learned
        if isinstance(work := job.work, Search)
    }
    fits = Counter(job.dataset for job in learned)
    for dataset, *_, trials in searches:
        fits[dataset] += trials
    return sum(
        (LEARNER_SECONDS + LEARNER_SECONDS_PER_ROW * rows_of(dataset)) * count
        for dataset, count in fits.items()
    )


def _weight(net: str, alpha: int | None) -> float:
    """What a member-step of this net costs in steps of MLP_TAB."""
    wide: float = ((alpha or WIDEST) / WIDEST) ** WIDENING
    declared = find_nets().get(net)
    return wide * (declared.step_cost if declared else 1.0)


def _steps(stage: Training, rows: int) -> float:
    """Steps of a stage, several forward passes counted as such."""
    passes = 1.0
    if stage.contrast is not None:
        passes = 3.0 if stage.contrast.passes == "separate" else 2.0
    return stage.epochs * (ceil(rows / stage.batch) * passes + SCORING_STEPS)
