"""A table of counts: the data as loaded beside the printed numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from bench.datasets.catalogue import VisionDataset, find_dataset
from bench.declared.published import Printed, read_published
from bench.declared.tables import Column, Row, TableSpec, read_table
from bench.errors import DataError, DataMissing, UsageError
from bench.plan.query import Conditions, Query, conditions_of, find_columns, find_rows
from bench.render.files import Long
from bench.render.sheet import MARKS, PART, ROUNDING, Block, Note, Notes, Sheet, SheetCell, SheetRow
from bench.render.text import counted
from iunet.declare.protocol import Protocol

SHARES = ("majority", "minority")
"""Counts that are shares: fractions in the data, percent with two decimals in print."""

ROUNDED = ("n_train", "n_valid", "n_test", *SHARES)
"""Counts that are shares of the rows, rounded, so that one unit of the last digit says nothing."""

Counts = Mapping[str, float]
"""The counts of a dataset by name."""

Counter = Callable[[str, Protocol], Counts]
"""Counts a dataset under a protocol's split; raises DataError where it cannot be loaded."""


@dataclass(frozen=True)
class CountedRow:
    """One row of a counted table.

    Args:
        cells: in long form.
        error: why the dataset could not be loaded; None where it was.
    """

    row: Row
    cells: tuple[Long, ...]
    error: DataError | None


@dataclass(frozen=True)
class CountedTable:
    """A counted table; its conditions name the protocol whose split was counted."""

    spec: TableSpec
    conditions: Conditions
    columns: tuple[Column, ...]
    rows: tuple[CountedRow, ...]

    def missing(self) -> list[tuple[Row, DataError]]:
        """Rows that could not be loaded, and why."""
        return [(found.row, found.error) for found in self.rows if found.error]

    def cells(self) -> list[Long]:
        """One line a cell."""
        return [cell for found in self.rows for cell in found.cells]


def count_table(query: Query, count: Counter) -> CountedTable:
    """A table of counts as selected; rows whose data are not at hand say so.

    Args:
        query: of the table.
        count: `bench.datasets.load.load_counts`, or `catalogue_counts` to load nothing.

    Raises:
        UsageError, UnknownKey, ProtocolError: an unknown table, row, column or protocol; the
            message lists the known.
    """
    spec = read_table(query.name)
    rows = [row for key in query.datasets for row in find_rows(spec, key)] or spec.rows
    named = [column for key in query.methods for column in find_columns(spec, key)]
    columns = tuple(dict.fromkeys(named or spec.columns))
    conditions = conditions_of(query)
    counted = (_row(spec, row, columns, conditions, count) for row in dict.fromkeys(rows))
    return CountedTable(spec, conditions, columns, tuple(counted))


def catalogue_counts(key: str, protocol: Protocol) -> Counts:
    """Counts without loading any data: from the catalogue, which every load is checked against, and
    the sizes that the protocol's split gives."""
    from bench.datasets.load import split_sizes

    entry = find_dataset(key)
    if isinstance(entry, VisionDataset):
        train, valid = split_sizes(entry.train, protocol.vision.split)
        sizes = {"n_train": train, "n_valid": valid, "n_test": entry.test}
        return {**sizes, "n_classes": entry.classes}
    split = protocol.table.split
    test = math.ceil(split.test * entry.rows)  # rounded up as bench.datasets.load does
    valid = math.ceil(split.valid_of_rest * (entry.rows - test))
    numbers = {n: v for n, v in asdict(entry).items() if isinstance(v, int | float)}
    return numbers | {"n_train": entry.rows - test - valid, "n_valid": valid, "n_test": test}


def counts_sheet(table: CountedTable) -> Sheet:
    """The table as text: the loaded count, its difference from the printed one, the printed one."""
    notes, spec = Notes(), table.spec
    labels = _absent(table, notes)
    rounded = _by_rounding(table)
    whole = (len(table.rows), len(table.columns)) == (len(spec.rows), len(spec.columns))
    rows = tuple(
        SheetRow(
            found.row.title,
            tuple(
                _cell(count, labels.get(found.row), rounded=(found.row, column) in rounded)
                for column, count in zip(table.columns, found.cells, strict=True)
            ),
        )
        for found in table.rows
    )
    header = tuple(column.title for column in table.columns)
    return Sheet(
        name="-".join([spec.key, *table.conditions.unusual]) + ("" if whole else PART),
        title=spec.title,
        caption=_caption(table),
        blocks=(Block(header, rows),),
        notes=(*notes.found, *_rounding_note(len(rounded)), *map(Note, spec.notes)),
        compared=True,
        own="loaded",
    )


def _row(
    spec: TableSpec, row: Row, columns: tuple[Column, ...], conditions: Conditions, count: Counter
) -> CountedRow:
    """Count one row; that it cannot be loaded does not stop the others."""
    found: Counts | DataError
    try:
        found = count(row.dataset, conditions.protocol)
    except DataError as error:
        found = error
    printed = read_published(spec.key)
    cells = (
        _long(row, column, found, printed.get((row.printed_name, column.printed_name)))
        for column in columns
    )
    return CountedRow(row, tuple(cells), found if isinstance(found, DataError) else None)


def _long(row: Row, column: Column, found: Counts | DataError, printed: Printed | None) -> Long:
    """One cell; the difference, loaded minus printed, is decided on the printed digits."""
    form = ".2f" if column.method in SHARES else ".0f"
    loaded = None if isinstance(found, DataError) else f"{_count(found, column):{form}}"
    published = f"{printed.mean:{form}}" if printed else None
    difference, verdict = "", ""
    if loaded and published:
        change = round(float(loaded) - float(published), 2)
        difference, verdict = (f"{change:+{form}}", "differs") if change else ("0", "same")
    return {
        "row": row.title,
        "dataset": row.dataset,
        "column": column.title,
        "loaded": loaded,
        "published": published,
        "difference": difference,
        "verdict": verdict,
        "reason": str(found) if isinstance(found, DataError) else "",
    }


def _count(counts: Counts, column: Column) -> float:
    if column.method not in counts:
        raise UsageError(f"no count called {column.method!r}; known: {', '.join(sorted(counts))}")
    return counts[column.method] * (100 if column.method in SHARES else 1)


def _caption(table: CountedTable) -> tuple[str, ...]:
    verdicts, rounded = [cell["verdict"] for cell in table.cells()], len(_by_rounding(table))
    return (
        f"Beside {table.spec.printed}",
        f"split of {table.conditions.captions[0]}",
        f"{verdicts.count('same')} numbers are the printed ones"
        + (f", {rounded} equal by rounding, " if rounded else ", ")
        + f"{verdicts.count('differs') - rounded} differ",
        f"{len(table.missing())} of {len(table.rows)} datasets are not at hand",
        "differences are loaded minus printed",
    )


def _by_rounding(table: CountedTable) -> set[tuple[Row, Column]]:
    """The cells that differ by one unit of the last printed digit where rounding makes that."""
    return {
        (found.row, column)
        for found in table.rows
        for column, count in zip(table.columns, found.cells, strict=True)
        if column.method in ROUNDED
        and count["verdict"] == "differs"
        and abs(float(str(count["difference"]))) <= (0.01 if column.method in SHARES else 1)
    }


def _rounding_note(count: int) -> list[Note]:
    sign, one = MARKS[ROUNDING], "one unit of the last printed digit"
    if not count:
        return []
    said = counted(count, "size or share", "sizes and shares")
    return [Note(f"{sign}: {said} of the rows, off by {one} through rounding.", brief=True)]


def _absent(table: CountedTable, notes: Notes) -> dict[Row, str]:
    """The label of the note on each dataset that could not be loaded; one note for all not at hand.

    The note leaves out where they were looked for, which differs from machine to machine.
    """
    missing = [row for row, error in table.missing() if isinstance(error, DataMissing)]
    keys = [row.dataset for row in missing]
    text = f"{', '.join(keys)}: not at hand."
    labels = {row: notes.label(text, f"bench data fetch {' '.join(keys)}") for row in missing}
    damaged = [(row, error) for row, error in table.missing() if row not in labels]
    return labels | {row: notes.label(str(error)) for row, error in damaged}


def _cell(count: Long, label: str | None, *, rounded: bool) -> SheetCell:
    mark = ROUNDING if rounded else "same" if count["verdict"] == "same" else ""
    return SheetCell(
        own=str(count["loaded"] or ""),
        change=str(count["difference"]) if count["difference"] and not mark else "",
        printed=str(count["published"] or ""),
        mark=mark,
        notes=(label,) if label else (),
    )
