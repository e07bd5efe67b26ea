"""A comparison as a page of sentences and tables, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.declared.tables import short_title
from bench.diff.diff import ColumnDiff, Order, RowOrder, Summary, TableDiff
from bench.judge.cell import Cell
from bench.judge.collect import Gap, joint_tally
from bench.judge.tally import counts_text, tally_sentences
from bench.judge.verdict import RULE, Outcome, TableEntry, rounded
from bench.render.files import Long, csv_text
from bench.render.outline import Grid, Item, Outline, Section
from bench.render.text import counted, first_up

LEGEND = (
    f"Percent, mean ± std. The rule: {RULE}. tau and rho: Kendall and Spearman, own against "
    "printed, compared cells of one metric only, ties as on the printed digits."
)

HEAD = ("row", "ours (runs)", "printed", "difference", "verdict")


def outline(diffs: Sequence[TableDiff]) -> Outline:
    """Table by table and column by column the cells, and below each what they come to."""
    every = [_all(diffs)] if len(diffs) > 1 else []
    return Outline("Own numbers against the printed ones", (*every, *map(_table, diffs), LEGEND))


def csv(diffs: Sequence[TableDiff]) -> str:
    """One line a cell, all tables below each other; percent and points."""
    return csv_text([_long(diff, line) for diff in diffs for line in diff.entries])


def as_json(diffs: Sequence[TableDiff]) -> dict[str, Any]:
    """Every table with its cells, summaries and orders; percent and points."""
    return {"rule": RULE, "tables": [_table_json(diff) for diff in diffs]}


def _all(diffs: Sequence[TableDiff]) -> str:
    every = joint_tally([diff.table for diff in diffs])
    said = f"{len(diffs)} tables: {counts_text(every)}."
    return " ".join([said, "Cells that several tables print count once.", *tally_sentences(every)])


def _table(diff: TableDiff) -> Section:
    """The cells that are made; of the others their groups, each with the command that makes it."""
    under, tally = diff.table.plan.conditions, diff.summary.tally
    seeds = f", seeds {', '.join(map(str, under.seeds))}" if under.seeds else ""
    conditions = f"Protocol {under.protocol.key}, budget {under.budget.key}{seeds}."
    said = " ".join([conditions, _sentence(counts_text(tally)), *tally_sentences(tally)])
    columns = [_column(diff, column) for column in diff.columns if _made(column)]
    orders = _row_order_text(diff.rows)
    missing = [Item(f"Missing: {note.text}", command=note.command) for note in _missing(diff)]
    title = diff.table.plan.spec.printed or diff.table.plan.spec.title
    return Section(title, (said, *columns, *orders, *missing))


def _column(diff: TableDiff, column: ColumnDiff) -> Section:
    alike = [one for one in diff.columns if one.column.title == column.column.title]
    net = f" on {column.column.net}" if len(alike) > 1 else ""
    grid = Grid(HEAD, tuple(_fields(line) for line in _made(column)), right=(1, 2, 3))
    name = f"{column.column.title}{net}, {short_title(column.metric)}"
    return Section(name, (grid, _summary(column)))


def _made(column: ColumnDiff) -> list[TableEntry]:
    return [entry for entry in column.entries if isinstance(entry.own, Cell)]


def _fields(entry: TableEntry) -> tuple[str, ...]:
    numbers, printed = entry.numbers, entry.target
    spread = f" ± {printed.std:.2f}" if printed and printed.std is not None else ""
    return (
        entry.row.title,
        f"{numbers['own_mean']:.2f} ± {numbers['own_std']:.2f} ({numbers['n']})",
        f"{printed.mean:.2f}{spread}" if printed else "",
        "" if entry.difference is None else f"{entry.difference:+.2f}",
        f"{_status(entry)}: {entry.reason}"
        if entry.outcome is Outcome.NOT_COMPARABLE
        else _status(entry),
    )


def _status(entry: TableEntry) -> str:
    return entry.outcome.value if entry.outcome else "empty"


def _summary(column: ColumnDiff) -> str:
    """What a column comes to, in one or two sentences."""
    summary = column.summary
    said = counts_text(summary.tally)
    if summary.mean is None or summary.median is None or summary.absolute is None:
        return _sentence(said)
    said += (
        f"; difference mean {summary.mean:+.2f}, median {summary.median:+.2f}, "
        f"mean absolute {summary.absolute:.2f}"
    )
    order = f" Order of the rows: {_order_text(column.order)}." if column.order.n > 1 else ""
    return _sentence(said) + order


def _order_text(order: Order) -> str:
    """Rank agreement in words, with how much it stands on."""
    pairs = f"{order.same} of {order.pairs} pairs the same way round"
    if order.kendall is None or order.spearman is None:
        return f"undefined, n = {order.n}, {pairs}"
    return f"tau {order.kendall:+.2f}, rho {order.spearman:+.2f}, n = {order.n}, {pairs}"


def _row_order_text(rows: Sequence[RowOrder]) -> list[str]:
    """The order of the columns, summed over the rows that show one metric."""
    said = []
    for metric in dict.fromkeys(row.metric for row in rows):
        orders = [row.order for row in rows if row.metric == metric]
        taus = [order.kendall for order in orders if order.kendall is not None]
        same, pairs = (sum(o.same for o in orders), sum(o.pairs for o in orders))
        mean = f"mean tau {sum(taus) / len(taus):+.2f}, " if taus else ""
        said.append(
            f"Order of the columns by {short_title(metric)}, {counted(len(orders), 'row')}: "
            f"{mean}{same} of {pairs} pairs the same way round."
        )
    return said


def _missing(diff: TableDiff) -> list[Gap]:
    """What runs could fill, in groups."""
    return [gap for gap in diff.table.gaps if gap.command]


def _sentence(said: str) -> str:
    return f"{first_up(said)}."


def _conditions(diff: TableDiff) -> dict[str, str]:
    spec, under = diff.table.plan.spec, diff.table.plan.conditions
    return {"table": spec.key, "protocol": under.protocol.key, "budget": under.budget.key}


def _long(diff: TableDiff, entry: TableEntry) -> Long:
    printed = entry.target
    return {
        **_conditions(diff),
        **entry.numbers,
        "printed_mean": printed.mean if printed else None,
        "printed_std": printed.std if printed else None,
        "corrected": int(entry.correction is not None),
        "difference": rounded(entry.difference),
        "allowed": rounded(entry.verdict.allowed if entry.verdict else None),
        "verdict": _status(entry),
        "reason": entry.reason,
    }


def _table_json(diff: TableDiff) -> dict[str, Any]:
    return {
        **_conditions(diff),
        "summary": _summary_json(diff.summary),
        "columns": [
            {
                "column": one.column.title,
                "net": one.column.net,
                "method": one.column.method,
                "metric": one.metric,
                "summary": _summary_json(one.summary),
                "row_order": _order_json(one.order),
            }
            for one in diff.columns
        ],
        "column_orders": [
            {"row": one.row.title, "metric": one.metric, **_order_json(one.order)}
            for one in diff.rows
        ],
        "cells": [_long(diff, line) for line in diff.entries],
        "missing": [{"what": note.text, "command": note.command} for note in _missing(diff)],
    }


def _summary_json(summary: Summary) -> dict[str, Any]:
    return {
        **asdict(summary.tally),
        "mean_difference": rounded(summary.mean),
        "median_difference": rounded(summary.median),
        "mean_absolute_difference": rounded(summary.absolute),
    }


def _order_json(order: Order) -> dict[str, float | None]:
    return {name: rounded(value) for name, value in asdict(order).items()}
