"""What was asked for: table, protocol, budget, metric; and the command that asks it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.declared.spec import Part


@dataclass(frozen=True)
class Ask:
    """The conditions of one rendering.

    Args:
        table: its name.
        protocol, budget: keys.
        select: for each part the protocol's validation score that picks a grid point.
        full: whether the budget does everything the protocol says.
        metric: what cells show, or AS_PRINTED.
        protocol_title, budget_title: one line each, for the caption.
        seeds: only these; empty means all the protocol's.
        options: what to add to a command to get the same protocol, budget and seeds again.
    """

    table: str
    protocol: str
    budget: str
    select: Mapping[Part, str]
    full: bool
    metric: str
    protocol_title: str = ""
    budget_title: str = ""
    seeds: tuple[int, ...] = ()
    options: tuple[str, ...] = ()

    def command(self, datasets: Sequence[str] = (), methods: Sequence[str] = ()) -> str:
        """The command that makes these rows and columns under the same conditions."""
        words = ["bench", self.table]
        words += ["-d", ",".join(datasets)] if datasets else []
        words += ["-m", ",".join(methods)] if methods else []
        return " ".join([*words, *self.options])
