"""All records as one table for other programs: one row a run, scores as fractions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from bench.store.records import Record
from bench.store.write import NAMED, write_whole

RUN = ("dataset", "net", "method", "protocol", "budget", "point", "seed", "run_id")
COST = ("fit_seconds", "peak_memory_bytes")
PROVENANCE = (
    *("device", "processor", "threads", "python", "environment", "cohort"),
    *("data_digest", "commit", "dirty"),
)
OWN = "own"

Row = dict[str, Any]


def rows_of(records: Iterable[Record]) -> tuple[list[str], list[Row]]:
    """(column names, rows): what was run, metrics by name, facts by name, cost and provenance.

    Where a fact has the name of another column, the other is kept.
    """
    kept = list(records)
    points, metrics, facts, stages = (
        _names(map(part, kept)) for part in (_point, _metrics, _facts, _stages)
    )
    metrics.sort(key=lambda name: name.startswith("valid_"))
    found = (*sorted(points), *metrics, *sorted(facts))
    names = list(dict.fromkeys((*RUN, *found, *COST, *stages, *PROVENANCE, OWN)))
    return names, [_row(record) for record in kept]


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
    columns = {}
    for name in names:
        values = _one_type([row.get(name) for row in rows])
        empty = pa.string() if name in PROVENANCE else pa.float64()
        columns[name] = pa.array(values, empty if not any(v is not None for v in values) else None)

    def fill(file: IO[bytes]) -> None:
        pq.write_table(pa.table(columns), file)

    write_whole(path, fill, NAMED)
    return len(rows)


def _row(record: Record) -> Row:
    return {
        **_facts(record),
        **_metrics(record),
        **_point(record),
        **_stages(record),
        **{name: record.cost.get(name) for name in COST},
        **{name: record.provenance.get(name) for name in PROVENANCE},
        "dataset": record.dataset,
        "net": record.net,
        "method": record.method,
        "protocol": record.protocol,
        "budget": record.budget,
        "point": " ".join(f"{name}={value:g}" for name, value in record.point),
        "seed": record.seed,
        "run_id": record.run_id,
        OWN: record.own,
    }


def _names(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


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


def _one_type(values: Sequence[Any]) -> list[Any]:
    """Texts where any value is a text, floats where any is a float: a column has one type."""
    kinds = {type(value) for value in values if value is not None}
    if str in kinds:
        return [None if value is None else str(value) for value in values]
    if float in kinds:
        return [None if value is None else float(value) for value in values]
    return list(values)
