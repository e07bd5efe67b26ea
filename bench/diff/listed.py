"""A comparison as CSV and as JSON: every cell, percent and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.diff.diff import Summary, TableDiff
from bench.diff.line import Line
from bench.diff.order import Order
from bench.diff.page import missing
from bench.judge.verdict import RULE
from bench.render.files import Long, csv_text


def csv(diffs: Sequence[TableDiff]) -> str:
    """One line a cell, all tables below each other."""
    return csv_text([_long(diff, line) for diff in diffs for line in diff.lines])


def as_json(diffs: Sequence[TableDiff]) -> dict[str, Any]:
    """Every table with its cells, summaries and orders."""
    return {"rule": RULE, "tables": [_table_json(diff) for diff in diffs]}


def _long(diff: TableDiff, line: Line) -> Long:
    mean, std, n = line.own or (None, None, 0)
    entry, verdict = line.entry, line.entry.verdict
    return {
        "table": diff.table.spec.key,
        "protocol": diff.table.ask.protocol,
        "budget": diff.table.ask.budget,
        "row": entry.row.title,
        "dataset": entry.row.dataset,
        "column": entry.column.title,
        "net": entry.column.net,
        "method": entry.column.method,
        "metric": entry.metric,
        "own_mean": _rounded(mean),
        "own_std": _rounded(std),
        "n": n,
        "printed_mean": line.printed.mean,
        "printed_std": line.printed.std,
        "corrected": int(entry.correction is not None),
        "difference": _rounded(line.difference),
        "allowed": _rounded(verdict.allowed if verdict else None),
        "verdict": line.status,
        "reason": line.reason,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _table_json(diff: TableDiff) -> dict[str, Any]:
    return {
        "table": diff.table.spec.key,
        "protocol": diff.table.ask.protocol,
        "budget": diff.table.ask.budget,
        "summary": _summary_json(diff.summary),
        "columns": [
            {
                "column": column.column.title,
                "net": column.column.net,
                "method": column.column.method,
                "metric": column.metric,
                "summary": _summary_json(column.summary),
                "row_order": _order_json(column.summary.order),
            }
            for column in diff.columns
        ],
        "column_orders": [
            {"row": one.row.title, "metric": one.metric} | (_order_json(one.order) or {})
            for one in diff.rows
        ],
        "cells": [_long(diff, line) for line in diff.lines],
        "missing": [{"what": note.text, "command": note.command} for note in missing(diff)],
    }


def _summary_json(summary: Summary) -> dict[str, Any]:
    return {
        **asdict(summary.tally),
        "mean_difference": _rounded(summary.mean),
        "median_difference": _rounded(summary.median),
        "mean_absolute_difference": _rounded(summary.absolute),
    }


def _order_json(order: Order | None) -> dict[str, Any] | None:
    if order is None:
        return None
    return {
        "n": order.n,
        "kendall": _rounded(order.kendall),
        "spearman": _rounded(order.spearman),
        "same": order.same,
        "opposite": order.opposite,
        "tied": order.tied,
    }
