"""One way to read a file of declarations: TOML whose keys are those of a dataclass."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from bench.errors import BenchError
from iunet.declare.wrong import first_wrong

Declared = TypeVar("Declared")


def read_declared(kind: type[Declared], path: Path) -> Declared:
    """What a file declares.

    Raises:
        BenchError: the file cannot be read, is not TOML, or holds what the kind has not.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(kind).validate_python(raw)
    except OSError as error:
        raise BenchError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BenchError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        raise BenchError(f"{path}: {first_wrong(error)}") from error
