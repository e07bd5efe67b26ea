"""Peak memory of this process, for the cost part of a record."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


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
