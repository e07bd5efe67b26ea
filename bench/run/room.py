"""How much memory the planned networks will hold, counted without building them."""

from __future__ import annotations

from collections.abc import Iterable

from bench.datasets.catalogue import TabularDataset, find_entry
from bench.plan.job import Job
from iunet.declare.memory import member_bytes
from iunet.declare.settings import Chain
from iunet.declare.sizes import size_of

PICTURE = 3 * 32 * 32
"""Values of a picture."""
LARGE = 2**30
"""Less than so many bytes a run is not worth a word."""


def run_bytes(job: Job) -> int:
    """Most bytes that one run of a network holds on a CPU; 0 for other methods and unknown nets.

    Columns of a table are counted before any one-hot encoding.

    Raises:
        UsageError: no such dataset.
    """
    chain = job.base
    if not isinstance(chain, Chain):
        return 0
    entry = find_entry(job.dataset)
    n_features = entry.features if isinstance(entry, TabularDataset) else PICTURE
    size = size_of(job.net, n_features, entry.classes or 2, chain.start)
    return member_bytes(size, chain) if size else 0


def memory_line(jobs: Iterable[Job]) -> str:
    """What to say of the largest run's memory; nothing where it is small."""
    found = max(((run_bytes(job), job.net) for job in jobs), default=(0, ""))
    needed, net = found
    return f"a run of {net} holds up to {needed / LARGE:.1f} GiB" if needed > LARGE else ""
