"""What stands behind each cell: its runs, settings, and the command that makes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.judge.cell import point_text
from bench.judge.collect import Collected, Entry, TablePlan
from bench.plan.job import Job
from bench.plan.names import column_key, row_key
from bench.report.provenance import commit_of, file_of, grouped
from bench.report.views import SeenRow, TableViews, View
from bench.store.records import Record
from bench.store.store import Store
from bench.tables.why import explain

DIGITS = 5
"""Decimals of scores, as many of a fraction as the tables show of percent."""

Behind = dict[str, Any]
"""What stands behind one cell, JSON types only."""


@dataclass
class Names:
    """Texts that many cells share, each once, in the order they are first asked for."""

    found: dict[str, int] = field(default_factory=dict)

    def place(self, text: str) -> int:
        """Where this text stands."""
        return self.found.setdefault(text, len(self.found))

    def listed(self) -> list[str]:
        """All of them."""
        return list(self.found)


@dataclass
class Origins:
    """Gathers what stands behind the cells of all tables.

    Args:
        records: those that can be trusted, by run id.
        store: where they are.
        settings: of cells, as JSON.
        names: of scores and facts that cells show or points are chosen by.
        texts: files, environments, devices and commits.
        shown: ids of the runs that cells name.
    """

    records: Mapping[str, Record]
    store: Store
    settings: Names = field(default_factory=Names)
    names: Names = field(default_factory=Names)
    texts: Names = field(default_factory=Names)
    shown: dict[str, None] = field(default_factory=dict)

    def table(self, table: TableViews) -> list[list[list[list[Behind]]]]:
        """Of every cell by condition, block, row and column; nothing for a table of counts."""
        if not table.plans:
            return []
        firsts = [views[0] for views in table.views]
        return [self._view(a, view) for a, view in zip(table.plans, firsts, strict=True)]

    def runs(self) -> dict[str, list[Any]]:
        """The runs that cells name, by id, with every score that is named so far."""
        return {run_id: self._run(self.records[run_id]) for run_id in self.shown}

    def _view(self, plan: TablePlan, view: View) -> list[list[list[Behind]]]:
        return [[self._row(plan, row, view.table) for row in block.rows] for block in view.blocks]

    def _row(self, plan: TablePlan, row: SeenRow, table: Collected | None) -> list[Behind]:
        entries = [cell.entry for cell in row.cells if cell.entry is not None]
        return [self._cell(plan, entry, table) for entry in entries] if table else []

    def _cell(self, plan: TablePlan, entry: Entry, table: Collected) -> Behind:
        jobs = plan.of(entry.row, entry.column)
        row, column = row_key(plan.spec, entry.row), column_key(plan.spec, entry.column)
        found: Behind = {"names": f"{row} {column}"}
        if jobs:
            command = plan.conditions.command([row], [column])
            alone = replace(table, rows=((entry.row, (entry,)),))
            why = explain(alone, jobs, self.records, command)
            settings = json.dumps(why["settings"], separators=(",", ":"))
            found |= {
                "command": command,
                "select": self.names.place(table.select(entry.row)),
                "points": self._points(jobs),
                "settings": self.settings.place(settings),
            }
        return found

    def _points(self, jobs: Sequence[Job]) -> list[list[Any]]:
        """[point, ids of its runs that are made, how many are not], in declared order."""
        found = []
        for point, mine in grouped(jobs, lambda job: job.point).items():
            made = [job.run_id for job in mine if job.run_id in self.records]
            self.shown.update(dict.fromkeys(made))
            found.append([point_text(point), made, len(mine) - len(made)])
        return found

    def _run(self, record: Record) -> list[Any]:
        """[seed, texts, changed, seconds, MiB, kept, total, test scores, validation scores]; texts
        are the places of file, environment, device and commit, scores [name, score, name, ...]."""
        origin, cost, facts = record.provenance, record.cost, record.result["facts"]
        device = str(origin.get("device", "unknown"))
        texts = (file_of(record, self.store), record.environment, device, commit_of(record))
        return [
            record.seed,
            [self.texts.place(text) for text in texts],
            int(bool(origin.get("dirty"))),
            _rounded(cost.get("fit_seconds"), 1),
            _rounded(cost.get("peak_memory_bytes"), 1, 2**20),
            facts.get("kept_weights"),
            facts.get("total_weights"),
            self._scores(record, ""),
            self._scores(record, "valid_"),
        ]

    def _scores(self, record: Record, prefix: str) -> list[float]:
        """Place and value, in turn, of every named score that the record has."""
        found: list[float] = []
        for name, place in self.names.found.items():
            value = record.result["metrics"].get(prefix + name, record.fact(prefix + name))
            score = _rounded(value, DIGITS)
            found += [] if score is None else [place, score]
        return found


def _rounded(value: object, digits: int, unit: float = 1) -> float | None:
    """A number in this unit; None where it is none."""
    return round(value / unit, digits) if isinstance(value, int | float) else None
