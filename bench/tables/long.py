"""A table in long form, one line a cell: for CSV and --json. Scores in percent, entropy in nats,
costs in seconds."""

from __future__ import annotations

from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.metrics import metric_named
from bench.render.files import Long


def collected_rows(table: Collected) -> list[Long]:
    """One line a cell of a collected table."""
    return [_line(entry) for entry in table.entries()]


def _line(entry: Entry) -> Long:
    cell = entry.own if isinstance(entry.own, Cell) else None
    metric = metric_named(entry.metric)
    averaged = cell if not metric.cost else None
    empty = "" if isinstance(entry.own, Cell) else entry.own.reason
    printed, verdict = entry.printed, entry.verdict
    corrected = entry.correction.printed if entry.correction else None
    return {
        "row": entry.row.title,
        "dataset": entry.row.dataset,
        "column": entry.column.title,
        "net": entry.column.net,
        "method": entry.column.method,
        "metric": entry.metric,
        "own_mean": _rounded(metric.in_unit(cell.mean)) if cell else None,
        "own_std": _rounded(metric.in_unit(averaged.std)) if averaged else None,
        "n": cell.n if cell else 0,
        "configurations": cell.configurations if cell else None,
        "point": " ".join(f"{name}={value:g}" for name, value in cell.point) if cell else "",
        "published_mean": printed.mean if printed else None,
        "published_std": printed.std if printed else None,
        "published_metric": entry.column.printed_metric if printed else None,
        "corrected_mean": corrected.mean if corrected else None,
        "corrected_std": corrected.std if corrected else None,
        "difference": _rounded(verdict.difference) if verdict else None,
        "verdict": verdict.outcome.value if verdict else "",
        "reason": verdict.reason if verdict else empty,
    }


def _rounded(value: float | None) -> float | None:
    """To a thousandth of a printed digit, so that a file does not change with the last bit."""
    return None if value is None else round(value, 6)
