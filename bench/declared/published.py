"""The numbers as printed, read from a table's published.csv, and those that correct them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.declared.tables import read_table
from bench.errors import DataError
from bench.folders import table_folder, table_names

PRINTED_RUNS = 3
"""How many runs the paper says its means and spreads are of. Every printed spread is read as that
of the population, which it is outside Tables 3 and 6; there the sample's was printed, and ours is
√1.5 wider."""


@dataclass(frozen=True)
class Printed:
    """A printed number in points (percent), with its spread where one was printed.

    `decimals`: how many were printed.
    """

    mean: float
    std: float | None = None
    decimals: int = 3

    @property
    def half(self) -> float:
        """Half a unit of the last printed digit, in points: how far the true number may be off."""
        return 0.5 / 10.0**self.decimals


@dataclass(frozen=True)
class Corrected:
    """What should have been printed, and how that is known: the end of a sentence."""

    printed: Printed
    reason: str


Key = tuple[str, str]
"""(row, column) as they are named in published.csv."""

Published = Mapping[Key, Printed]
"""Printed numbers by row and column."""


@dataclass(frozen=True)
class Prints:
    """What was printed of a table, and what of it is known to be wrong."""

    numbers: Published
    corrections: Mapping[Key, Corrected]

    def target(self, row: str, column: str) -> Printed | None:
        """What ours is compared with: the corrected number, else the printed one."""
        correction = self.corrections.get((row, column))
        return correction.printed if correction else self.numbers.get((row, column))


def printed_tables() -> tuple[str, ...]:
    """The tables of scores that numbers were printed of."""
    return tuple(
        name for name in table_names() if read_table(name).kind == "scores" and read_published(name)
    )


def read_prints(name: str) -> Prints:
    """The printed numbers of one table with their corrections; see the two functions below."""
    return Prints(read_published(name), read_corrections(name))


def read_published(name: str) -> dict[Key, Printed]:
    """The printed numbers of one table; empty for a table of our own.

    Raises:
        UsageError: no such table.
        DataError: the file is damaged, see parse_published.
    """
    return parse_published(table_folder(name) / "published.csv")


def parse_published(path: Path) -> dict[Key, Printed]:
    """The numbers of a published.csv; empty where there is no file.

    Raises:
        DataError: a line lacks a field or has one too many, holds what is no number, or gives a
            (row, column) again, or there is none; the message names the line.
    """
    return {key: printed for key, (printed, _) in _lines(path).items()}


def read_corrections(name: str) -> dict[Key, Corrected]:
    """The printed numbers that are known to be wrong, with the right ones, from corrected.csv.

    Raises:
        UsageError: no such table.
        DataError: the file is damaged, or corrects a (row, column) that was never printed.
    """
    path = table_folder(name) / "corrected.csv"
    found = {
        key: Corrected(printed, line["reason"]) for key, (printed, line) in _lines(path).items()
    }
    for row, column in found.keys() - read_published(name).keys():
        raise DataError(f"{path}: {row}, {column} corrects what published.csv does not have")
    return found


@cache
def _lines(path: Path) -> Mapping[Key, tuple[Printed, Mapping[str, str]]]:
    """Number and all fields of each line of a file by its key; nothing where there is no file.

    A file is read once in a process: a command compares many columns with the same few tables.
    """
    if not path.is_file():
        return {}
    found: dict[Key, tuple[Printed, Mapping[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        try:
            for line in lines:
                key, printed = _line(line)
                if key in found:
                    raise ValueError(f"{key[0]}, {key[1]} is given twice")
                found[key] = printed, line
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: not UTF-8 text: {error.reason}; restore the file") from error
        except (ValueError, csv.Error) as error:
            raise DataError(f"{path}:{lines.line_num}: {error}; restore the file") from error
    if not found:
        raise DataError(f"{path}: holds no number; restore the file")
    return found


def _line(line: Mapping[str, str]) -> tuple[Key, Printed]:
    """Key and number of one line; ValueError says what is wrong with it."""
    if None in line or None in line.values() or not {"row", "column"} <= line.keys():
        raise ValueError("not one value for each of row, column, mean and std, or value")
    mean, std = line.get("mean") or line.get("value") or "", line.get("std")
    decimals = len(mean.partition(".")[2])
    printed = Printed(_number(mean), _number(std) if std else None, decimals)
    return (line["row"], line["column"]), printed


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{text} is no number a table prints")
    return value
