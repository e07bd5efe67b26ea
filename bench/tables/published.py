"""The numbers as printed, read from a table's published.csv."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from bench.errors import BenchError
from bench.tables.folder import table_folder


@dataclass(frozen=True)
class Printed:
    """A printed number in points (percent), with its spread where one was printed."""

    mean: float
    std: float | None = None


Published = Mapping[tuple[str, str], Printed]
"""Printed numbers by (row, column) as they are named in published.csv."""


def read_published(name: str) -> dict[tuple[str, str], Printed]:
    """The printed numbers of one table; empty for a table of our own.

    Raises:
        UsageError: no such table.
        BenchError: a line that is not numbers, or a (row, column) given twice.
    """
    path = table_folder(name) / "published.csv"
    found: dict[tuple[str, str], Printed] = {}
    if not path.is_file():
        return found
    with path.open(encoding="utf-8", newline="") as file:
        for number, line in enumerate(csv.DictReader(file), start=2):
            key = (line["row"], line["column"])
            if key in found:
                raise BenchError(f"{path}:{number}: {key[0]}, {key[1]} is given twice")
            try:
                mean, std = line.get("mean") or line.get("value") or "", line.get("std")
                found[key] = Printed(float(mean), float(std) if std else None)
            except ValueError as error:
                raise BenchError(f"{path}:{number}: {error}") from error
    return found
