"""A protocol's settings by name, and the same protocol with some of them changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bench.declared.steps import VISION
from iunet.declare.protocol import Protocol

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Settings = TypeVar("Settings", bound=DataclassInstance)

SEEDS = "seeds"
Pair = tuple[object, object]


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
