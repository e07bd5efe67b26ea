"""The directions of a bridge: the settings of protocols by name, and a protocol for each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

from bench.declared.steps import VISION, Declared, Step
from bench.errors import UsageError
from iunet.declare.protocol import Changes, Protocol

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Settings = TypeVar("Settings", bound=DataclassInstance)

JOIN = " + "
"""Between a base and what is changed of it, in the name runs of a step are recorded under."""

SEEDS = "seeds"
Pair = tuple[object, object]


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


def is_step(protocol: str) -> bool:
    """Whether a recorded protocol is a step of a bridge."""
    return JOIN in protocol


def values_of(protocol: Protocol) -> dict[str, object]:
    """Every setting by name, such as `cut.ratio` and `vision.cut.ratio`."""
    return {name: value for name, (value, _) in _both(protocol, protocol)}


def differences(one: Protocol, other: Protocol) -> dict[str, Pair]:
    """The settings that differ, by name: (the one's value, the other's)."""
    return {name: pair for name, pair in _both(one, other) if pair[0] != pair[1]}


def with_settings(protocol: Protocol, values: Mapping[str, object]) -> Protocol:
    """The protocol with these settings changed, all at once.

    Raises:
        ValueError: settings that cannot be together.
    """
    rest = {name: value for name, value in values.items() if name != SEEDS}
    vision = {name.removeprefix(VISION): rest.pop(name) for name in values if _is_vision(name)}
    seeds = values.get(SEEDS, protocol.seeds)
    assert isinstance(seeds, tuple)
    return replace(
        protocol,
        seeds=seeds,
        table=_changed(protocol.table, rest),
        vision=_changed(protocol.vision, vision),
    )


def value_text(value: object) -> str:
    """A setting's value the way a person writes it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {value_text(item)}" for name, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(value_text(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


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


def _is_vision(name: str) -> bool:
    return name.startswith(VISION)


def _both(one: Protocol, other: Protocol) -> Iterator[tuple[str, Pair]]:
    yield SEEDS, (one.seeds, other.seeds)
    yield from _leaves(one.table, other.table, "")
    yield from _leaves(one.vision, other.vision, VISION)


def _leaves(one: object, other: object, prefix: str) -> Iterator[tuple[str, Pair]]:
    """What lies below, down to where either has no further names."""
    assert is_dataclass(one)
    for field in fields(one):
        name, mine, theirs = field.name, getattr(one, field.name), getattr(other, field.name)
        if is_dataclass(mine) and type(mine) is type(theirs):
            yield from _leaves(mine, theirs, f"{prefix}{name}.")
        else:
            yield prefix + name, (mine, theirs)


def _changed(settings: Settings, values: Mapping[str, object]) -> Settings:
    """A copy with these values, by name below it; those of one part are set together."""
    parts: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        first, _, rest = name.partition(".")
        parts.setdefault(first, {})[rest] = value
    whole = {
        name: inner[""] if "" in inner else _changed(getattr(settings, name), inner)
        for name, inner in parts.items()
    }
    return replace(settings, **whole)
