"""Which device runs, and what class of device that is."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from bench.errors import UsageError

CPUINFO = Path("/proc/cpuinfo")
PROCESSOR = ("vendor_id", "cpu family", "model", "stepping")
"""What of CPUINFO tells two models apart."""


def choose_device() -> str:
    """`BENCH_DEVICE`, else cuda where there is one, else cpu.

    Raises:
        UsageError: a device nobody knows, or cuda where there is none.
    """
    named = os.environ.get("BENCH_DEVICE", "")
    if named not in ("", "cpu", "cuda"):
        raise UsageError(f"BENCH_DEVICE={named}: no such device; known: cpu, cuda")
    if named == "cpu":
        return named
    import torch

    found = torch.cuda.is_available()
    if named == "cuda" and not found:
        raise UsageError(
            f"BENCH_DEVICE=cuda, but torch {torch.__version__} sees no GPU; "
            f"unset it to run on the CPU"
        )
    return "cuda" if found else "cpu"


def processor() -> str:
    """The processor's model, which decides in what order libraries add; "unknown" if unsaid."""
    try:
        text = CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    first, _, _ = text.partition("\n\n")
    found: dict[str, str] = {}
    for line in first.splitlines():
        name, _, value = line.partition(":")
        found[name.strip()] = value.strip()
    named = [found[name] for name in PROCESSOR if name in found]
    return " ".join(named) or platform.machine()


def device_class(device: str) -> str:
    """What of a device can move a result: cpu and its architecture, or cuda and its capability."""
    if device == "cpu":
        return f"cpu {platform.machine()}"
    import torch

    major, minor = torch.cuda.get_device_capability()
    return f"cuda sm_{major}{minor}"
