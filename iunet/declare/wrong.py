"""What pydantic found wrong with declared settings, in one line."""

from __future__ import annotations

import tomllib
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

LONGEST = 60
"""Characters of a name or a value that a message repeats."""


LARGE = 10**9
"""No setting is larger."""

SEEDS = 2**32 - 1
"""The largest seed that every library takes."""


def read_toml(source: Path | str) -> dict[str, Any]:
    """The content of a file or a text, whose numbers are finite; nothing else is checked.

    Raises:
        ValueError: it cannot be read, is not TOML, or has a number that is not finite; one line.
    """
    try:
        text = source if isinstance(source, str) else _text(source)
        content = tomllib.loads(text)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise ValueError("not TOML: it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"not TOML: {_short(str(error), 200)}") from error
    _check_finite(content, "")
    return content


def check_range(low: float, high: float, **values: float) -> None:
    """Refuse values outside of a range, whose ends are both inside.

    Raises:
        ValueError: names the first such value, and the range.
    """
    for name, value in values.items():
        if not low <= value <= high:
            raise ValueError(f"{name} is a number from {low:g} to {high:g}, not {quoted(value)}")


def check_grid(name: str, values: tuple[float, ...], low: float) -> None:
    """Refuse a grid without a value, with one twice, or with one below `low` or not finite.

    Raises:
        ValueError: names the grid.
    """
    if not values or len(set(values)) < len(values):
        raise ValueError(f"the grid of {name} has at least one value and each once")
    for value in values:
        check_range(low, LARGE, **{name: value})


def _text(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise OSError(0, "not a regular file")
    return path.read_text(encoding="utf-8")


def _check_finite(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            _check_finite(part, f"{where}.{_short(name)}" if where else _short(name))
    elif isinstance(value, list):
        for part in value:
            _check_finite(part, where)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{where}: {value} is not finite; write a number")
    elif isinstance(value, int) and abs(value) > 2**63:
        raise ValueError(f"{where}: {quoted(value)} is too large a number")


def first_wrong(error: ValidationError) -> str:
    """Where the first wrong value is, unless it is the whole, what is wrong with it, and the value:
    `table.split.seed: Input ... (it is 'x')`; long or odd names and values are cut or quoted."""
    first = error.errors()[0]
    where = ".".join(_short(str(part)) for part in first["loc"])
    message, value = first["msg"], first["input"]
    if value is None or isinstance(value, bool | int | float | str):
        message += f" (it is {quoted(value)})"
    return f"{where}: {message}" if where else message


def quoted(value: object) -> str:
    """A value as a message repeats it."""
    try:
        return _short(repr(value))
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "a number of thousands of digits"


def _short(text: str, longest: int = LONGEST) -> str:
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= longest else f"{text[:longest]}..."
