"""A table of counts: the data as loaded beside the printed numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from bench.datasets.catalogue import VisionDataset, find_dataset
from bench.declared.published import Printed, Published, read_published
from bench.declared.tables import Column, Row, TableSpec, read_table
from bench.errors import DataError, DataMissing, UsageError
from bench.plan.query import Query, find_columns, find_rows
from bench.render.files import Long
from bench.render.sheet import PART, Block, Note, Notes, Sheet, SheetCell, SheetRow
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import Protocol, default_protocol, find_protocol

SHARES = ("majority", "minority")
"""Counts that are shares: fractions in the data, percent with two decimals in print."""

Counter = Callable[[str], Mapping[str, float]]
"""The counts of a dataset by name; raises DataError where it cannot be loaded."""


@dataclass(frozen=True)
class Counted:
    """A counted table.

    Args:
        rows: each with its counts by name, or why it could not be loaded.
        protocol, protocol_title: whose split was counted.
    """

    spec: TableSpec
    protocol: str
    protocol_title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Row, Mapping[str, float] | DataError], ...]
    published: Published

    def missing(self) -> list[tuple[Row, DataError]]:
        """Rows that could not be loaded, and why."""
        return [(row, found) for row, found in self.rows if isinstance(found, DataError)]


def count_table(query: Query, counter: Callable[[Protocol], Counter] | None = None) -> Counted:
    """A table of counts as selected; rows whose data are not at hand say so.

    Args:
        query: of the table.
        counter: what counts datasets under a protocol; `data_counter` where it is None.

    Raises:
        UsageError: an unknown table, row, column or protocol; the message lists the known.
    """
    spec = read_table(query.name)
    rows = [row for key in query.datasets for row in find_rows(spec, key)]
    columns = [column for key in query.methods for column in find_columns(spec, key)]
    name = query.protocol or default_protocol()
    try:
        protocol = find_protocol(name)
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    count = (counter or data_counter)(protocol)
    return Counted(
        spec=spec,
        protocol=protocol.key,
        protocol_title=protocol.title,
        columns=tuple(dict.fromkeys(columns)) or spec.columns,
        rows=tuple(count_rows(tuple(dict.fromkeys(rows)) or spec.rows, count)),
        published=read_published(spec.key),
    )


def data_counter(protocol: Protocol) -> Counter:
    """Counts of loaded data under a protocol's splits; a table's task id is the catalogue's."""
    from bench.datasets.load import load_counts

    return partial(load_counts, protocol=protocol)


def catalogue_counter(protocol: Protocol) -> Counter:
    """The same counts without loading any data: from the catalogue, which every load is checked
    against, and the sizes that the protocol's split gives."""

    def count(key: str) -> Mapping[str, float]:
        from bench.datasets.load import split_sizes

        entry = find_dataset(key)
        if isinstance(entry, VisionDataset):
            train, valid = split_sizes(entry.train, protocol.vision.split)
            return _sizes(train, valid, entry.test) | {"n_classes": entry.classes}
        split = protocol.table.split
        test = math.ceil(split.test * entry.rows)  # rounded up as bench.datasets.load does
        valid = math.ceil(split.valid_of_rest * (entry.rows - test))
        numbers = {n: v for n, v in asdict(entry).items() if isinstance(v, int | float)}
        return numbers | _sizes(entry.rows - test - valid, valid, test)

    return count


def _sizes(train: int, valid: int, test: int) -> dict[str, float]:
    return {"n_train": train, "n_valid": valid, "n_test": test}


def count_rows(
    rows: Sequence[Row], count: Counter
) -> list[tuple[Row, Mapping[str, float] | DataError]]:
    """Count every row; one that cannot be loaded does not stop the others."""
    found: list[tuple[Row, Mapping[str, float] | DataError]] = []
    for row in rows:
        try:
            found.append((row, count(row.dataset)))
        except DataError as error:
            found.append((row, error))
    return found


def counts_sheet(table: Counted) -> Sheet:
    """The table as text: the loaded count, its difference from the printed one, the printed one."""
    notes = Notes()
    absent = _absent(table, notes)
    rows = tuple(
        SheetRow(
            row.title,
            tuple(_cell(_long(table, row, c, found), absent.get(row)) for c in table.columns),
        )
        for row, found in table.rows
    )
    header = tuple(column.title for column in table.columns)
    remarks = tuple(Note(text) for text in table.spec.notes)
    return Sheet(
        name=_file_name(table),
        title=table.spec.title,
        caption=_caption(table),
        blocks=(Block(header, rows),),
        notes=(*notes.found, *remarks),
        compared=True,
        own="loaded",
    )


def _file_name(table: Counted) -> str:
    """See bench.tables.sheet.file_name."""
    whole = len(table.rows) == len(table.spec.rows) and len(table.columns) == len(
        table.spec.columns
    )
    parts = [table.spec.key]
    parts += [table.protocol] if table.protocol != default_protocol() else []
    return "-".join(parts) + ("" if whole else PART)


def counts_rows(table: Counted) -> list[Long]:
    """One line a cell."""
    return [_long(table, row, c, found) for row, found in table.rows for c in table.columns]


def _caption(table: Counted) -> tuple[str, ...]:
    same = [line["verdict"] for line in counts_rows(table)]
    return (
        f"Beside {table.spec.printed}",
        f"split of protocol {table.protocol} ({table.protocol_title})",
        f"{same.count('same')} numbers are the printed ones, {same.count('differs')} differ",
        f"{len(table.missing())} of {len(table.rows)} datasets are not at hand",
        "differences are loaded minus printed",
    )


def _absent(table: Counted, notes: Notes) -> dict[Row, str]:
    """The label of the note on each dataset that could not be loaded; one note for all not at hand.

    The note leaves out where they were looked for, which differs from machine to machine.
    """
    missing = [row for row, error in table.missing() if isinstance(error, DataMissing)]
    keys = [row.dataset for row in missing]
    text = f"Not at hand: {', '.join(keys)}."
    labels = {row: notes.label(text, f"bench data fetch {' '.join(keys)}") for row in missing}
    damaged = [(row, error) for row, error in table.missing() if row not in labels]
    return labels | {row: notes.label(str(error)) for row, error in damaged}


def _cell(count: Long, label: str | None) -> SheetCell:
    return SheetCell(
        own=str(count["loaded"] or ""),
        change=str(count["difference"]) if count["verdict"] == "differs" else "",
        printed=str(count["published"] or ""),
        mark="same" if count["verdict"] == "same" else "",
        notes=(label,) if label else (),
    )


def _long(table: Counted, row: Row, column: Column, found: Mapping[str, float] | DataError) -> Long:
    printed = table.published.get((row.printed_name, column.printed_name))
    own = None if isinstance(found, DataError) else _value(found, column)
    change = "" if own is None else _difference(own, printed, column)
    compared = own is not None and printed is not None
    return {
        "row": row.title,
        "dataset": row.dataset,
        "column": column.title,
        "loaded": None if own is None else _digits(own, column),
        "published": _digits(printed.mean, column) if printed else None,
        "difference": change or ("0" if compared else ""),
        "verdict": ("differs" if change else "same") if compared else "",
        "reason": str(found) if isinstance(found, DataError) else "",
    }


def _value(found: Mapping[str, float], column: Column) -> float:
    if column.method not in found:
        raise UsageError(f"no count called {column.method!r}; known: {', '.join(sorted(found))}")
    value = found[column.method]
    return 100 * value if column.method in SHARES else value


def _digits(value: float, column: Column) -> str:
    return f"{value:.2f}" if column.method in SHARES else f"{value:.0f}"


def _difference(value: float, printed: Printed | None, column: Column) -> str:
    """Loaded minus printed, decided on the printed digits; empty where there is none."""
    if printed is None:
        return ""
    change = float(_digits(value, column)) - float(_digits(printed.mean, column))
    if round(change, 2) == 0:
        return ""
    return f"{change:+.2f}" if column.method in SHARES else f"{change:+.0f}"
