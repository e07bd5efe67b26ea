"""The directions of a bridge: a protocol for each step from a base towards another protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bench.declared.settings import Pair, differences, with_settings
from bench.declared.steps import Declared, Step
from bench.errors import UsageError
from bench.plan.query import JOIN
from iunet.declare.protocol import Changes, Protocol


@dataclass(frozen=True)
class Change:
    """A base protocol with one step taken towards the other.

    Args:
        key, title: of the step; of the user's file where it is one.
        protocol: the base with the step's settings.
        settings: (the base's value, the value here) by setting.
        own: whether it is a file of the user's, which does not lead to the other.
        scored: False where no score depends on the settings.
        note: why several declared steps are taken as one; empty where it is one.
    """

    key: str
    title: str
    protocol: Protocol
    settings: Mapping[str, Pair]
    own: bool = False
    scored: bool = True
    note: str = ""


@dataclass(frozen=True)
class Direction:
    """From a base to another protocol, and what the user adds to the base."""

    base: Protocol
    other: Protocol
    changes: tuple[Change, ...]


def direction_of(
    base: Protocol, other: Protocol, declared: Declared, own: Sequence[Changes] = ()
) -> Direction:
    """Every step from the base towards the other; together they give the other exactly.

    Args:
        own: files of the user's, put on the base; one that changes nothing of it is left out.

    Raises:
        UsageError: no setting differs.
        BenchError: a setting that differs is not in exactly one step.
        ProtocolError: lines of the user's that are no settings.
    """
    pairs = differences(base, other)
    if not pairs:
        raise UsageError(
            f"{base.key} and {other.key} are equal in every setting: no way leads between them"
        )
    steps = declared.sorted(pairs)
    alone = [_Part((step,), {name: pairs[name] for name in steps[step]}) for step in steps]
    steps_taken = [_change(base, other, part) for part in _possible(base, alone)]
    added = [_own(base, changes, declared) for changes in own]
    return Direction(base, other, (*steps_taken, *(one for one in added if one.settings)))


@dataclass(frozen=True)
class _Part:
    """Steps that are taken together, and why where they are several."""

    steps: tuple[Step, ...]
    pairs: Mapping[str, Pair]
    note: str = ""

    @property
    def key(self) -> str:
        return JOIN.join(step.key for step in self.steps)

    def on(self, base: Protocol) -> Protocol:
        return with_settings(base, {name: after for name, (_, after) in self.pairs.items()})

    def refusal(self, base: Protocol) -> str:
        """Why the base cannot have these settings; empty where it can."""
        try:
            self.on(base)
        except ValueError as error:
            return str(error)
        return ""


def _possible(base: Protocol, parts: Sequence[_Part]) -> list[_Part]:
    """The parts, those that are impossible alone merged with the fewest others they need.

    All of them together are the other protocol, which is possible, so this ends.
    """
    found = list(parts)
    while refused := next((part for part in found if part.refusal(base)), None):
        others = [part for part in found if part is not refused]
        taken = next(union for union in _unions(refused, others) if not _union(union).refusal(base))
        note = f"{refused.key} is impossible alone ({refused.refusal(base)})"
        found[found.index(refused)] = replace(_union(taken), note=note)
        found = [part for part in found if part not in taken]
    return found


def _unions(refused: _Part, others: Sequence[_Part]) -> Iterator[tuple[_Part, ...]]:
    for count in range(1, len(others) + 1):
        for partners in combinations(others, count):
            yield (refused, *partners)


def _union(parts: Sequence[_Part]) -> _Part:
    steps = tuple(step for part in parts for step in part.steps)
    return _Part(steps, {name: pair for part in parts for name, pair in part.pairs.items()})


def _change(base: Protocol, other: Protocol, part: _Part) -> Change:
    key = f"{base.key}{JOIN}{part.key} of {other.key}"
    title = "; ".join(step.title for step in part.steps)
    protocol = replace(
        part.on(base), key=key, title=f"{base.title}; {title}: {other.title}", default=False
    )
    scored = any(step.scored for step in part.steps)
    return Change(part.key, title, protocol, part.pairs, scored=scored, note=part.note)


def _own(base: Protocol, changes: Changes, declared: Declared) -> Change:
    protocol = changes.on(base)
    if protocol.key in [step.key for step in declared.step]:
        raise UsageError(f"{changes.path} has the name of a step; rename the file")
    pairs = differences(base, protocol)
    named = replace(protocol, key=f"{base.key}{JOIN}{protocol.key}")
    return Change(protocol.key, protocol.title, named, pairs, own=True)
