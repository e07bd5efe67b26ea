"""What runs are made with: device, libraries, code and data.

Of that, what a record holds names no host and no path.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.datasets.catalogue import tabular_datasets, vision_datasets
from bench.datasets.source import Places, find_source
from bench.errors import BenchError, UsageError
from bench.folders import PACKAGE, cache_folder, checkout_root
from bench.plan.job import Job
from bench.render.text import counted
from bench.store.store import open_store
from iunet.declare.contract import Learner
from iunet.declare.tuned import Search
from iunet.walk import other_owners

CPUINFO = Path("/proc/cpuinfo")
PROCESSOR = ("vendor_id", "cpu family", "model", "stepping")
"""The lines of CPUINFO by which two models differ."""

EVERY_RUN = ("numpy", "sklearn")
"""Libraries that split and encode the data of every run."""

LIBRARIES = ("torch", "numpy", "scikit-learn", "xgboost", "pytorch-tabnet", "openml")
PACKAGES = ("iunet", "baselines", "bench")
"""The top-level packages that the distribution installs."""

MAKE_RESULTS = ("iunet", "baselines", "bench/datasets", "bench/plan", "bench/run")

VARIABLES = ("BENCH_DATA", "BENCH_RESULTS_DIR", "BENCH_CACHE_DIR", "BENCH_OFFLINE", "BENCH_DEVICE")


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
    found = dict(re.findall(r"^(.+?)[ \t]*:[ \t]*(.*)$", first, re.MULTILINE))
    named = [found[name].strip() for name in PROCESSOR if name in found]
    return " ".join(named) or platform.machine()


def device_class(device: str) -> str:
    """What of a device can move a result: cpu and its architecture, or cuda and its capability."""
    if device == "cpu":
        return f"cpu {platform.machine()}"
    import torch

    major, minor = torch.cuda.get_device_capability()
    return f"cuda sm_{major}{minor}"


def gpu_facts(device: str) -> dict[str, str]:
    """What else of a GPU can move a result: its model, cuDNN, and what float32 is computed in."""
    if device == "cpu":
        return {}
    import torch

    return {
        "gpu": torch.cuda.get_device_name(),
        "cudnn": str(torch.backends.cudnn.version()),
        "float32": "TF32" if torch.backends.cudnn.allow_tf32 else "IEEE",
    }


@dataclass(frozen=True)
class Code:
    """The commit this runs from, whether its packages were changed since, None if unknown; and the
    digest of what makes results, see `code_digest`."""

    commit: str | None
    dirty: bool | None
    digest: str


def code_version() -> Code:
    """Git is asked once a command; outside a clone or without git the digest alone is known."""
    root, digest = checkout_root(), code_digest()
    if root is None or not (root / ".git").exists():
        return Code(None, None, digest)
    commit = git(root, "rev-parse", "HEAD")
    changed = git(root, "status", "--porcelain", "--", *PACKAGES)
    return Code(commit or None, None if changed is None else bool(changed), digest)


def code_digest() -> str:
    """16 hex digits of the files that make results, which tell code apart in a clone or not."""
    out = sha256()
    for part in MAKE_RESULTS:
        for path in sorted((PACKAGE.parent / part).rglob("*")):
            if path.suffix in (".py", ".toml", ".csv"):
                name = path.relative_to(PACKAGE.parent).as_posix()
                out.update(f"{name}\n".encode() + path.read_bytes())
    return out.hexdigest()[:16]


def versions_of(job: Job) -> dict[str, str]:
    """Versions, as they call themselves, of the imported libraries that can move a run's result."""
    own = job.base.libraries if isinstance(job.base, Learner) else ("torch",)
    sampler = ("optuna",) if isinstance(job.work, Search) else ()
    return {
        name: str(getattr(sys.modules[name], "__version__", "unknown"))
        for name in sorted({*EVERY_RUN, *own, *sampler})
        if name in sys.modules
    }


def examine(threads: int) -> dict[str, str]:
    """A line by name; what is wrong says so, and nothing is changed.

    Args:
        threads: that this process may use.
    """
    return {
        "iunet-bench": _version("iunet-bench"),
        "packages": _packages(),
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "libraries": ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
        "device": _or_what_is_wrong(lambda: _device(threads)),
        "data": _or_what_is_wrong(_data),
        "results": _or_what_is_wrong(_results),
        "cache": f"{cache_folder()}: {_writable(cache_folder())}",
        **{name: os.environ.get(name, "not set") for name in VARIABLES},
    }


def _packages() -> str:
    """Where ours are, and which other distributions have a package of the same name."""
    shared = {name: other_owners(name) for name in PACKAGES}
    wrong = [f"{name} is also of {', '.join(own)}" for name, own in shared.items() if own]
    if wrong:
        return f"WRONG: {'; '.join(wrong)}; give iunet-bench an environment of its own"
    return f"{', '.join(PACKAGES)} in {PACKAGE.parent}"


def git(root: Path, *words: str) -> str | None:
    """What a command of git says of a clone; None where it fails or git is not there."""
    try:
        command = ["git", "-C", str(root), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _or_what_is_wrong(look: Callable[[], str]) -> str:
    try:
        return look()
    except BenchError as error:
        return f"WRONG: {error}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _device(threads: int) -> str:
    device = choose_device()
    return f"{device} ({device_class(device)}), {counted(threads, 'core')} for this process"


def _data() -> str:
    places = Places.from_environment()
    tables, sets = (
        f"{sum(find_source(entry, places) is not None for entry in entries.values())} of "
        f"{len(entries)}"
        for entries in (tabular_datasets(), vision_datasets())
    )
    return f"{tables} tables at hand, {sets} sets of pictures; `bench data list` shows where"


def _results() -> str:
    store = open_store()
    own, shipped = len(store.own_ids()), len(store.reference_ids())
    failed = counted(len(store.failures()), "failure")
    counts = f"{counted(own, 'run')}, {failed}, {counted(shipped, 'shipped run')}"
    return f"{store.results}: {_writable(store.results)}, {counts}"


def _writable(folder: Path) -> str:
    """Whether files could be made there, without making any."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return f"NOT WRITABLE ({there})"
    return f"writable, {shutil.disk_usage(there).free / 1e9:.0f} GB free"
