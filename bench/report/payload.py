"""What the page's script shows: every view of every table and what stands behind each cell, as
JSON that is safe inside an HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.declared.tables import metric_named, metric_title, short_title
from bench.judge.cell import EmptyCell, point_text
from bench.judge.collect import Collected, Entry
from bench.judge.verdict import RULE, Outcome
from bench.plan.job import Job
from bench.plan.query import column_key, row_key
from bench.plan.selection import TablePlan
from bench.render.sheet import MARKS, legend_of
from bench.report.differences import Explanation, explained_by
from bench.report.provenance import commit_of, file_of, grouped
from bench.report.views import CellView, RowView, TableViews, View, caption, with_minus
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.why import explain

UNSAFE = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\N{LINE SEPARATOR}": "\\u2028",
        "\N{PARAGRAPH SEPARATOR}": "\\u2029",
    }
)
"""Signs that could end the element the JSON stands in, and how JSON may write them instead."""

DIGITS = 5
"""Decimals of scores, as many of a fraction as the tables show of percent."""

Json = dict[str, Any]


def payload(
    tables: Sequence[TableViews],
    records: Sequence[Record],
    store: Store,
    explanations: Sequence[Explanation],
) -> Json:
    """Everything the script needs.

    Args:
        tables: all that are shown.
        records: those that can be trusted.
        store: where they are.
        explanations: of cells that differ, in the order they are tried.
    """
    by_id = {record.run_id: record for record in records}
    shared = _Shared(by_id, store, explanations)
    shown = [shared.table(table) for table in tables]
    runs = {run_id: shared.run(by_id[run_id]) for run_id in shared.shown}
    return {
        "marks": MARKS,
        "rule": RULE,
        "explanations": [one.text for one in explanations],
        "tables": shown,
        "runs": runs,
        "texts": list(shared.texts),
        "names": [
            [name, metric_title(name), metric_named(name).unit != "percent"]
            for name in shared.names
        ],
        "settings": [json.loads(text) for text in shared.settings],
    }


def embedded(content: object) -> str:
    """JSON that can stand inside a script element, whatever texts are in it."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.translate(UNSAFE)


@dataclass(frozen=True)
class _Shared:
    """Writes tables and runs; what many cells share is written once and named by its place.

    Args:
        records: by run id.
        settings: of cells, as JSON.
        names: of scores and facts that cells show or points are chosen by.
        texts: files, environments, devices and commits.
        shown: ids of the runs that cells name.
    """

    records: dict[str, Record]
    store: Store
    explanations: Sequence[Explanation]
    settings: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    shown: dict[str, None] = field(default_factory=dict)

    def table(self, table: TableViews) -> Json:
        """One table: its views, and what stands behind its cells by condition, block, row and
        column, nothing for a table of counts."""
        firsts = [views[0] for views in table.views]
        options = [" ".join(plan.conditions.options) for plan in table.plans]
        options = options or [""] * len(firsts)
        conditions = zip(table.conditions, options, strict=True)
        return {
            "key": table.spec.key,
            "name": table.title,
            "title": table.spec.title,
            "counts": table.spec.kind == "counts",
            "conditions": [[one.label, one.says, words] for one, words in conditions],
            "metrics": [short_title(metric) for metric in table.metrics],
            "rows": [[[row.title, row.dataset] for row in b.rows] for b in table.first.blocks],
            "headers": [block.header for block in table.first.blocks],
            "views": [[self._view(table, view) for view in several] for several in table.views],
            "behind": [
                _Behind(self, plan, view).rows()
                for plan, view in zip(table.plans, firsts, strict=False)
            ],
        }

    def run(self, record: Record) -> list[Any]:
        """[seed, texts, changed, seconds, MiB, kept, total, test scores, validation scores]; texts
        are the places of file, environment, device and commit, scores [name, score, name, ...]."""
        origin, cost, facts = record.provenance, record.cost, record.result["facts"]
        device = str(origin.get("device", "unknown"))
        texts = (file_of(record, self.store), record.environment, device, commit_of(record))
        return [
            record.seed,
            [place(self.texts, text) for text in texts],
            int(bool(origin.get("dirty"))),
            _rounded(cost.get("fit_seconds"), 1),
            _rounded(cost.get("peak_memory_bytes"), 1, 2**20),
            facts.get("kept_weights"),
            facts.get("total_weights"),
            self._scores(record, ""),
            self._scores(record, "valid_"),
        ]

    def _view(self, table: TableViews, view: View) -> Json:
        """One view: its caption, notes and blocks."""

        def cells(row: RowView) -> list[list[Any]]:
            return [self._cell(table, cell, view) for cell in row.cells]

        return {
            "caption": caption(view.sheet),
            "legend": legend_of(view.sheet, MARKS),
            "notes": [[note.label, note.text, note.command] for note in view.sheet.notes],
            "blocks": [
                {
                    "rows": [cells(row) for row in block.rows],
                    "totals": [[row.title, cells(row)] for row in block.totals],
                }
                for block in view.blocks
            ],
        }

    def _cell(self, table: TableViews, cell: CellView, view: View) -> list[Any]:
        """[state, own, spread, change, printed, spread, corrected, spread, best, notes, notes on
        the printed number, behind], cut after the last that says something."""
        shown = cell.shown
        fields: list[Any] = [
            cell.state,
            *(shown.own, shown.own_spread, shown.change),
            *(shown.printed, shown.printed_spread),
            *(shown.corrected, shown.corrected_spread),
            int(shown.best),
            ",".join(shown.notes),
            ",".join(shown.printed_notes),
            self._behind(table, cell.state, cell.entry, view) if cell.entry else 0,
        ]
        while fields and not fields[-1]:
            fields.pop()
        return fields

    def _behind(self, table: TableViews, state: str, entry: Entry, view: View) -> list[Any]:
        """[fact, reason, point, n, explanation]: what is shown, why the verdict is what it is or
        the cell is empty, the chosen point of the grid, of how many runs, what explains it."""
        fact = place(self.names, entry.fact)
        if isinstance(entry.own, EmptyCell):
            return [fact, entry.own.reason]
        found = [fact, with_minus(entry.verdict.reason) if entry.verdict else ""]
        found += [point_text(entry.own.point), entry.own.n]
        if state == Outcome.DIFFERS.value:
            where = view.condition.protocol, table.spec.key
            found.append(explained_by(self.explanations, *where, entry))
        return found

    def _scores(self, record: Record, prefix: str) -> list[float]:
        """Place and value, in turn, of every named score that the record has."""
        found: list[float] = []
        for name, at in self.names.items():
            value = record.result["metrics"].get(prefix + name, record.fact(prefix + name))
            score = _rounded(value, DIGITS)
            found += [] if score is None else [at, score]
        return found


@dataclass(frozen=True)
class _Behind:
    """What stands behind the cells of one table under one condition: runs, settings, command."""

    shared: _Shared
    plan: TablePlan
    view: View

    def rows(self) -> list[list[list[Json]]]:
        """Of every cell by block, row and column."""
        table = self.view.table
        return [
            [
                [self._cell(cell.entry, table) for cell in row.cells if cell.entry and table]
                for row in block.rows
            ]
            for block in self.view.blocks
        ]

    def _cell(self, entry: Entry, table: Collected) -> Json:
        plan, shared = self.plan, self.shared
        jobs = plan.of(entry.row, entry.column)
        row, column = row_key(plan.spec, entry.row), column_key(plan.spec, entry.column)
        found: Json = {"names": f"{row} {column}"}
        if jobs:
            command = plan.conditions.command([row], [column])
            alone = replace(table, rows=((entry.row, (entry,)),))
            why = explain(alone, jobs, shared.records, command)
            settings = json.dumps(why["settings"], separators=(",", ":"))
            found |= {
                "command": command,
                "select": place(shared.names, table.select(entry.row)),
                "points": self._points(jobs),
                "settings": place(shared.settings, settings),
            }
        return found

    def _points(self, jobs: Sequence[Job]) -> list[list[Any]]:
        """[point, ids of its runs that are made, how many are not], in declared order."""
        found = []
        for point, mine in grouped(jobs, lambda job: job.point).items():
            made = [job.run_id for job in mine if job.run_id in self.shared.records]
            self.shared.shown.update(dict.fromkeys(made))
            found.append([point_text(point), made, len(mine) - len(made)])
        return found


def place(texts: dict[str, int], text: str) -> int:
    """Where a text stands among those that were asked for so far."""
    return texts.setdefault(text, len(texts))


def _rounded(value: object, digits: int, unit: float = 1) -> float | None:
    """A number in this unit; None where it is none."""
    return round(value / unit, digits) if isinstance(value, int | float) else None
