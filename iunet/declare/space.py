"""Search spaces: files that declare the names, ranges and conditions of a method's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iunet.declare.wrong import LARGE, check_range, quoted, read_toml

Value = bool | int | float | str
Config = Mapping[str, Value]
"""A value for each parameter that applies."""
RANGE = ("low", "high", "log", "integer")


class SpaceError(Exception):
    """A file of a space that cannot be used; the message names file, parameter and fault."""


@dataclass(frozen=True)
class Parameter:
    """One setting that is searched.

    Args:
        values: what it can be; empty where it has a range.
        low, high: the ends of its range, both included.
        log: the range is uniform in the logarithm.
        integer: whole numbers only.
        when: it applies only if each of these other parameters does and has one of the values.
    """

    name: str
    values: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    integer: bool = False
    when: tuple[tuple[str, tuple[Value, ...]], ...] = ()

    def active(self, config: Config) -> bool:
        """Whether it applies, given the values drawn so far."""
        return all(name in config and config[name] in allowed for name, allowed in self.when)


@dataclass(frozen=True)
class Space:
    """Everything a search can choose.

    Args:
        key: the file's name without its ending.
        title: one line for captions, with the source.
        trials: how many configurations a search tries where the budget does not say.
        parameters: each after those that its condition names.
    """

    key: str
    title: str
    trials: int
    parameters: tuple[Parameter, ...]

    def drawn(self, draw: Callable[[Parameter], Value]) -> dict[str, Value]:
        """A configuration: a value for every parameter that applies, in declared order.

        Args:
            draw: a value for one of them.
        """
        config: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.active(config):
                config[parameter.name] = draw(parameter)
        return config


def read_space(path: Path) -> Space:
    """The space of a file.

    Raises:
        SpaceError: it cannot be read, or a parameter is impossible.
    """
    try:
        return _space(path.stem, read_toml(path))
    except ValueError as error:
        raise SpaceError(f"{path}: {error}") from error


def _space(key: str, raw: dict[str, Any]) -> Space:
    _refuse_unknown("a space", raw, ("title", "trials", "parameters"))
    trials = raw.get("trials")
    if not isinstance(trials, int) or trials < 1:
        raise ValueError(f"trials is how many configurations are tried, at least 1, not {trials!r}")
    check_range(1, LARGE, trials=trials)
    known: dict[str, Parameter] = {}
    for name, entry in _table("parameters", raw).items():
        known[name] = _parameter(name, entry, known)
    if not known:
        raise ValueError("no parameters; there is nothing to search")
    return Space(key, str(raw.get("title", key)), trials, tuple(known.values()))


def _parameter(name: str, raw: Any, known: Mapping[str, Parameter]) -> Parameter:
    if not isinstance(raw, dict):
        raise ValueError(f"{name} is a table with `values`, or with `low` and `high`, not {raw!r}")
    _refuse_unknown(name, raw, ("values", "when", *RANGE))
    when = tuple(
        _condition(name, other, allowed, known) for other, allowed in _table("when", raw).items()
    )
    if "values" in raw:
        if any(word in raw for word in RANGE):
            raise ValueError(f"{name} has `values` or a range, not both")
        if not isinstance(raw["values"], list) or not all(map(_is_value, raw["values"])):
            raise ValueError(
                f"{name}: values are a list of numbers or words, not " + quoted(raw["values"])
            )
        values = tuple(raw["values"])
        if not values or len(set(values)) < len(values):
            raise ValueError(f"{name}: values are at least one and distinct, not {list(values)}")
        return Parameter(name, values=values, when=when)
    return _range(name, raw, when)


def _table(name: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    entry = raw.get(name, {})
    if not isinstance(entry, dict):
        raise ValueError(f"{name} is a table, not {quoted(entry)}")
    return entry


def _is_value(value: object) -> bool:
    return isinstance(value, bool | int | float | str)


def _range(
    name: str, raw: dict[str, Any], when: tuple[tuple[str, tuple[Value, ...]], ...]
) -> Parameter:
    low, high = raw.get("low"), raw.get("high")
    log, integer = bool(raw.get("log", False)), bool(raw.get("integer", False))
    wanted = int if integer else (int, float)
    if not isinstance(low, wanted) or not isinstance(high, wanted) or not low < high:
        kind = "whole numbers" if integer else "numbers"
        raise ValueError(
            f"{name}: low and high are {kind}, low below high, not {low!r} and {high!r}"
        )
    if log and low <= 0:
        raise ValueError(f"{name}: the logarithm needs low above 0, not {low!r}")
    return Parameter(name, low=low, high=high, log=log, integer=integer, when=when)


def _condition(
    name: str, other: str, allowed: Any, known: Mapping[str, Parameter]
) -> tuple[str, tuple[Value, ...]]:
    values = tuple(allowed) if isinstance(allowed, list) else (allowed,)
    if other not in known:
        raise ValueError(f"{name} depends on {other!r}, which is not declared before it")
    for value in values:
        if value not in known[other].values:
            possible = ", ".join(map(repr, known[other].values))
            raise ValueError(f"{name} depends on {other} = {value!r}; it has: {possible}")
    return other, values


def _refuse_unknown(where: str, raw: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in raw:
        if name not in known:
            raise ValueError(f"{where} has no {quoted(name)}; known: {', '.join(known)}")
