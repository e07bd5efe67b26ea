"""What pydantic found wrong with declared settings, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


def first_wrong(error: ValidationError) -> str:
    """Where the first wrong value is, unless it is the whole, and what is wrong with it:
    `table.split.seed: Input ...`."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
