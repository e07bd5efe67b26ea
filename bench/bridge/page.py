"""A bridge for a terminal, as Markdown, LaTeX, CSV and JSON, and its files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.bridge.effects import Bridged, Effect, Line, unknown
from bench.bridge.plan import BridgePlan
from bench.bridge.sheet import idle_sentences, sheets_of, steps_of
from bench.declared.settings import value_text
from bench.plan.budget import default_budget
from bench.plan.plan import Place
from bench.render.files import Long, csv_text, write_results
from bench.render.outline import Entry, Outline, Section
from bench.render.sheet import EFFECT_SIGN, Block, SheetRow, markdown_templates
from bench.render.tex import DOCUMENT, document, latex_templates

MOST_COLUMNS = 8
"""That fit across a page of LaTeX, beside what the rows are."""

LONGEST_NAME = 100
"""Of a file; a longer one ends in a digest of all of it."""


def outline_of(found: Sequence[Bridged], plan: BridgePlan) -> Outline:
    """What each step changes, and its effects under the first metric in both directions."""
    steps = [Entry(changes, label=change.key) for change, changes in steps_of(plan)]
    sheets = sheets_of([one for one in found if one.metric == plan.metrics[0]], plan)
    others = " | ".join(metric.replace("_", "-") for metric in plan.metrics[1:])
    closing = f"Other metrics are in the files; here: --metric {others}"
    return Outline("", (Section("Steps", (*steps, *idle_sentences(plan))), *sheets, closing))


def markdown(found: Sequence[Bridged], plan: BridgePlan, *, titled: bool = True) -> str:
    """Steps and effects in both directions under every metric; a part of a page has no title."""
    there, back = plan.arms
    title = f"Bridge from {there.base.protocol.key} to {back.base.protocol.key} and back"
    template = markdown_templates().get_template("bridge.md.j2")
    return template.render(
        title=title if titled else "",
        section="##" if titled else "###",
        mark=EFFECT_SIGN,
        steps=steps_of(plan),
        idle=idle_sentences(plan),
        sheets=sheets_of(found, plan),
    )


def latex(found: Sequence[Bridged], plan: BridgePlan) -> str:
    """The same as LaTeX, to be input by a document; wide tables in parts that fit a page."""
    sheets = [
        replace(sheet, blocks=tuple(part for block in sheet.blocks for part in _narrow(block)))
        for sheet in sheets_of(found, plan)
    ]
    template = latex_templates().get_template("bridge.tex.j2")
    return template.render(
        mark=EFFECT_SIGN,
        steps=steps_of(plan),
        idle=idle_sentences(plan),
        sheets=sheets,
    )


def _narrow(block: Block) -> list[Block]:
    """The block in parts of few columns."""
    count = len(block.header)
    return [
        replace(
            block,
            header=block.header[at : at + MOST_COLUMNS],
            lines=_cut(block.lines, at),
            totals=_cut(block.totals, at),
        )
        for at in range(0, count, MOST_COLUMNS)
    ]


def _cut(lines: Sequence[SheetRow], at: int) -> tuple[SheetRow, ...]:
    return tuple(replace(line, cells=line.cells[at : at + MOST_COLUMNS]) for line in lines)


def write_bridge(found: Sequence[Bridged], plan: BridgePlan, folder: Path) -> list[Path]:
    """Write it in every format, and the document that compiles what is in the folder.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    texts = {
        ".md": markdown(found, plan),
        ".tex": latex(found, plan),
        ".csv": csv_text(rows_of(found)),
    }
    name = file_name(plan)
    written = write_results(folder, {f"{name}{end}": text for end, text in texts.items()})
    return [*written, *write_results(folder, {DOCUMENT: document(folder)})]


def file_name(plan: BridgePlan) -> str:
    """The stem of the files: it names what was plan, so that no bridge overwrites another."""
    there, back = plan.arms
    parts = [there.base.protocol.key, back.base.protocol.key]
    parts += [plan.budget.key] if plan.budget.key != default_budget() else []
    parts += dict.fromkeys(column.dataset for column in plan.columns)
    parts += dict.fromkeys(column.method_name for column in plan.columns)
    parts += plan.added
    whole = re.sub("[^A-Za-z0-9.]+", "-", "-".join(parts)).strip("-")
    if len(whole) <= LONGEST_NAME:
        return whole
    return f"{whole[: LONGEST_NAME - 9]}-{sha256(whole.encode()).hexdigest()[:8]}"


def rows_of(found: Sequence[Bridged]) -> list[Long]:
    """Every effect."""
    return [
        _row(one, line, column, effect, over)
        for one in found
        for line in one.lines
        for over, effects in (("seeds", line.effects), ("datasets", line.means))
        for column, effect in effects.items()
    ]


def as_json(found: Sequence[Bridged], plan: BridgePlan) -> dict[str, Any]:
    """Everything, with the settings each step changes and what is missing."""
    there, back = plan.arms
    return {
        "from": there.base.protocol.key,
        "to": back.base.protocol.key,
        "budget": plan.budget.key,
        "steps": [
            {
                "from": arm.base.protocol.key,
                "step": change.key,
                "title": change.title,
                "settings": {
                    name: [*map(value_text, pair)] for name, pair in change.settings.items()
                },
                "note": change.note,
            }
            for arm in plan.arms
            for change, _ in arm.changes
        ],
        "effects": rows_of(found),
        "missing": [
            {"column": column.title, "row": key, "why": why.reason, "command": why.command}
            for (column, key), why in unknown(found).items()
        ],
    }


def _digits(p: float | None) -> float | None:
    return None if p is None else float(f"{p:.6g}")


def _row(one: Bridged, line: Line, column: Place, effect: Effect, over: str) -> Long:
    """One effect; a mean over the datasets is of no dataset, and not paired by seeds."""
    single = over == "seeds"
    estimate = effect.estimate
    half = estimate.half if estimate else None
    return {
        "from": one.arm.base.protocol.key,
        "towards": one.arm.other.protocol.key,
        "what": line.what,
        "row": line.key,
        "dataset": column.dataset if single else "",
        "method": column.method_name,
        "metric": one.metric,
        "interval_over": over,
        "value": round(estimate.value, 6) if estimate else None,
        "low": round(estimate.value - half, 6) if estimate and half is not None else None,
        "high": round(estimate.value + half, 6) if estimate and half is not None else None,
        "p": _digits(effect.p if line.what != "base" else None),
        "p_holm": _digits(effect.adjusted),
        "leaves_out_0": int(estimate.clear) if estimate and line.what != "base" else None,
        "paired": int(effect.paired) if estimate and single else None,
        "same_runs": int(effect.same),
        "shares_runs": int(effect.shares),
        "runs": len(effect.runs),
        "not_finite": sum(run.diverged for run in effect.runs),
        "devices": " ".join(sorted({run.device for run in effect.runs})),
        "environments": " ".join(sorted({run.environment for run in effect.runs})),
        "reason": effect.refusal.reason if effect.refusal else "",
    }
