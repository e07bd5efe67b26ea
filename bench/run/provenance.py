"""Where a record comes from: code, environment and data; nothing that names a host or a path."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.folders import checkout_root
from bench.plan.identity import canonical
from bench.plan.job import Job
from bench.run.device import device_class, processor
from bench.run.tools import Loaded
from iunet.declare.contract import Learner
from iunet.declare.tuned import Search

EVERY_RUN = ("numpy", "sklearn")
"""Libraries that split and encode the data of every run."""

NETWORKS = ("torch",)


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
    job: Job, code: Code, loaded: Loaded, *, device: str, cohort: str, threads: int
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
