"""A bridge for a terminal, as Markdown and as LaTeX, and its files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.bridge.asked import Asked
from bench.bridge.effects import Bridged
from bench.bridge.listed import rows_of
from bench.bridge.sheet import COLUMN, MARKED, STEP, idle_sentences, sheets_of, steps_of
from bench.plan.budget import default_budget
from bench.render.files import csv_text, write_results
from bench.render.layout import Figure, Grid, Pair, Row, lay_out
from bench.render.sheet import Block, Line, Sheet, Shown, markdown_templates
from bench.render.terminal import Say, file_lines, speech
from bench.render.tex import DOCUMENT, document, latex_templates
from bench.render.text import wrapped

MARK = "*"
"""Behind an effect that differs from 0 by its test, adjusted for all of the table."""

MOST_COLUMNS = 8
"""That fit across a page of LaTeX, beside what the rows are."""

LONGEST_NAME = 100
"""Of a file; a longer one ends in a digest of all of it."""


def print_bridge(
    console: Console, found: Sequence[Bridged], asked: Asked, written: Sequence[Path]
) -> None:
    """What each step changes, its effects under the first metric, and where the rest is."""
    say, width = speech(console), console.width
    lines = [Text("Steps", style="bold")]
    for stop, changes in steps_of(asked):
        lines += [Text(part) for part in wrapped(say(f"{stop.key}: {changes}"), "  ", width)]
    for sheet in sheets_of([one for one in found if one.metric == asked.metrics[0]], asked):
        lines += [Text(), Text(say(sheet.title), style="bold")]
        lines += _said(say("; ".join(sheet.caption)) + ".", width)
        for part in lay_out(_grid(sheet, say), width):
            lines += [Text(), *part]
        lines.append(Text())
        for note in sheet.notes:
            label = f"[{note.label}] " if note.label else ""
            lines += _said(say(f"{label}{note.text}"), width)
            lines += [Text(f"    {note.command}", style="cyan")] if note.command else []
    lines += [part for said in idle_sentences(asked) for part in _said(say(said), width)]
    others = " | ".join(metric.replace("_", "-") for metric in asked.metrics[1:])
    lines += _said(f"Other metrics are in the files; here: --metric {others}", width)
    lines += [Text(line, style="dim") for line in file_lines(written)]
    for line in lines:
        console.print(line, soft_wrap=True)


def markdown(found: Sequence[Bridged], asked: Asked, *, titled: bool = True) -> str:
    """Steps and effects, both ways under every metric; without a title as a part of a page."""
    there, back = asked.legs
    title = f"Bridge from {there.base.protocol.key} to {back.base.protocol.key} and back"
    template = markdown_templates().get_template("bridge.md.j2")
    return template.render(
        title=title if titled else "",
        section="##" if titled else "###",
        mark=MARK,
        steps=steps_of(asked),
        idle=idle_sentences(asked),
        sheets=sheets_of(found, asked),
    )


def latex(found: Sequence[Bridged], asked: Asked) -> str:
    """The same as LaTeX, to be input by a document; wide tables in parts that fit a page."""
    sheets = [
        replace(sheet, blocks=tuple(part for block in sheet.blocks for part in _narrow(block)))
        for sheet in sheets_of(found, asked)
    ]
    template = latex_templates().get_template("bridge.tex.j2")
    return template.render(
        mark=MARK,
        steps=steps_of(asked),
        idle=idle_sentences(asked),
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


def _cut(lines: Sequence[Line], at: int) -> tuple[Line, ...]:
    return tuple(replace(line, cells=line.cells[at : at + MOST_COLUMNS]) for line in lines)


def write_bridge(found: Sequence[Bridged], asked: Asked, folder: Path) -> list[Path]:
    """Write it in every format, and the document that compiles what is in the folder.

    Raises:
        Incomplete: the folder cannot be written to.
    """
    texts = {
        ".md": markdown(found, asked),
        ".tex": latex(found, asked),
        ".csv": csv_text(rows_of(found)),
    }
    name = file_name(asked)
    written = write_results(folder, {f"{name}{end}": text for end, text in texts.items()})
    return [*written, *write_results(folder, {DOCUMENT: document(folder)})]


def file_name(asked: Asked) -> str:
    """The stem of the files: it names what was asked, so that no bridge overwrites another."""
    there, back = asked.legs
    parts = [there.base.protocol.key, back.base.protocol.key]
    parts += [asked.budget.key] if asked.budget.key != default_budget() else []
    parts += dict.fromkeys(column.dataset for column in asked.columns)
    parts += dict.fromkeys(column.method_key for column in asked.columns)
    parts += asked.added
    whole = re.sub("[^A-Za-z0-9.]+", "-", "-".join(parts)).strip("-")
    if len(whole) <= LONGEST_NAME:
        return whole
    return f"{whole[: LONGEST_NAME - 9]}-{sha256(whole.encode()).hexdigest()[:8]}"


def _said(sentence: str, width: int) -> list[Text]:
    return [Text(line, style="dim") for line in wrapped(sentence, "  ", width)]


def _grid(sheet: Sheet, say: Say) -> Grid:
    (block,) = sheet.blocks
    rows = [_row(line, say) for line in block.lines]
    rows += [_row(line, say, total=True) for line in block.totals]
    across = COLUMN if block.corner == STEP else STEP
    return Grid(block.corner.capitalize(), across.capitalize(), block.header, tuple(rows), own="")


def _row(line: Line, say: Say, *, total: bool = False) -> Row:
    return Row(line.title, tuple(Pair(_figure(cell, say)) for cell in line.cells), total)


def _figure(cell: Shown, say: Say) -> Figure:
    if not cell.own:
        return Figure(f"[{','.join(cell.notes)}]" if cell.notes else "", style="dim")
    differs = cell.mark == MARKED
    spread = say(f"±{cell.own_spread}") if cell.own_spread else ""
    return Figure(
        cell.own, spread, "bold" if differs else "", ((f" {MARK}", "bold"),) if differs else ()
    )
