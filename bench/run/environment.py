"""Where a record comes from: device, libraries, code and data; nothing names a host or a path."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.datasets.load import Loaded
from bench.errors import UsageError
from bench.folders import checkout_root
from bench.plan.identity import canonical
from bench.plan.job import Job
from iunet.declare.contract import Learner
from iunet.declare.tuned import Search

CPUINFO = Path("/proc/cpuinfo")
PROCESSOR = ("vendor_id", "cpu family", "model", "stepping")
"""The lines of CPUINFO by which two models differ."""

EVERY_RUN = ("numpy", "sklearn")
"""Libraries that split and encode the data of every run."""

NETWORKS = ("torch",)


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


@dataclass(frozen=True)
class Code:
    """The commit this runs from, and whether its packages were changed since; None if unknown."""

    commit: str | None
    dirty: bool | None


def code_version() -> Code:
    """Asked of git once a command; unknown outside a clone or without git."""
    root = checkout_root()
    if root is None or not (root / ".git").exists():
        return Code(None, None)
    commit = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--", "iunet", "baselines", "bench")
    return Code(commit or None, None if changed is None else bool(changed))


def provenance_of(
    job: Job, *, code: Code, loaded: Loaded, device: str, cohort: str, threads: int
) -> dict[str, Any]:
    """The provenance of one finished run, after its libraries were imported."""
    versions = imported_versions(libraries_of(job))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    kind = device_class(device)
    content = {"versions": versions, "python": python, "device": kind}
    return {
        "commit": code.commit,
        "dirty": code.dirty,
        "environment": sha256(canonical(content).encode()).hexdigest()[:16],
        **content,
        "processor": processor(),
        "threads": threads,
        "data_digest": loaded.digest,
        "data_notes": list(loaded.notes),
        "cohort": cohort,
    }


def libraries_of(job: Job) -> tuple[str, ...]:
    """Import names of the libraries that can move this run's result."""
    own = job.base.libraries if isinstance(job.base, Learner) else NETWORKS
    sampler = ("optuna",) if isinstance(job.work, Search) else ()
    return (*EVERY_RUN, *own, *sampler)


def imported_versions(names: Iterable[str]) -> Mapping[str, str]:
    """Versions of those libraries that are imported, as they call themselves."""
    return {
        name: str(getattr(sys.modules[name], "__version__", "unknown"))
        for name in sorted(set(names))
        if name in sys.modules
    }


def _git(root: Path, *words: str) -> str | None:
    try:
        command = ["git", "-C", str(root), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
