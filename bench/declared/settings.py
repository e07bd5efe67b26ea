"""Every setting of protocols side by side: its values, where they come from, and what it means."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bench.declared.steps import VISION
from bench.errors import BenchError
from iunet.declare.protocol import Protocol, shipped_protocols

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Half = TypeVar("Half", bound=DataclassInstance)

MEANINGS = Path(__file__).with_suffix(".toml")
SEEDS = "seeds"
Pair = tuple[object, object]
"""A setting's value under one protocol and under another."""


class Source(Enum):
    """Where a value of a protocol comes from; the value is how a page says it."""

    STATED = "stated"
    REPLIED = "replied"
    SILENT = "silent, our choice"
    CODE = "code"
    OURS = "ours, unlike the code"


@dataclass(frozen=True)
class Setting:
    """One setting of several protocols side by side.

    Args:
        values: under each protocol, as text.
        sources: where each value comes from; None for a protocol that is not shipped.
    """

    name: str
    values: tuple[str, ...]
    sources: tuple[Source | None, ...]
    meaning: str

    @property
    def differs(self) -> bool:
        """Whether the protocols do not all have the same."""
        return len(set(self.values)) > 1

    @property
    def difference(self) -> str:
        """`contradiction` where text or replies say one thing and another value stands beside it,
        `silence` where they say nothing; empty where the values are equal."""
        if not self.differs:
            return ""
        said = {Source.STATED, Source.REPLIED} & {*self.sources}
        return "contradiction" if said else "silence"


def settings_of(protocols: Sequence[Protocol]) -> list[Setting]:
    """Every setting of these protocols side by side.

    Raises:
        BenchError: a setting without a meaning or a source, or one of these without a setting.
    """
    values = [values_of(protocol) for protocol in protocols]
    names = list(dict.fromkeys(name for table in values for name in table))
    meanings = _meanings(names)
    sources = [_sources(protocol.key, names) for protocol in protocols]
    return [
        Setting(
            name,
            tuple(value_text(table.get(name)) for table in values),
            tuple(found.get(name) for found in sources),
            meanings[name],
        )
        for name in names
    ]


def shipped_settings() -> list[Setting]:
    """Every setting of the shipped protocols."""
    return settings_of(tuple(shipped_protocols().values()))


def counts_sentence() -> str:
    """How many settings differ between the shipped protocols, and of these how many are what."""
    every = shipped_settings()
    found = Counter(one.difference for one in every if one.differs)
    return (
        f"Of {len(every)} settings {found.total()} differ between the protocols: "
        f"{found['contradiction']} are contradictions, in which the text or a reply says one thing "
        f"and the code does another, and {found['silence']} are silences, in which a choice of "
        "ours stands against the code."
    )


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
    whole = {name for name in values if name == SEEDS or name.startswith(VISION)}
    paths = {n if n in whole else f"table.{n}": value for n, value in values.items()}
    return _changed(protocol, paths)


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


def _declared() -> dict[str, Any]:
    return tomllib.loads(MEANINGS.read_text(encoding="utf-8"))


def _meanings(names: Sequence[str]) -> dict[str, str]:
    """What each of these settings means."""
    declared: dict[str, str] = _declared()["meaning"]
    _refuse("describes {}, which are no settings", set(declared) - set(map(_described, names)))
    _refuse("does not say what {} mean", set(map(_described, names)) - set(declared))
    return {name: declared[_described(name)] for name in names}


def _sources(protocol: str, names: Sequence[str]) -> dict[str, Source]:
    """The source of each of these settings; empty where the protocol is not a shipped one."""
    declared = dict(_declared()["source"].get(protocol, {}))
    otherwise = declared.pop("otherwise", None)
    count = Counter(name for listed in declared.values() for name in listed)
    by_name = {name: key for key, listed in declared.items() for name in listed}
    known = {*names, *map(_described, names)}
    found = {name: by_name.get(name, by_name.get(_described(name), otherwise)) for name in names}
    if declared:
        _refuse("gives two sources of {}", {name for name, number in count.items() if number > 1})
        _refuse("gives a source of {}, which are no settings", set(by_name) - known)
        _refuse("gives no source of {}", {name for name, key in found.items() if key is None})
    return {name: Source[key.upper()] for name, key in found.items() if key is not None}


def _refuse(saying: str, names: set[str]) -> None:
    if names:
        raise BenchError(f"{MEANINGS.name} {saying.format(sorted(names))}")


def _described(name: str) -> str:
    """The name without its stage: a stage's settings mean the same in both stages."""
    half = VISION if name.startswith(VISION) else ""
    return half + re.sub("^(pretrain|finetune)[.]", "", name.removeprefix(half))


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


def _changed(settings: Half, values: Mapping[str, object]) -> Half:
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
