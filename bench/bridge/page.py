"""A bridge for a terminal, as Markdown, LaTeX, CSV and JSON, and its files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.bridge.effects import EffectTable, Line, unknown
from bench.bridge.plan import BridgePlan
from bench.bridge.sheet import idle_sentences, sheet_of, steps_of
from bench.declared.settings import value_text
from bench.plan.budget import default_budget
from bench.plan.plan import Place
from bench.render.files import Long, csv_text, write_results
from bench.render.outline import Item, Outline, Section
from bench.render.sheet import EFFECT_SIGN, Block, Sheet, SheetRow, markdown_templates
from bench.render.tex import DOCUMENT, document, latex_templates

MOST_COLUMNS = 8
"""That fit across a page of LaTeX, beside what the rows are."""

LONGEST_NAME = 100
"""Of a file; a longer one ends in a digest of all of it."""


def outline_of(tables: Sequence[EffectTable], plan: BridgePlan) -> Outline:
    """What each step changes, and its effects under the first metric in both directions."""
    steps = [Item(changes, label=change.key) for change, changes in steps_of(plan)]
    first, *others = plan.metrics
    sheets = [sheet_of(table) for table in tables if table.metric == first]
    named = " | ".join(metric.replace("_", "-") for metric in others)
    closing = f"Other metrics are in the files; here: --metric {named}"
    return Outline("", (Section("Steps", (*steps, *idle_sentences(plan))), *sheets, closing))


def markdown(tables: Sequence[EffectTable], plan: BridgePlan, *, titled: bool = True) -> str:
    """Steps and effects in both directions under every metric; a part of a page has no title."""
    start, end = (direction.base for direction in plan.directions)
    template = markdown_templates().get_template("bridge.md.j2")
    return template.render(
        _contents(plan, [sheet_of(table) for table in tables]),
        title=f"Bridge from {start.key} to {end.key} and back" if titled else "",
        section="##" if titled else "###",
    )


def latex(tables: Sequence[EffectTable], plan: BridgePlan) -> str:
    """The same as LaTeX, to be input by a document; wide tables in parts that fit a page."""
    sheets = [
        replace(sheet, blocks=tuple(part for block in sheet.blocks for part in _narrow(block)))
        for sheet in map(sheet_of, tables)
    ]
    return latex_templates().get_template("bridge.tex.j2").render(_contents(plan, sheets))


def _contents(plan: BridgePlan, sheets: Sequence[Sheet]) -> dict[str, object]:
    """What both templates show."""
    return {
        "mark": EFFECT_SIGN,
        "steps": steps_of(plan),
        "idle": idle_sentences(plan),
        "sheets": sheets,
    }


def _narrow(block: Block) -> list[Block]:
    """The block in parts of few columns."""

    def cut(rows: Sequence[SheetRow], columns: slice) -> tuple[SheetRow, ...]:
        return tuple(replace(row, cells=row.cells[columns]) for row in rows)

    parts = [slice(at, at + MOST_COLUMNS) for at in range(0, len(block.header), MOST_COLUMNS)]
    return [
        replace(
            block,
            header=block.header[columns],
            lines=cut(block.lines, columns),
            totals=cut(block.totals, columns),
        )
        for columns in parts
    ]


def write_bridge(tables: Sequence[EffectTable], plan: BridgePlan, folder: Path) -> list[Path]:
    """Write it in every format, and the document that compiles what is in the folder.

    Raises:
        CannotWrite: the folder cannot be written to.
    """
    texts = {
        ".md": markdown(tables, plan),
        ".tex": latex(tables, plan),
        ".csv": csv_text(rows_of(tables)),
    }
    name = file_name(plan)
    written = write_results(folder, {f"{name}{end}": text for end, text in texts.items()})
    return [*written, *write_results(folder, {DOCUMENT: document(folder)})]


def file_name(plan: BridgePlan) -> str:
    """The stem of the files: it names what is planned, so that no bridge overwrites another."""
    parts = [direction.base.key for direction in plan.directions]
    parts += [plan.budget.key] if plan.budget.key != default_budget() else []
    parts += [*plan.datasets, *plan.methods, *plan.added]
    whole = re.sub("[^A-Za-z0-9.]+", "-", "-".join(parts)).strip("-")
    if len(whole) <= LONGEST_NAME:
        return whole
    return f"{whole[: LONGEST_NAME - 9]}-{sha256(whole.encode()).hexdigest()[:8]}"


def as_json(tables: Sequence[EffectTable], plan: BridgePlan) -> dict[str, Any]:
    """Everything, with the settings each step changes and what is missing."""
    start, end = (direction.base for direction in plan.directions)
    return {
        "from": start.key,
        "to": end.key,
        "budget": plan.budget.key,
        "steps": [
            {
                "from": direction.base.key,
                "step": change.key,
                "title": change.title,
                "settings": {
                    name: [*map(value_text, pair)] for name, pair in change.settings.items()
                },
                "note": change.note,
            }
            for direction in plan.directions
            for change in direction.changes
        ],
        "effects": rows_of(tables),
        "missing": [
            {"column": column.title, "row": key, "why": why.reason, "command": why.command}
            for (column, key), why in unknown(tables).items()
        ],
    }


def rows_of(tables: Sequence[EffectTable]) -> list[Long]:
    """Every effect."""
    return [
        _row(table, line, column)
        for table in tables
        for line in table.lines
        for column in line.cells
    ]


def _row(table: EffectTable, line: Line, column: Place) -> Long:
    """One effect; a mean over the datasets is of no dataset, and not paired by seeds."""
    effect, single, tested = line.cells[column], column in line.effects, line.what != "base"
    estimate = effect.estimate
    low, high = (estimate and estimate.interval) or (None, None)
    return {
        "from": table.direction.base.key,
        "towards": table.direction.other.key,
        "what": line.what,
        "row": line.key,
        "dataset": column.dataset if single else "",
        "method": column.method_name,
        "metric": table.metric,
        "interval_over": "seeds" if single else "datasets",
        "value": _number(estimate.value if estimate else None, ".6f"),
        "low": _number(low, ".6f"),
        "high": _number(high, ".6f"),
        "p": _number(effect.p if tested else None, ".6g"),
        "p_holm": _number(effect.adjusted, ".6g"),
        "leaves_out_0": int(estimate.clear) if estimate and tested else None,
        "paired": int(effect.paired) if estimate and single else None,
        "same_runs": int(effect.same),
        "shares_runs": int(effect.shares),
        "runs": len(effect.runs),
        "not_finite": sum(run.diverged for run in effect.runs),
        "devices": " ".join(sorted({run.device for run in effect.runs})),
        "environments": " ".join(sorted({run.environment for run in effect.runs})),
        "reason": effect.refusal.reason if effect.refusal else "",
    }


def _number(value: float | None, form: str) -> float | None:
    return None if value is None else float(format(value, form))
