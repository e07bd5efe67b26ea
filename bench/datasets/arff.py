"""ARFF files, the form in which OpenML gives a checksum."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.datasets.arrow import from_arrow
from bench.datasets.table import MISSING, Column, categorical, numeric

Attribute = tuple[str, str | list[str]]
"""Name and "REAL", "STRING", ... or the list of declared categories."""

SPECIAL = b"'\"{\\%\t"
"""Bytes that make a data section more than plain values between commas."""


def read_arff(path: Path) -> list[Column]:
    """All columns of a dense or sparse ARFF file, in order.

    Raises:
        ValueError: not ARFF, a value that was not declared, or rows of unequal length.
    """
    import arff

    raw = path.read_bytes()
    header, data = _halves(raw)
    try:
        attributes: list[Attribute] = arff.loads(header.decode("utf-8"))["attributes"]
        if not any(byte in data for byte in (SPECIAL[i : i + 1] for i in range(len(SPECIAL)))):
            return _plain(data, attributes)
        decoded = arff.loads(raw.decode("utf-8"), return_type=arff.DENSE)
    except arff.ArffException as error:
        raise ValueError(str(error)) from error
    return _columns(decoded["data"], attributes)


def _halves(raw: bytes) -> tuple[bytes, bytes]:
    """The declarations up to and with the @data line, and what follows it."""
    at = 0
    while at < len(raw):
        end = raw.find(b"\n", at)
        end = len(raw) if end < 0 else end + 1
        if raw[at:end].strip().lower() == b"@data":
            return raw[:end], raw[end:]
        at = end
    raise ValueError("no @data line; the file is cut short or not ARFF")


def _plain(data: bytes, attributes: Sequence[Attribute]) -> list[Column]:
    """A data section without quotes or comments: fast, for the tables of millions of cells."""
    import pyarrow
    from pyarrow import csv

    kinds = [
        pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
        if _nominal(kind)
        else pyarrow.float64()
        for _, kind in attributes
    ]
    places = [str(i) for i in range(len(attributes))]
    table = csv.read_csv(
        io.BytesIO(data),
        csv.ReadOptions(column_names=places, use_threads=False),
        csv.ParseOptions(quote_char=False),
        csv.ConvertOptions(
            column_types=dict(zip(places, kinds, strict=True)),
            null_values=["?"],
            strings_can_be_null=True,
        ),
    )
    columns = [
        Column(name, column.values, column.spellings)
        for (name, _), column in zip(attributes, from_arrow(table), strict=True)
    ]
    for column, (_, kind) in zip(columns, attributes, strict=True):
        _check_declared(column, kind)
    return columns


def _nominal(kind: str | list[str]) -> bool:
    return isinstance(kind, list) or kind == "STRING"


def _check_declared(column: Column, kind: str | list[str]) -> None:
    if not isinstance(kind, list):
        return
    declared = {value.strip().lower() for value in kind}
    for text in column.spellings or ():
        if text.lower() not in declared:
            raise ValueError(f"column {column.name!r} has {text!r}, which it does not declare")


def _columns(rows: list[list[object]], attributes: Sequence[Attribute]) -> list[Column]:
    return [
        _text_column(name, [row[i] for row in rows])
        if _nominal(kind)
        else numeric(name, np.asarray([row[i] for row in rows], dtype=np.float64))
        for i, (name, kind) in enumerate(attributes)
    ]


def _text_column(name: str, values: list[object]) -> Column:
    known: dict[object, int] = {}
    codes = [MISSING if v is None else known.setdefault(v, len(known)) for v in values]
    return categorical(name, np.asarray(codes, dtype=np.int32), list(known))
