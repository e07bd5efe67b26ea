"""All records as one table: one row a run, scores as fractions; written as CSV or parquet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.render.files import ANOTHER_FILE, write_durable
from bench.render.text import csv_cell, plain
from bench.store.records import RUN, Record

if TYPE_CHECKING:
    from pandas import DataFrame, Series

COST = ("fit_seconds", "peak_memory_bytes")
PROVENANCE = (
    *("device", "processor", "threads", "python", "environment", "cohort"),
    *("data_digest", "commit", "dirty"),
)
OWN = "own"

TYPES = {str: "string", int: "Int64", float: "float64", bool: "boolean"}
"""The dtype of a column by the type of its values; each has a value for what is missing."""

Row = dict[str, Any]


def frame_of(records: Iterable[Record]) -> DataFrame:
    """One row a record: what was run, metrics, facts, cost and provenance, each by its own name.

    A value that a run does not have is missing. Where a fact has the name of another column, the
    other is kept. A column of numbers of several types, as some hyper-parameters, holds objects.
    """
    from pandas import DataFrame

    columns = defaultdict[str, list[Any]](list)
    parts = {part: dict[str, None]() for part in (_point, _metrics, _facts, _stages)}
    count = 0
    for count, record in enumerate(records, start=1):  # one by one: a record is larger than its row
        for part, names in parts.items():
            names |= dict.fromkeys(part(record))
        for name, value in _row(record).items():
            column = columns[name]
            column += [None] * (count - 1 - len(column))
            column.append(value)
    points, metrics, facts, stages = map(list, parts.values())
    metrics.sort(key=lambda name: name.startswith("valid_"))
    found = (*sorted(points), *metrics, *sorted(facts))
    every = dict.fromkeys((*RUN, *found, *COST, *stages, *PROVENANCE, OWN))
    for name in every:
        columns[name] += [None] * (count - len(columns[name]))
    return DataFrame({plain(name): _column(name, columns.pop(name)) for name in every})


def write_csv(frame: DataFrame, path: Path) -> None:
    """Write records as CSV, empty where a run has no such value.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    texts = [name for name in frame.columns if frame[name].dtype == "string"]
    safe = frame.assign(**{name: frame[name].map(csv_cell) for name in texts})
    text = safe.rename(columns=csv_cell).to_csv(index=False, lineterminator="\n")
    write_durable(path, text.encode(), ANOTHER_FILE, named=True)


def write_parquet(frame: DataFrame, path: Path) -> None:
    """Write records as parquet, null where a run has no such value.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "Int64": pa.int64(), "boolean": pa.bool_()}
    columns = {}
    for name in frame.columns:
        column = frame[name].astype("float64") if frame[name].dtype == "object" else frame[name]
        columns[name] = pa.array(column, types.get(column.dtype.name, pa.float64()))
    write_durable(
        path, lambda file: pq.write_table(pa.table(columns), file), ANOTHER_FILE, named=True
    )


def _row(record: Record) -> Row:
    return {
        **_facts(record),
        **_metrics(record),
        **_point(record),
        **_stages(record),
        **{name: record.cost.get(name) for name in COST},
        **{name: record.provenance.get(name) for name in PROVENANCE},
        **{name: getattr(record, name) for name in (*RUN, OWN)},
        "point": " ".join(f"{name}={value:g}" for name, value in record.point),
    }


def _point(record: Record) -> Row:
    return {f"point_{name}": value for name, value in record.point}


def _metrics(record: Record) -> Row:
    return dict(record.result["metrics"])


def _facts(record: Record) -> Row:
    """With the compression ratio, total over kept weights, where weights are counted."""
    facts: Row = dict(record.result["facts"])
    total, kept = facts.get("total_weights"), facts.get("kept_weights")
    return facts | {"ratio": total / kept} if total and kept else facts


def _stages(record: Record) -> Row:
    seconds: Mapping[str, float] = record.cost.get("seconds", {})
    return {f"{stage}_seconds": value for stage, value in seconds.items()}


def _column(name: str, values: Sequence[Any]) -> Series[Any]:
    """The values as a column of one type; texts where any of them is a text."""
    from pandas import Series

    types = {type(value) for value in values if value is not None}
    if str in types:
        return Series([None if v is None else plain(str(v)) for v in values], dtype="string")
    if not types:
        return Series(values, dtype="string" if name in (*RUN, *PROVENANCE) else "float64")
    return Series(values, dtype=TYPES.get(types.pop(), "object") if len(types) == 1 else "object")
