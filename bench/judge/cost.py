"""What a number costs: the seconds of one thread that everything behind it takes."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from bench.judge.runs import Measured

THREAD_SECONDS = "thread_seconds"
"""The metric that is no mean over the runs of one grid point but a sum over all runs of a cell."""

RUN_SECONDS = "fit_seconds"
"""What a record calls the seconds of its own training."""


def thread_seconds(runs: Sequence[Measured]) -> float:
    """Seconds of every run of a cell, and of each search behind it, once.

    The `fit_seconds` of a run are the wall time of the one thread that trained it, stage by stage.
    Those of a network are of its epochs with their validation scores; loading, pruning, consistency
    and the scoring of the finished network are left out. Those of another method are of its whole
    fit. A network on a CPU has one thread with one arithmetic thread, and others train beside it:
    they add nothing but what it waits for cores and memory. A supernet that several runs go on from
    counts in each of them, so the sum is what the runs would take one by one.

    `search_seconds` is the sum over the trials of a search, measured alike and the same in the
    record of every seed that it serves; a trial that failed counts as 0: its time is not kept.

    Args:
        runs: every seed of every grid point, made on a CPU; on CUDA a batched step is shared.
    """
    return search_seconds(runs) + fsum(run.test[RUN_SECONDS] for run in runs)


def search_seconds(runs: Sequence[Measured]) -> float:
    """Seconds of each search behind these runs, once; 0 where nothing was searched."""
    searches = {run.test.get("search_seed"): run.test.get("search_seconds", 0.0) for run in runs}
    return fsum(searches.values())
