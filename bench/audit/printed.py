"""Printed tables as the checks see them: cells, and which of them mean the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from bench.datasets.catalogue import all_datasets
from bench.declared.published import parse_published
from bench.declared.tables import TableSpec, parse_table
from bench.errors import UsageError
from bench.judge.dataset_facts import DatasetFacts, all_facts, one_class_share
from iunet.declare.contract import closest_first

Kind = Literal["scores", "agreement", "counts"]
"""Scores against the truth, agreement of a network with itself, or counts of data."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One printed number; every place in print is a cell of its own.

    Args:
        table, row, column: where it is printed, by the names of published.csv.
        mean, std: in points (percent), or a count.
        decimals: how many were printed.
        row_meaning: dataset, operation and state of the networks; the name where not declared.
        column_meaning: method and net; the name where not declared.
        facts: what is known of its dataset; None where that is not in the catalogue.
    """

    table: str
    row: str
    column: str
    mean: float
    std: float | None
    decimals: int
    row_meaning: tuple[str, ...]
    column_meaning: tuple[str, ...]
    facts: DatasetFacts | None

    def __str__(self) -> str:
        """Where it is printed."""
        return f"{self.table} {self.row}, {self.column}"

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
    def test_sizes(self) -> tuple[int, ...]:
        """Test rows of each class of its dataset; none where they are not known."""
        return (self.facts and self.facts.test_sizes) or ()

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
    wins: Mapping[str, float]

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

    What a printed name stands for is taken from all tables that declare it.

    Raises:
        DataError: a published.csv is damaged.
        BenchError: a table.toml that cannot be read.
    """
    paths = sorted(folder.glob("*/published.csv"), key=lambda path: _natural(path.parent.name))
    specs = {path: _spec(path.with_name("table.toml")) for path in paths}
    keys = {entry.title.lower(): key for key, entry in all_datasets().items()}
    columns: dict[str, tuple[str, ...]] = {}
    for spec in filter(None, specs.values()):
        keys |= {row.printed_name.lower(): row.dataset for row in spec.rows}
        columns |= _columns(spec)
    facts = all_facts()
    datasets = {name: (key, facts.get(key)) for name, key in keys.items()}
    return tuple(_table(path, spec, datasets, columns) for path, spec in specs.items())


def selected(tables: tuple[PrintedTable, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys asked for; all where none was.

    Raises:
        UsageError: nothing was printed of one; the message lists those that were.
    """
    known = [table.key for table in tables]
    for key in keys:
        if key not in known:
            raise UsageError(f"no printed table called {key!r}; known: {closest_first(key, known)}")
    return keys or tuple(known)


def _grouped(cells: Sequence[Cell], name: Callable[[Cell], str]) -> dict[str, tuple[Cell, ...]]:
    names = dict.fromkeys(map(name, cells))
    return {one: tuple(cell for cell in cells if name(cell) == one) for one in names}


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts table2 before table10."""
    return [(int(digits or -1), text) for digits, text in re.findall(r"(\d+)|(\D+)", name)]


def _spec(path: Path) -> TableSpec | None:
    return parse_table(path.parent.name, path) if path.is_file() else None


def _table(
    path: Path,
    spec: TableSpec | None,
    datasets: Mapping[str, tuple[str, DatasetFacts | None]],
    columns: Mapping[str, tuple[str, ...]],
) -> PrintedTable:
    """The table of a published.csv; what it declares of its own columns comes first.

    Args:
        path, spec: the file, and what the table declares if it does.
        datasets: key and facts of a dataset by the printed name, in small letters.
        columns: method and net by the printed name, in small letters.
    """
    key, numbers = path.parent.name, parse_published(path)
    if spec:
        columns = {**columns, **_columns(spec)}
    wins_row = (spec.best if spec else None) or next((r for r, _ in numbers if r[:1] == "#"), "")
    cells = []
    for (row, column), number in numbers.items():
        base, _, operation = row.lower().partition("/")
        dataset, facts = datasets.get(row.lower()) or datasets.get(base) or (base, None)
        row_meaning = (dataset, operation, spec.state if spec else "")
        column_meaning = columns.get(column.lower(), (column.lower(),))
        printed = number.mean, number.std, number.decimals
        cells.append(Cell(key, row, column, *printed, row_meaning, column_meaning, facts))
    return PrintedTable(
        key,
        _kind(spec, numbers),
        cells=tuple(cell for cell in cells if cell.row != wins_row),
        wins={cell.column: cell.mean for cell in cells if cell.row == wins_row},
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
