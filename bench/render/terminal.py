"""A sheet on a terminal or in a pipe: two decimals, as wide as there is room, rows without any run
left out and said below."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.render.layout import Figure, Grid, Pair, Row, lay_out
from bench.render.sheet import MARKS, Block, Line, Note, Sheet, Shown, legend_of

STYLES = {"agrees": "green", "differs": "red"}

PIPE_WIDTH = 100
"""Columns where there is no terminal and nobody set COLUMNS."""

PROSE_WIDTH = 100
"""Sentences are not made wider than this."""

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

INDENT = "  "

Say = Callable[[str], str]


def console_for_tables() -> Console:
    """Standard output, with a fixed width where it is no terminal."""
    console = Console(highlight=False)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(width=PIPE_WIDTH, highlight=False)


def print_sheet(console: Console, sheet: Sheet, written: Sequence[Path], *, hint: str) -> None:
    """Print the filled rows, what the marks mean, what is missing, where the files are, a hint."""
    say, width = speech(console), console.width
    lines = [Text(line, style="bold") for line in textwrap.wrap(say(sheet.title), width)]
    lines += _prose(f"{'; '.join(sheet.caption)}.", "", width, say)
    for block in sheet.blocks:
        filled = [line for line in block.lines if any(cell.own for cell in line.cells)]
        if filled:
            for part in lay_out(_grid(sheet, block, filled, say), width):
                lines += [Text(), *part]
    lines.append(Text())
    if sheet.compared:
        lines += _prose(legend_of(sheet, MARKS, bold=console.is_terminal), "", width, say)
    for note in sheet.notes:
        if note.label or note.brief:
            lines += _note(note, width, say)
    lines += [Text(line, style="dim") for line in (*file_lines(written), hint)]
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


def _grid(sheet: Sheet, block: Block, lines: Sequence[Line], say: Say) -> Grid:
    totals = [line for line in block.totals if any(cell.own for cell in line.cells)]
    rows = [_row(line, sheet, say) for line in lines]
    rows += [_row(line, sheet, say, total=True) for line in totals]
    changes = any(cell.change for line in lines for cell in line.cells)
    other = f"- {sheet.printed}" if changes else sheet.printed
    compared = sheet.compared and any(line.printed for line in lines)
    return Grid(
        corner="Dataset",
        across="Column",
        headings=tuple(say(title) for title in block.header),
        rows=tuple(rows),
        own=sheet.own,
        other=other if compared else "",
        right=sheet.corrected,
    )


def _row(line: Line, sheet: Sheet, say: Say, *, total: bool = False) -> Row:
    cells = tuple(_pair(cell, sheet.compared, say) for cell in line.cells)
    return Row(say(line.title), cells, total)


def _pair(cell: Shown, compared: bool, say: Say) -> Pair:
    labels = f"[{','.join(cell.notes)}]" if cell.notes else ""
    if not cell.own:
        own = Figure(labels, style="dim")
    else:
        marks = []
        if cell.mark and cell.mark != "same":
            marks.append((f" {say(MARKS[cell.mark])}", STYLES.get(cell.mark, "dim")))
        marks += [(f" {labels}", "dim")] if labels else []
        style = "bold" if cell.best else ""
        own = Figure(_short(cell.own), _spread(cell.own_spread, say), style, tuple(marks))
    if not compared:
        return Pair(own)
    same = MARKS["same"] if cell.mark == "same" else ""
    if cell.change or same:
        return Pair(own, Figure(cell.change or same, style="dim"))
    labels = f" [{','.join(cell.printed_notes)}]" if cell.printed_notes else ""
    printed = _printed(cell.printed, cell.printed_spread, labels, say)
    return Pair(own, printed, _printed(cell.corrected, cell.corrected_spread, "", say))


def _printed(number: str, spread: str, labels: str, say: Say) -> Figure:
    marks = ((labels, "dim"),) if labels else ()
    return Figure(_short(number), _spread(spread, say), "dim", marks)


def _spread(std: str, say: Say) -> str:
    return say(f"±{_short(std)}") if std else ""


def _short(number: str) -> str:
    """At most two decimals; what is no number stays."""
    _, point, decimals = number.partition(".")
    return f"{float(number):.2f}" if point and len(decimals) > 2 else number


def _note(note: Note, width: int, say: Say) -> list[Text]:
    """A sentence, and its command in one piece, so that it can be copied."""
    label = f"[{note.label}] " if note.label else ""
    lines = _prose(note.text, label, width, say)
    if note.command:
        if len(lines[-1]) + 1 + len(note.command) > min(width, PROSE_WIDTH):
            lines.append(Text(INDENT + " " * (len(label) - 1)))
        lines[-1].append(f" {note.command}", style="cyan")
    return lines


def _prose(text: str, label: str, width: int, say: Say) -> list[Text]:
    """Indented lines of whole words, hanging below a label."""
    found = textwrap.wrap(
        say(text),
        min(width, PROSE_WIDTH),
        initial_indent=INDENT + label,
        subsequent_indent=INDENT + " " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [Text(line, style="dim") for line in found]


def file_lines(paths: Sequence[Path]) -> list[str]:
    """A line a folder, in which files that differ in their ending only are named once."""
    folders: dict[Path, dict[str, list[str]]] = {}
    for path in paths:
        folders.setdefault(path.parent, {}).setdefault(path.stem, []).append(path.suffix)
    lines = []
    for folder, stems in folders.items():
        names = [stem + _either(endings) for stem, endings in stems.items()]
        lines.append(f"written to {folder}: {', '.join(names)}")
    return lines


def _either(endings: Sequence[str]) -> str:
    """One ending, or all of them the way a shell understands it."""
    if len(endings) == 1:
        return endings[0]
    return f".{{{','.join(ending[1:] for ending in endings)}}}"
