"""A sheet on a terminal or in a pipe: two decimals, as wide as there is room, rows without any run
left out and said below."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.render.layout import Number, NumberGrid, lay_out
from bench.render.sheet import (
    EFFECT,
    EFFECT_SIGN,
    MARKS,
    Block,
    Note,
    Sheet,
    SheetCell,
    SheetRow,
    legend_of,
)
from bench.render.text import INDENT, WIDEST, wrapped

SIGNS = {**MARKS, EFFECT: EFFECT_SIGN}
STYLES = {"agrees": "green", "differs": "red", EFFECT: "bold"}

PIPE_WIDTH = 100
"""Columns where there is no terminal and nobody set COLUMNS."""

ASCII = str.maketrans(
    {
        "±": "+-",
        "✓": "ok",
        "✗": "x",
        "∘": "o",
        "−": "-",
        "≤": "<=",
        "→": "->",
        "·": "*",
        "√": "sqrt",
        "²": "^2",
    }
)
"""What to write where the output cannot take these characters."""

Say = Callable[[str], str]


def console_for_tables() -> Console:
    """Standard output, with a fixed width where it is no terminal."""
    console = Console(highlight=False)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(width=PIPE_WIDTH, highlight=False)


def print_sheet(console: Console, sheet: Sheet, written: Sequence[Path], *, hint: str) -> None:
    """Print the filled rows, what the marks mean, what is missing, where the files are, a hint."""
    lines = sheet_lines(sheet, console.width, speech(console), bold=console.is_terminal)
    print_lines(console, [*lines, *file_lines(written), Text(hint, style="dim")])


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Print lines as they are, wider than the terminal or not."""
    for line in lines:
        console.print(line, soft_wrap=True)


def speech(console: Console) -> Say:
    """Texts as they are, or in ASCII where the output cannot take what we write."""
    signs = "".join(chr(sign) for sign in ASCII)
    try:
        signs.encode(console.encoding)
    except UnicodeEncodeError:
        return lambda text: text.translate(ASCII).encode("ascii", "replace").decode()
    return str


def sheet_lines(sheet: Sheet, width: int, say: Say, *, bold: bool) -> list[Text]:
    """The lines of a table.

    Args:
        sheet: the table; rows without a number of ours are left out unless it shows every row.
        width: columns of the terminal.
        say: how a text is written, see `speech`.
        bold: whether the output can show what is bold.
    """
    lines = [Text(line, style="bold") for line in wrapped(say(sheet.title), "", width, "")]
    lines += prose(f"{'; '.join(sheet.caption)}.", width, say)
    for block in sheet.blocks:
        filled = [row for row in block.lines if sheet.every_row or _filled(row)]
        if filled:
            for part in lay_out(_grid(sheet, block, filled, say), width):
                lines += [Text(), *part]
    lines.append(Text())
    if sheet.compared:
        lines += prose(legend_of(sheet, MARKS, bold=bold), width, say)
    for note in sheet.notes:
        if note.label or note.brief:
            lines += _note(note, width, say)
    return lines


def prose(text: str, width: int, say: Say, label: str = "") -> list[Text]:
    """Indented lines of whole words, hanging below a label."""
    indent = INDENT + label
    return [
        Text(line, style="dim") for line in wrapped(say(text), indent, width, " " * len(indent))
    ]


def _filled(row: SheetRow) -> bool:
    return any(cell.own for cell in row.cells)


def _grid(sheet: Sheet, block: Block, filled: Sequence[SheetRow], say: Say) -> NumberGrid:
    totals = [row for row in block.totals if _filled(row)]
    changes = any(cell.change for row in filled for cell in row.cells)
    names = [sheet.own]
    if sheet.compared and any(row.printed for row in filled):
        names += [f"- {sheet.printed}" if changes else sheet.printed, sheet.corrected]
    return NumberGrid(
        corner=block.corner.capitalize(),
        across=block.across.capitalize(),
        headings=tuple(say(title) for title in block.header),
        titles=tuple(say(row.title) for row in (*filled, *totals)),
        cells=tuple(
            tuple(_numbers(cell, say)[: len(names)] for cell in row.cells)
            for row in (*filled, *totals)
        ),
        names=tuple(names),
        totals=len(totals),
    )


def _numbers(cell: SheetCell, say: Say) -> tuple[Number, Number, Number]:
    """Ours, the printed and the corrected number."""
    if cell.change or cell.mark == "same":
        return _own(cell, say), Number(cell.change or MARKS["same"], style="dim"), Number()
    labels = f" [{','.join(cell.printed_notes)}]" if cell.printed_notes else ""
    return (
        _own(cell, say),
        _printed(cell.printed, cell.printed_spread, labels, say),
        _printed(cell.corrected, cell.corrected_spread, "", say),
    )


def _own(cell: SheetCell, say: Say) -> Number:
    labels = f"[{','.join(cell.notes)}]" if cell.notes else ""
    if not cell.own:
        return Number(labels, style="dim")
    marks = []
    if cell.mark and cell.mark != "same":
        marks.append((f" {say(SIGNS[cell.mark])}", STYLES.get(cell.mark, "dim")))
    marks += [(f" {labels}", "dim")] if labels else []
    style = "bold" if cell.best else ""
    return Number(_short(cell.own), _spread(cell.own_spread, say), style, tuple(marks))


def _printed(number: str, spread: str, labels: str, say: Say) -> Number:
    marks = ((labels, "dim"),) if labels else ()
    return Number(_short(number), _spread(spread, say), "dim", marks)


def _spread(std: str, say: Say) -> str:
    return say(f"±{_short(std)}") if std else ""


def _short(number: str) -> str:
    """At most two decimals; what is no number stays."""
    _, point, decimals = number.partition(".")
    return f"{float(number):.2f}" if point and len(decimals) > 2 else number


def _note(note: Note, width: int, say: Say) -> list[Text]:
    """A sentence, and its command in one piece, so that it can be copied."""
    label = f"[{note.label}] " if note.label else ""
    lines = prose(note.text, width, say, label)
    if note.command:
        if len(lines[-1]) + 1 + len(note.command) > min(width, WIDEST):
            lines.append(Text(INDENT + " " * (len(label) - 1)))
        lines[-1].append(f" {note.command}", style="cyan")
    return lines


def file_lines(paths: Sequence[Path]) -> list[Text]:
    """A line a folder, in which files that differ in their ending only are named once."""
    folders: dict[Path, dict[str, list[str]]] = {}
    for path in paths:
        folders.setdefault(path.parent, {}).setdefault(path.stem, []).append(path.suffix)
    return [
        Text(
            f"written to {folder}: "
            + ", ".join(stem + _either(endings) for stem, endings in stems.items()),
            style="dim",
        )
        for folder, stems in folders.items()
    ]


def _either(endings: Sequence[str]) -> str:
    """One ending, or all of them the way a shell understands it."""
    if len(endings) == 1:
        return endings[0]
    return f".{{{','.join(ending[1:] for ending in endings)}}}"
