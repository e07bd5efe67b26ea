"""Printed tables as the checks see them: cells, and which of them mean the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from bench.datasets.catalogue import all_datasets
from bench.declared.published import Printed, parse_published
from bench.declared.tables import TableSpec, parse_table
from bench.errors import UsageError
from bench.judge.dataset_facts import DatasetFacts, all_facts, one_class_share

Kind = Literal["scores", "agreement", "counts"]
"""Scores against the truth, agreement of a network with itself, or counts of data."""


@dataclass(frozen=True, order=True)
class PrintedPlace:
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
        facts: what is known of its dataset; None where that is not in the catalogue.
    """

    place: PrintedPlace
    mean: float
    std: float | None
    decimals: int
    row_meaning: tuple[str, ...]
    column_meaning: tuple[str, ...]
    facts: DatasetFacts | None

    @property
    def row(self) -> str:
        """The printed name of its row."""
        return self.place.row

    @property
    def column(self) -> str:
        """The printed name of its column."""
        return self.place.column

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

    @property
    def one_class(self) -> tuple[int, int] | None:
        """Test rows of the largest class and of all, where their share is the printed mean."""
        return one_class_share(self, self.facts)


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
        return _grouped(self.cells, lambda cell: cell.row)

    @cached_property
    def columns(self) -> dict[str, tuple[Cell, ...]]:
        """Cells by the name of their column."""
        return _grouped(self.cells, lambda cell: cell.column)


def read_tables(folder: Path) -> tuple[PrintedTable, ...]:
    """Every table of a folder that something was printed of, table2 before table10.

    Raises:
        DataError: a published.csv is damaged.
        BenchError: a table.toml that cannot be read.
    """
    paths = sorted(folder.glob("*/published.csv"), key=lambda path: _natural(path.parent.name))
    specs = {path: _spec(path.with_name("table.toml")) for path in paths}
    declared = [spec for spec in specs.values() if spec]
    datasets = {entry.title.lower(): key for key, entry in all_datasets().items()}
    datasets |= {row.printed_name.lower(): row.dataset for spec in declared for row in spec.rows}
    columns = {name: meaning for spec in declared for name, meaning in _columns(spec).items()}
    names = _Names(datasets, columns, all_facts())
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


def _grouped(cells: Sequence[Cell], name: Callable[[Cell], str]) -> dict[str, tuple[Cell, ...]]:
    names = dict.fromkeys(map(name, cells))
    return {one: tuple(cell for cell in cells if name(cell) == one) for one in names}


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts table2 before table10."""
    return [(int(digits or -1), text) for digits, text in re.findall(r"(\d+)|(\D+)", name)]


def _spec(path: Path) -> TableSpec | None:
    return parse_table(path.parent.name, path) if path.is_file() else None


@dataclass(frozen=True)
class _Names:
    """What printed names, in small letters, stand for, as far as any table declares it.

    Args:
        datasets: dataset keys.
        columns: method and net.
        facts: of the datasets, by key.
    """

    datasets: Mapping[str, str]
    columns: Mapping[str, tuple[str, str]]
    facts: Mapping[str, DatasetFacts]

    def cell(self, place: PrintedPlace, number: Printed, state: str) -> Cell:
        """A number with its meaning, of networks in this state."""
        base, _, operation = place.row.partition("/")
        column = place.column.lower()
        dataset = self.datasets.get(place.row.lower()) or self.datasets.get(base.lower(), "")
        return Cell(
            place=place,
            mean=number.mean,
            std=number.std,
            decimals=number.decimals,
            row_meaning=(dataset or base.lower(), operation, state),
            column_meaning=self.columns.get(column, (column,)),
            facts=self.facts.get(dataset),
        )


def _table(path: Path, spec: TableSpec | None, names: _Names) -> PrintedTable:
    """The table of a published.csv; what it declares of its own columns comes first."""
    key, numbers = path.parent.name, parse_published(path)
    if spec:
        names = replace(names, columns={**names.columns, **_columns(spec)})
    wins_row = (spec.best if spec else None) or next((r for r, _ in numbers if r[:1] == "#"), "")
    return PrintedTable(
        key,
        _kind(spec, numbers),
        cells=tuple(
            names.cell(PrintedPlace(key, *place), number, spec.state if spec else "")
            for place, number in numbers.items()
            if place[0] != wins_row
        ),
        wins={column: n.mean for (row, column), n in numbers.items() if row == wins_row},
    )


def _columns(spec: TableSpec) -> dict[str, tuple[str, str]]:
    """Method and net by the printed name of the column, in small letters."""
    return {column.printed_name.lower(): (column.method, column.net) for column in spec.columns}


def _kind(spec: TableSpec | None, places: Iterable[tuple[str, str]]) -> Kind:
    """What a table holds, as declared, else by its names."""
    if spec is not None:
        return "counts" if spec.kind == "counts" else "agreement" if spec.state else "scores"
    if any(column.startswith("n_") for _, column in places):
        return "counts"
    return "agreement" if any("/" in row for row, _ in places) else "scores"
