"""Memory: what planned networks will hold, and the most that this process held."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable
from pathlib import Path

from bench.datasets.catalogue import TabularDataset, find_entry
from bench.plan.job import Job
from iunet.declare.memory import member_bytes
from iunet.declare.settings import Chain
from iunet.declare.sizes import size_of

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")

PICTURE = 3 * 32 * 32
"""Values of a picture."""
LARGE = 2**30
"""Runs that hold less than so many bytes are not mentioned."""


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
    """How much memory the largest run holds, for the user; empty where it is little."""
    needed, net = max(((run_bytes(job), job.net) for job in jobs), default=(0, ""))
    return f"a run of {net} holds up to {needed / LARGE:.1f} GiB" if needed > LARGE else ""


def reset_peak(device: str) -> None:
    """Start counting afresh where the system allows it."""
    if device != "cpu":
        import torch

        torch.cuda.reset_peak_memory_stats()
    elif STATUS.exists():
        try:
            RESET.write_text("5")
        except OSError:
            return  # some containers forbid it; the peak then counts from the start of the process


def peak_bytes(device: str) -> int:
    """Most memory held since the reset: of the GPU's allocator, or of this process."""
    if device != "cpu":
        import torch

        return int(torch.cuda.max_memory_allocated())
    if STATUS.exists():
        for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
