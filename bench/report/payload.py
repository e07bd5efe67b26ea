"""What the page's script shows: every view of every table and what stands behind each cell, as
JSON that is safe inside an HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.judge.cell import Refusal, point_text
from bench.judge.collect import Entry
from bench.judge.metrics import metric_named, metric_title, short_title
from bench.judge.verdict import RULE, Outcome
from bench.render.sheet import MARKS, Sheet, legend_of
from bench.report.differences import Explanation, explained_by
from bench.report.origin import Origins
from bench.report.tally import name_of
from bench.report.views import Seen, TableViews, View, with_minus

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


def payload(
    tables: Sequence[TableViews], origins: Origins, explanations: Sequence[Explanation]
) -> dict[str, Any]:
    """Everything the script needs.

    Args:
        tables: all that are shown.
        origins: gathers what stands behind their cells.
        explanations: of cells that differ, in the order they are tried.
    """
    shown = [_table(table, _Cells(table, origins, explanations)) for table in tables]
    return {
        "marks": MARKS,
        "rule": RULE,
        "explanations": [one.text for one in explanations],
        "tables": shown,
        "runs": origins.runs(),
        "texts": origins.texts.listed(),
        "names": [[name, metric_title(name), _has_unit(name)] for name in origins.names.listed()],
        "settings": [json.loads(text) for text in origins.settings.listed()],
    }


def _has_unit(metric: str) -> bool:
    """Whether its numbers are no fractions."""
    return metric_named(metric).unit != "percent"


def embedded(content: object) -> str:
    """JSON that can stand inside a script element, whatever texts are in it."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.translate(UNSAFE)


def caption(sheet: Sheet) -> str:
    """The conditions as one sentence, without the rule, which the page says once."""
    said = "; ".join(phrase for phrase in sheet.caption if RULE not in phrase)
    return f"{said[:1].upper()}{said[1:]}."


def options(table: TableViews, place: int) -> str:
    """What to add to a command to see a table under this one of its conditions."""
    return " ".join(table.plans[place].conditions.options) if table.plans else ""


@dataclass(frozen=True)
class _Cells:
    """Writes the cells of one table."""

    table: TableViews
    origins: Origins
    explanations: Sequence[Explanation]

    def view(self, view: View) -> dict[str, Any]:
        """One view: its caption, notes and blocks."""
        sheet = view.sheet
        return {
            "caption": caption(sheet),
            "legend": legend_of(sheet, MARKS),
            "notes": [[note.label, note.text, note.command] for note in sheet.notes],
            "blocks": [
                {
                    "rows": [[self._cell(c, view) for c in row.cells] for row in block.rows],
                    "totals": [
                        [row.title, [self._cell(c, view) for c in row.cells]]
                        for row in block.totals
                    ],
                }
                for block in view.blocks
            ],
        }

    def _cell(self, cell: Seen, view: View) -> list[Any]:
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
            self._behind(cell, cell.entry, view) if cell.entry else 0,
        ]
        while fields and not fields[-1]:
            fields.pop()
        return fields

    def _behind(self, cell: Seen, entry: Entry, view: View) -> list[Any]:
        """[fact, reason, point, n, explanation]: what is shown, why the verdict is what it is or
        the cell is empty, the chosen point of the grid, of how many runs, what explains it."""
        fact = self.origins.names.place(entry.fact)
        if isinstance(entry.own, Refusal):
            return [fact, entry.own.reason]
        found = [fact, with_minus(entry.verdict.reason) if entry.verdict else ""]
        found += [point_text(entry.own.point), entry.own.n]
        if cell.state == Outcome.DIFFERS.value:
            key = self.table.spec.key
            protocol = view.condition.protocol
            found.append(explained_by(self.explanations, protocol, key, entry))
        return found


def _table(table: TableViews, cells: _Cells) -> dict[str, Any]:
    return {
        "key": table.spec.key,
        "name": name_of(table),
        "title": table.spec.title,
        "counts": table.spec.kind == "counts",
        "conditions": [
            [one.label, one.says, options(table, place)]
            for place, one in enumerate(table.conditions)
        ],
        "metrics": [short_title(metric) for metric in table.metrics],
        "rows": [[[row.title, row.dataset] for row in b.rows] for b in table.first.blocks],
        "headers": [block.header for block in table.first.blocks],
        "views": [[cells.view(view) for view in several] for several in table.views],
        "behind": cells.origins.table(table),
    }
