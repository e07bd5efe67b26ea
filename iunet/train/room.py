"""Whether runs fit into memory: what is free, what a run needs, and what to say if it does not."""

from __future__ import annotations

from pathlib import Path

import torch

from iunet.architectures import find_nets
from iunet.declare.contract import MethodFailed
from iunet.declare.memory import GIB, member_bytes
from iunet.declare.net import Size
from iunet.declare.settings import Chain
from iunet.declare.sharing import Supernet
from iunet.train.chain import Source
from iunet.train.limits import group_bytes

MEMINFO = Path("/proc/meminfo")
GROUPS = Path("/proc/self/cgroup")
SHARE = 0.8
"""Of the free memory so much is used; the counts are rough, and others want some too."""


def free_bytes(device: str) -> int | None:
    """What runs may take of a device's memory, or of what a container leaves; None if unsaid."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info(device)
        return int(free * SHARE)
    found = [left for left in (_system_bytes(), group_bytes(GROUPS)) if left is not None]
    return int(min(found) * SHARE) if found else None


def _system_bytes() -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def size_in(source: Source, chain: Chain) -> Size:
    """The size of a chain's network; where it has no size rule, from its parts."""
    data, net = source.data, source.build(chain)
    declared = find_nets().get(source.net)
    if declared and declared.size:
        return declared.size(data.n_features, data.n_classes, chain.start)
    return Size(net.layout.total, sum(net.norm_widths))


def needed_bytes(source: Source, supernet: Supernet) -> int:
    """What a supernet and the runs that hang from it need, one member at a time on a CPU."""
    chains = [member.chain for member in supernet.members]
    return max(member_bytes(size_in(source, chain), chain) for chain in chains)


def no_room(source: Source, needed: int, free: int) -> MethodFailed:
    """What a run ends with that does not fit."""
    where = "the GPU" if source.device.startswith("cuda") else "memory"
    return MethodFailed(
        f"a run of {source.net} needs about {needed / GIB:.1f} GiB ({needed:,} bytes), of {where} "
        f"{free / GIB:.1f} GiB ({free:,} bytes) can be used; free some, or choose a smaller budget"
    )
