"""What the control groups of this process allow, which containers and batch systems set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

GROUPS = Path("/sys/fs/cgroup")


class Files(NamedTuple):
    """Names of the files of a version of control groups, and of what could be freed at once."""

    limit: str
    used: str
    reclaimable: str


UNIFIED = Files("memory.max", "memory.current", "inactive_file")
LEGACY = Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def group_bytes(own: Path, groups: Path = GROUPS) -> int | None:
    """Bytes this process may still take; None where no group of it says.

    A group is limited by those around it too. File pages that nobody uses count as free.

    Args:
        own: the file that names them, /proc/self/cgroup.
        groups: where they are mounted.

    Source: Linux kernel, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
    """
    left = [_left(place, files) for place, files in _places(groups, own)]
    return min((each for each in left if each is not None), default=None)


def _places(groups: Path, own: Path) -> Iterator[tuple[Path, Files]]:
    """Every folder that may limit this process; one seen from inside may lie elsewhere outside."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        root, files = (groups / "memory", LEGACY) if kinds else (groups, UNIFIED)
        inner = Path(path.lstrip("/"))
        for part in (inner, *inner.parents):
            yield root / part, files


def _left(place: Path, files: Files) -> int | None:
    try:
        limit = (place / files.limit).read_text().strip()
        if limit == "max":
            return None
        used = int((place / files.used).read_text())
        pairs = (line.split() for line in (place / "memory.stat").read_text().splitlines())
        reclaimable = {name: int(value) for name, value in pairs}.get(files.reclaimable, 0)
        return max(0, int(limit) - used + reclaimable)
    except (OSError, ValueError):
        return None
