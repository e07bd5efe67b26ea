"""The one reader of declarations: TOML whose keys are those of a frozen dataclass."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bench.errors import BenchError
from bench.folders import tables_folder
from iunet.declare.wrong import first_wrong
from iunet.declare.wrong import read_toml as toml_content

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Declared = TypeVar("Declared")


def strict(kind: type[Declared]) -> type[Declared]:
    """A dataclass whose declarations may have no key but its fields."""
    kind.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return kind


def read_declared(kind: type[Declared], source: Path | str, key: str = "") -> Declared:
    """What a file or a text declares.

    Args:
        kind: a strict dataclass.
        source: a file, or TOML itself.
        key: the value of the field `key`, where the kind has one.

    Raises:
        BenchError: the file cannot be read, is not TOML, or has an unknown, missing or wrong key;
            the message names the file and the key.
    """
    return checked(kind, ({"key": key} if key else {}) | read_toml(source), source)


def read_toml(source: Path | str) -> dict[str, Any]:
    """The content of a file or a text, not yet checked.

    Raises:
        BenchError: the file cannot be read or is not TOML.
    """
    try:
        return toml_content(source)
    except ValueError as error:
        raise wrong(source, str(error)) from error


def checked(kind: type[Declared], raw: Any, source: Path | str) -> Declared:
    """The dataclass of this content.

    Raises:
        BenchError: an unknown, missing or wrong key; the message names it and the source.
    """
    from pydantic import ValidationError

    try:
        found: Declared = adapter(kind).validate_python(raw)  # type: ignore[arg-type]
        return found
    except ValidationError as error:
        raise wrong(source, first_wrong(error)) from error


def titles(file: str) -> dict[str, str]:
    """By the name of its folder the title of every table or figure declared in a file of this name,
    else the folder's name; nothing else is checked, so that a command's help is quick.
    """
    paths = sorted(tables_folder().glob(f"*/{file}"))
    return {path.parent.name: str(read_toml(path).get("title", path.parent.name)) for path in paths}


def wrong(source: Path | str, why: str) -> BenchError:
    """The one line for the user; of a text, what is wrong with it alone."""
    return BenchError(why if isinstance(source, str) else f"{source}: {why}")


@cache
def adapter(kind: type) -> TypeAdapter[Any]:
    """What checks content of this kind; building it takes longer than reading a file."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
