"""Which runs share a pre-training, and how many member-steps a set of runs takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from iunet.declare.settings import Chain


@dataclass(frozen=True)
class Member:
    """One run asked for: its key (the run id), its settings and its seed."""

    key: str
    chain: Chain
    seed: int


@dataclass(frozen=True)
class Supernet:
    """One pre-training and the runs that hang from it."""

    id: str
    members: tuple[Member, ...]

    @property
    def chain(self) -> Chain:
        """Settings whose start and pre-training all its members share."""
        return self.members[0].chain

    @property
    def seed(self) -> int:
        """The seed they share."""
        return self.members[0].seed


def supernets(members: Sequence[Member], *where: str) -> list[Supernet]:
    """The distinct pre-trainings of these runs, the longest first.

    Args:
        where: what else tells two pre-trainings apart, such as data, net and device.
    """
    found: dict[str, list[Member]] = {}
    for member in members:
        settings = {"start": asdict(member.chain.start), "pretrain": asdict(member.chain.pretrain)}
        whole = json.dumps([*where, member.seed, settings], sort_keys=True)
        digest = hashlib.sha256(whole.encode()).hexdigest()[:16]
        found.setdefault(digest, []).append(member)
    distinct = [Supernet(key, tuple(hung)) for key, hung in found.items()]
    return sorted(distinct, key=lambda supernet: -member_steps(supernet, rows=1000))


def member_steps(supernet: Supernet, rows: int) -> int:
    """Member-steps of a pre-training and of all that hangs from it, on so many training rows."""
    stages = [supernet.chain.pretrain, *(member.chain.finetune for member in supernet.members)]
    return sum(s.epochs * len(batch_starts(rows, s.batch)) for s in stages if s is not None)


def batch_starts(rows: int, batch: int) -> list[int]:
    """Where the batches of an epoch begin.

    A last batch of a single row is left out, since batch norm cannot normalise it; the order
    changes every epoch, so each row is seen in the others.
    """
    starts = list(range(0, rows, batch))
    return starts[:-1] if len(starts) > 1 and rows % batch == 1 else starts
