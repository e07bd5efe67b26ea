"""What the page's script shows: every view of every table and what stands behind each cell, as
JSON that is safe inside an HTML page."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.declared.tables import TableSpec, metric_named, metric_title, short_title
from bench.judge.cell import EmptyCell, point_text
from bench.judge.collect import JudgedTable
from bench.judge.verdict import RULE, Outcome, TableEntry
from bench.plan.job import Job
from bench.plan.query import column_key, row_key
from bench.plan.selection import TablePlan
from bench.render.sheet import MARKS, legend_of
from bench.render.text import plain
from bench.report.differences import Differences
from bench.report.provenance import commit_of, file_of, grouped
from bench.report.views import BlockView, CellView, RowView, TableViews, View, with_minus
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.why import settings_of, shown_job

UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""Signs that could end the element the JSON stands in, and how JSON may write them instead."""

DIGITS = 5
"""Decimals of scores, as many of a fraction as the tables show of percent."""

Json = dict[str, Any]


def payload(
    tables: Sequence[TableViews], records: Sequence[Record], store: Store, differences: Differences
) -> Json:
    """Everything the script needs.

    Args:
        tables: all that are shown.
        records: those that can be trusted.
        store: where they are.
        differences: what explains cells that differ.
    """
    by_id = {record.run_id: record for record in records}
    writer = _Writer(by_id, store, differences)
    shown = [writer.table(table) for table in tables]
    runs = [writer.run(by_id[run_id]) for run_id in writer.shown]
    names = [(name, metric_title(name), metric_named(name).unit) for name in writer.names]
    return {
        "marks": MARKS,
        "rule": RULE,
        "explanations": [one.text for one in differences.explanations],
        "tables": shown,
        "cells": list(writer.cells),
        "runs": runs,
        "texts": list(writer.texts),
        "names": [[name, title, unit != "percent"] for name, title, unit in names],
        "settings": [json.loads(text) for text in writer.settings],
        "fields": list(writer.fields),
    }


def embedded(content: object) -> str:
    """JSON that can stand inside a script element, whatever texts are in it."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return plain(text).translate(UNSAFE)


@dataclass(frozen=True)
class _Writer:
    """Writes tables and runs; what many cells share is written once and named by its place.

    Args:
        records: by run id.
        cells: see `_cell`.
        settings: of cells, as JSON; see `_fielded`.
        settings_of: places of the settings of runs.
        names: of scores and facts that cells show or points are chosen by.
        fields: what the values of several settings or scores are of, in their order.
        texts: reasons, notes, files, environments, devices and commits.
        shown: ids of the runs that cells name.
    """

    records: dict[str, Record]
    store: Store
    differences: Differences
    cells: dict[tuple[Any, ...], int] = field(default_factory=dict)
    settings: dict[str, int] = field(default_factory=dict)
    settings_of: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    fields: dict[tuple[Any, ...], int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)

    def table(self, table: TableViews) -> Json:
        """One table: its views, what a user calls the rows and columns of each block, and what
        stands behind its cells by condition, block, row and column; neither for counts."""
        firsts = table.by_condition
        return {
            "key": table.spec.key,
            "name": table.title,
            "title": table.spec.title,
            "counts": table.spec.kind == "counts",
            "conditions": [
                [
                    view.condition.label,
                    view.condition.description,
                    " ".join(view.plan.conditions.options) if view.plan else "",
                ]
                for view in firsts
            ],
            "metrics": [short_title(view.metric) for view in table.views[0]],
            "rows": [[[row.title, row.dataset] for row in b.rows] for b in table.first.blocks],
            "headers": [block.header for block in table.first.blocks],
            "keys": [_keys(table.spec, block) for block in table.first.blocks],
            "views": [[self._view(view) for view in several] for several in table.views],
            "behind": [self._behind(view) for view in firsts if view.plan],
        }

    def run(self, record: Record) -> list[Any]:
        """[id, seed, texts, changed, seconds, MiB, kept, total, test scores, validation scores];
        texts are the places of file, environment, device and commit, scores see `_fielded`."""
        origin, cost, facts = record.provenance, record.cost, record.result["facts"]
        device = str(origin.get("device", "unknown"))
        texts = (file_of(record, self.store), record.environment, device, commit_of(record))
        return [
            record.run_id,
            record.seed,
            [_place(self.texts, text) for text in texts],
            int(bool(origin.get("dirty"))),
            _rounded(cost.get("fit_seconds"), 1),
            _rounded(cost.get("peak_memory_bytes"), 1, 2**20),
            facts.get("kept_weights"),
            facts.get("total_weights"),
            self._scores(record, ""),
            self._scores(record, "valid_"),
        ]

    def _view(self, view: View) -> Json:
        """One view: its caption, notes and blocks."""

        def cells(row: RowView) -> list[int]:
            return [self._cell(view, cell) for cell in row.cells]

        return {
            "caption": view.sheet.conditions,
            "legend": legend_of(view.sheet, MARKS),
            "notes": [
                [note.label, _place(self.texts, note.text), note.command]
                for note in view.sheet.notes
            ],
            "blocks": [
                {
                    "rows": [cells(row) for row in block.rows],
                    "totals": [[row.title, cells(row)] for row in block.totals],
                }
                for block in view.blocks
            ],
        }

    def _cell(self, view: View, cell: CellView) -> int:
        """The place of [state, own, spread, change, printed, spread, corrected, spread, best,
        notes, notes on the printed number, origin], cut after the last that says something."""
        shown = cell.shown
        fields: list[Any] = [
            cell.state,
            *(shown.own, shown.own_spread, shown.change),
            *(shown.printed, shown.printed_spread),
            *(shown.corrected, shown.corrected_spread),
            int(shown.best),
            ",".join(shown.notes),
            ",".join(shown.printed_notes),
            self._origin(view, cell, cell.entry) if cell.entry else 0,
        ]
        while fields and not fields[-1]:
            fields.pop()
        return _place(self.cells, tuple(fields))

    def _origin(self, view: View, cell: CellView, entry: TableEntry) -> tuple[Any, ...]:
        """[fact, reason, point, n, explanation]: what is shown, why the verdict is what it is or
        the cell is empty (the place of a text), the chosen point of the grid, of how many runs,
        what explains it."""
        fact = _place(self.names, entry.fact)
        if isinstance(entry.own, EmptyCell):
            return fact, _place(self.texts, entry.own.reason)
        reason = with_minus(entry.verdict.reason) if entry.verdict else ""
        found = fact, _place(self.texts, reason), point_text(entry.own.point), entry.own.n
        differs = cell.state == Outcome.DIFFERS.value
        return (*found, self.differences.of(view, cell)) if differs else found

    def _behind(self, view: View) -> list[list[list[list[Any]]]]:
        """What stands behind every cell, by block, row and column."""
        return [
            [
                [self._runs(view.plan, view.table, cell.entry) for cell in row.cells if cell.entry]
                for row in block.rows
            ]
            for block in view.blocks
            if view.plan and view.table
        ]

    def _runs(self, plan: TablePlan, table: JudgedTable, entry: TableEntry) -> list[Any]:
        """[points, what chooses among them, settings]: the runs of a cell by the points of the
        grid, and the places of a name and of settings."""
        jobs = plan.of(entry.row, entry.column)
        select = _place(self.names, table.plan.select(entry.row))
        return [self._points(jobs), select, self._settings(entry, jobs)]

    def _settings(self, entry: TableEntry, jobs: Sequence[Job]) -> int:
        """The place of a cell's settings, which other tables may show, too."""
        job = shown_job(entry, jobs)
        if job.run_id not in self.settings_of:
            text = json.dumps(self._fielded(settings_of(job)), separators=(",", ":"))
            self.settings_of[job.run_id] = _place(self.settings, text)
        return self.settings_of[job.run_id]

    def _points(self, jobs: Sequence[Job]) -> list[list[Any]]:
        """[point, places of its runs that are made, how many are not], in declared order."""
        found = []
        for point, own in grouped(jobs, lambda job: job.point).items():
            ids = (job.run_id for job in own)
            made = [_place(self.shown, run_id) for run_id in ids if run_id in self.records]
            found.append([point_text(point), made, len(own) - len(made)])
        return found

    def _scores(self, record: Record, prefix: str) -> list[Any]:
        """Every named score that the record has, by the place of its name."""
        metrics, found = record.result["metrics"], dict[int, float]()
        for name, at in self.names.items():
            full = prefix + name
            value = metrics[full] if full in metrics else record.fact(full)
            if (score := _rounded(value, DIGITS)) is not None:
                found[at] = score
        return self._fielded(found)

    def _fielded(self, values: Mapping[Any, Any]) -> list[Any]:
        """[place of their names, value, value, ...]; many have the same names."""
        return [_place(self.fields, tuple(values)), *values.values()]


def _keys(spec: TableSpec, block: BlockView) -> list[list[str]]:
    """What a user calls the rows of a block, and its columns; nothing of counts."""
    entries = [[cell.entry for cell in row.cells if cell.entry] for row in block.rows]
    there = list(filter(None, entries))
    rows = [row_key(spec, first.row) for first, *_ in there]
    return [rows, [column_key(spec, one.column) for one in there[0]]] if there else []


def _place(found: dict[Any, int], one: Hashable) -> int:
    """Where a text, or what else many share, stands among those that were asked for so far."""
    return found.setdefault(one, len(found))


def _rounded(value: object, digits: int, unit: float = 1) -> float | None:
    """A number in this unit; None where it is none."""
    return round(value / unit, digits) if isinstance(value, int | float) else None
