"""Printed tables as the checks see them: cells, and which of them mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from bench.datasets.catalogue import CATALOGUE, VISION
from bench.declared.published import Key, Printed, parse_published
from bench.declared.spec import SpecError, TableSpec, parse_table
from bench.errors import BenchError, UsageError

Kind = Literal["scores", "agreement", "counts"]
"""Scores against the truth, agreement of a network with itself, or counts of data."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a number is printed: the names of published.csv."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}, {self.column}"


@dataclass(frozen=True)
class Cell:
    """One printed number.

    Args:
        place: where.
        mean, std: in points (percent), or a count.
        decimals: how many were printed.
        row_meaning: dataset, operation and state of the networks; the name where not declared.
        column_meaning: method and net; the name where not declared.
        dataset: its key; empty where not declared.
    """

    place: Place
    mean: float
    std: float | None
    decimals: int
    row_meaning: tuple[str, ...]
    column_meaning: tuple[str, ...]
    dataset: str

    @property
    def meaning(self) -> tuple[str, ...]:
        """Two cells of one meaning should hold one number."""
        return self.row_meaning + self.column_meaning

    @property
    def text(self) -> str:
        """The number as printed."""
        spread = "" if self.std is None else f" ± {self.std:.{self.decimals}f}"
        return f"{self.mean_text}{spread}"

    @property
    def mean_text(self) -> str:
        """The mean as printed."""
        return f"{self.mean:.{self.decimals}f}"

    @property
    def half(self) -> float:
        """Half a unit of the last printed digit, in points: how far the true number may be off."""
        return 0.5 / 10.0**self.decimals


@dataclass(frozen=True)
class PrintedTable:
    """One printed table.

    Args:
        key: its name.
        kind: see Kind.
        cells: in printed order.
        wins: what the row that counts wins says, by column; empty where there is none.
    """

    key: str
    kind: Kind
    cells: tuple[Cell, ...]
    wins: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def rows(self) -> dict[str, tuple[Cell, ...]]:
        """Cells by the name of their row."""
        names = dict.fromkeys(cell.place.row for cell in self.cells)
        return {n: tuple(cell for cell in self.cells if cell.place.row == n) for n in names}

    @cached_property
    def columns(self) -> dict[str, tuple[Cell, ...]]:
        """Cells by the name of their column."""
        names = dict.fromkeys(cell.place.column for cell in self.cells)
        return {n: tuple(cell for cell in self.cells if cell.place.column == n) for n in names}


def read_tables(folder: Path) -> tuple[PrintedTable, ...]:
    """Every table of a folder that something was printed of, table2 before table10.

    Raises:
        DataError: a published.csv is damaged.
        BenchError: a table.toml that cannot be read.
    """
    paths = sorted(folder.glob("*/published.csv"), key=lambda path: _natural(path.parent.name))
    specs = {path: _spec(path.with_name("table.toml")) for path in paths}
    names = _names([spec for spec in specs.values() if spec])
    return tuple(_table(path, spec, names) for path, spec in specs.items())


def selected(tables: tuple[PrintedTable, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys asked for; all where none was.

    Raises:
        UsageError: nothing was printed of one; the message lists those that were.
    """
    known = [table.key for table in tables]
    for key in keys:
        if key not in known:
            raise UsageError(f"no printed table called {key!r}; known: {', '.join(known)}")
    return keys or tuple(known)


def _spec(path: Path) -> TableSpec | None:
    if not path.is_file():
        return None
    try:
        return parse_table(path.parent.name, path.read_text(encoding="utf-8"))
    except SpecError as error:
        raise BenchError(f"{path}: {error}") from error


@dataclass(frozen=True)
class _Names:
    """What printed names stand for, in small letters, as far as any table declares it."""

    datasets: Mapping[str, str]
    columns: Mapping[str, tuple[str, str]]


def _names(specs: Sequence[TableSpec]) -> _Names:
    datasets = {entry.title.lower(): key for key, entry in (CATALOGUE | VISION).items()}
    columns: dict[str, tuple[str, str]] = {}
    for spec in specs:
        datasets |= {row.printed_name.lower(): row.dataset for row in spec.rows}
        columns |= {c.printed_name.lower(): (c.method, c.net) for c in spec.columns}
    return _Names(datasets, columns)


def _table(path: Path, spec: TableSpec | None, names: _Names) -> PrintedTable:
    key = path.parent.name
    numbers = parse_published(path)
    wins_row = (spec.best if spec else None) or next((r for r, _ in numbers if r[:1] == "#"), "")
    wins = {column: n.mean for (row, column), n in numbers.items() if row == wins_row}
    own = _names([spec]).columns if spec else {}
    cells = tuple(
        _cell(Place(key, *place), number, names, own, spec.state if spec else "")
        for place, number in numbers.items()
        if place[0] != wins_row
    )
    return PrintedTable(key, _kind(spec, tuple(numbers)), cells, wins)


def _kind(spec: TableSpec | None, places: tuple[Key, ...]) -> Kind:
    """What a table holds, as declared, else by its names."""
    if spec is not None:
        return "counts" if spec.kind == "counts" else "agreement" if spec.state else "scores"
    if any(column.startswith("n_") for _, column in places):
        return "counts"
    return "agreement" if any("/" in row for row, _ in places) else "scores"


def _cell(
    place: Place, number: Printed, names: _Names, own: Mapping[str, tuple[str, str]], state: str
) -> Cell:
    """A cell; `own` is what the table itself declares of its columns."""
    base, _, operation = place.row.partition("/")
    column = place.column.lower()
    dataset = names.datasets.get(place.row.lower()) or names.datasets.get(base.lower(), "")
    return Cell(
        place=place,
        mean=number.mean,
        std=number.std,
        decimals=number.decimals,
        row_meaning=(dataset or base.lower(), operation, state),
        column_meaning=own.get(column) or names.columns.get(column) or (column,),
        dataset=dataset,
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts table2 before table10."""
    return [(int(digits or -1), text) for digits, text in re.findall(r"(\d+)|(\D+)", name)]
