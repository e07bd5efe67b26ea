"""A sheet on a terminal: two decimals, rows without any run left out and said below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.show.render import MARKS
from bench.show.sheet import Block, Line, Note, Sheet, Shown

STYLES = {"agrees": "green", "differs": "red"}


def print_sheet(console: Console, sheet: Sheet, written: Sequence[Path], *, hint: str) -> None:
    """Print a summary: the filled rows, what is missing, where the files are, and a hint."""
    console.print(Text(sheet.title, style="bold"))
    for phrase in sheet.caption:
        console.print(Padding(Text(phrase, style="dim"), (0, 0, 0, 2)))
    for block in sheet.blocks:
        filled = [line for line in block.lines if any(cell.own for cell in line.cells)]
        if filled:
            console.print(_table(sheet, block, filled))
    for note in sheet.notes:
        if note.label or note.brief:
            console.print(Padding(_note(note), (0, 0, 0, 2)))
    for path in written:
        console.print(f"written: {path}", style="dim", soft_wrap=True, highlight=False)
    console.print(hint, style="dim", soft_wrap=True, highlight=False)


def _table(sheet: Sheet, block: Block, lines: Sequence[Line]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    title = Text("Dataset")
    if sheet.compared:
        changes = any(cell.change for line in lines for cell in line.cells)
        title.append(f"\n{'- printed' if changes else sheet.printed}", style="dim")
    table.add_column(title, no_wrap=True)
    for name in block.header:
        table.add_column(Text(_heading(name)), justify="right", overflow="fold")
    for line in lines:
        table.add_row(Text(line.title), *(_cell(cell, sheet.compared) for cell in line.cells))
    if block.totals and any(cell.own for line in block.totals for cell in line.cells):
        table.add_section()
        for line in block.totals:
            table.add_row(Text(line.title), *(_cell(cell, sheet.compared) for cell in line.cells))
    return table


def _cell(cell: Shown, compared: bool) -> RenderableType:
    own = Text(_short(cell.own), style="bold" if cell.best else "")
    if cell.mark and cell.mark != "same":
        own.append(f" {MARKS[cell.mark]}", style=STYLES.get(cell.mark, "dim"))
    if cell.notes:
        own.append(f" [{','.join(cell.notes)}]", style="dim")
    if not compared:
        return own
    same = MARKS["same"] if cell.mark == "same" else ""
    return Group(own, Text(cell.change or same or _short(cell.printed), style="dim"))


def _heading(name: str) -> str:
    """A long name in two lines, broken at its last space or underscore."""
    at = max(name.rfind(" "), name.rfind("_")) + 1
    return f"{name[:at]}\n{name[at:]}" if len(name) > 8 else name


def _short(number: str) -> str:
    whole, point, decimals = number.partition(".")
    return f"{float(number):.2f}" if point and len(decimals) > 2 else whole + point + decimals


def _note(note: Note) -> Text:
    text = Text(f"[{note.label}] " if note.label else "", style="dim")
    text.append(note.text)
    if note.command:
        text.append(f" {note.command}", style="cyan")
    return text
