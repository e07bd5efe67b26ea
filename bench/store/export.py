"""All records as one table for other programs: one row a run, scores as fractions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from bench.store.records import Record
from bench.store.write import NAMED, write_whole

FIRST = ("dataset", "net", "method", "protocol", "budget", "point", "seed", "run_id")
LAST = ("fit_seconds", "peak_memory_bytes", "device", "environment", "data_digest", "commit", "own")

Row = dict[str, Any]


def rows_of(records: Iterable[Record]) -> tuple[list[str], list[Row]]:
    """(column names, rows): what was run, metrics by name, facts by name, cost and provenance."""
    rows, metrics, facts = [], dict[str, None](), set[str]()
    for record in records:
        metrics.update(dict.fromkeys(record.result["metrics"]))
        facts.update(record.result["facts"])
        rows.append(_row(record))
    names = sorted(metrics, key=lambda name: name.startswith("valid_"))
    return [*FIRST, *names, *sorted(facts.difference(names)), *LAST], rows


def write_csv(records: Iterable[Record], path: Path) -> int:
    """Write all records as CSV, empty where a run has no such number. Returns the rows."""
    names, rows = rows_of(records)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)

    def fill(file: IO[bytes]) -> None:
        file.write(text.getvalue().encode())

    write_whole(path, fill, NAMED)
    return len(rows)


def write_parquet(records: Iterable[Record], path: Path) -> int:
    """Write all records as parquet, null where a run has no such number. Returns the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names, rows = rows_of(records)
    columns = {name: pa.array(_one_type([row.get(name) for row in rows])) for name in names}

    def fill(file: IO[bytes]) -> None:
        pq.write_table(pa.table(columns), file)

    write_whole(path, fill, NAMED)
    return len(rows)


def _row(record: Record) -> Row:
    point = " ".join(f"{name}={value:g}" for name, value in record.point)
    provenance = {name: record.provenance.get(name) for name in LAST if name in record.provenance}
    cost = {name: record.cost.get(name) for name in ("fit_seconds", "peak_memory_bytes")}
    return {
        "dataset": record.dataset,
        "net": record.net,
        "method": record.method,
        "protocol": record.protocol,
        "budget": record.budget,
        "point": point,
        "seed": record.seed,
        "run_id": record.run_id,
        **record.result["facts"],
        **record.result["metrics"],
        **cost,
        **provenance,
        "own": record.own,
    }


def _one_type(values: Sequence[Any]) -> list[Any]:
    """Texts where any value is a text, floats where any is a float: a column has one type."""
    kinds = {type(value) for value in values if value is not None}
    if str in kinds:
        return [None if value is None else str(value) for value in values]
    if float in kinds:
        return [None if value is None else float(value) for value in values]
    return list(values)
