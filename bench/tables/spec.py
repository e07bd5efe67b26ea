"""What a table is: its rows, columns and metric, read from table.toml; unknown keys are refused."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from bench.errors import BenchError, UsageError
from bench.tables.folder import table_folder

_STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class Row:
    """One row: a dataset, its title, and its name in published.csv (the title unless given)."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    dataset: str
    title: str
    published: str = ""
    part: str = "tabular"

    @property
    def printed_name(self) -> str:
        """The row's name in published.csv."""
        return self.published or self.title


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        title: as shown.
        method, net: what is run.
        published: its name in published.csv, the title unless given.
        printed_metric: what the printed numbers were computed with; none where nothing was printed.
        built: False where only the printed numbers can be shown yet.
        part: rows and columns of one part belong together.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    title: str
    method: str
    net: str = "-"
    published: str = ""
    printed_metric: str | None = None
    built: bool = True
    part: str = "tabular"

    @property
    def printed_name(self) -> str:
        """The column's name in published.csv."""
        return self.published or self.title


@dataclass(frozen=True)
class TableSpec:
    """One table.

    Args:
        key: the name of its folder and command.
        title: ours, for the caption.
        rows, columns: in printed order, all parts.
        metric: what cells show unless another is asked for.
        metrics: what can be asked for; only `metric` where empty.
        printed: where it was printed; empty for tables of our own.
        kind: scores of runs, or counts of datasets.
        best: name of the printed row that counts wins.
        collapse: a fact, the share of the most predicted class, that marks a score as collapsed.
        parts: the parts that can be made today.
        budget: the one used where none is named; the usual one where empty.
        notes: what a reader has to know, one sentence or two each.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    key: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    metric: str
    metrics: tuple[str, ...] = ()
    printed: str = ""
    kind: Literal["scores", "counts"] = "scores"
    best: str | None = None
    collapse: str | None = None
    parts: tuple[str, ...] = ("tabular",)
    budget: str = ""
    notes: tuple[str, ...] = ()

    def ready_rows(self) -> tuple[Row, ...]:
        """Rows of the parts that can be made."""
        return tuple(row for row in self.rows if row.part in self.parts)

    def ready_columns(self) -> tuple[Column, ...]:
        """Columns of the parts that can be made, those with printed numbers only included."""
        return tuple(column for column in self.columns if column.part in self.parts)

    def pairs(self) -> Iterator[tuple[Row, Column]]:
        """What runs: every row with every built column of its part."""
        for row in self.ready_rows():
            for column in self.ready_columns():
                if column.part == row.part and column.built:
                    yield row, column


def read_table(name: str) -> TableSpec:
    """The table of this name.

    Raises:
        UsageError: no such table.
        BenchError: its file is not TOML, or names a key no table has, or misses one.
    """
    path = table_folder(name) / "table.toml"
    try:
        return parse_table(name, path.read_text(encoding="utf-8"))
    except SpecError as error:
        raise BenchError(f"{path}: {error}") from error


class SpecError(Exception):
    """A table.toml that cannot be read; the message names the key."""


def parse_table(name: str, text: str) -> TableSpec:
    """The table in this text."""
    from pydantic import TypeAdapter, ValidationError

    try:
        raw: dict[str, Any] = tomllib.loads(text)
        return TypeAdapter(TableSpec).validate_python({"key": name, **raw})
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SpecError(f"{where}: {first['msg']}") from error


def table_title(name: str) -> str:
    """The table's title alone, without checking the rest; quick enough for a command's help."""
    path = table_folder(name) / "table.toml"
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8")).get("title", name))
    except tomllib.TOMLDecodeError as error:
        raise BenchError(f"{path}: not TOML: {error}") from error


def find_row(spec: TableSpec, name: str) -> Row:
    """The row of this dataset key or title.

    Raises:
        UsageError: no such row; the message lists the known.
    """
    rows = spec.ready_rows()
    for row in rows:
        if name.lower() in (row.dataset, row.title.lower(), row.printed_name.lower()):
            return row
    known = closest_first(name, [row.dataset for row in rows])
    raise UsageError(f"{spec.key} has no row {name!r}; known: {', '.join(known)}")


def find_column(spec: TableSpec, name: str) -> Column:
    """The column of this method key or title.

    Raises:
        UsageError: no such column; the message lists the known.
    """
    columns = spec.ready_columns()
    for column in columns:
        if name.lower() in (column.method, column.title.lower(), column.printed_name.lower()):
            return column
    known = closest_first(name, [column.method for column in columns])
    raise UsageError(f"{spec.key} has no column {name!r}; known: {', '.join(known)}")


def closest_first(name: str, known: Sequence[str]) -> list[str]:
    """The known names, those closest to a mistyped one first."""
    close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4)
    return list(dict.fromkeys([*close, *known]))
