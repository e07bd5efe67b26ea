"""A sheet as lines of text: two decimals, rows without a number of ours left out, and numbers in
aligned columns that fit a width, if need be with rows and columns exchanged or in several blocks.
No number is ever cut, no word wrapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, NamedTuple

from rich.text import Text

from bench.render.sheet import EFFECT, EFFECT_SIGN, MARKS, Block, Note, Sheet, SheetCell, legend_of
from bench.render.text import GAP, INDENT, WIDEST, wrapped

SIGNS = {**MARKS, EFFECT: EFFECT_SIGN}
STYLES = {"agrees": "green", "differs": "red", EFFECT: "bold"}

Write = Callable[[str], str]


@dataclass(frozen=True)
class Screen:
    """Where lines are shown.

    Args:
        width: columns of the terminal.
        clean: how a text is written there.
        bold: whether it can show what is bold.
    """

    width: int
    clean: Write
    bold: bool


@dataclass(frozen=True)
class Number:
    """One number of a cell; its style is that of its spread, too.

    Args:
        text: right-aligned.
        spread: what follows it, left-aligned below those of other rows.
        marks: texts behind it, each with its style.
    """

    text: str = ""
    spread: str = ""
    style: str = "dim"
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NumberGrid:
    """A table before it is laid out.

    Args:
        corner, across: what the rows and what the columns are.
        headings: of the columns.
        titles: of the rows.
        cells: row by row, each a number for every name; the first is ours.
        names: how the numbers of a cell are called; one where nothing is compared.
        totals: how many rows at the end stand below a rule.
    """

    corner: str
    across: str
    headings: tuple[str, ...]
    titles: tuple[str, ...]
    cells: tuple[tuple[tuple[Number, ...], ...], ...]
    names: tuple[str, ...]
    totals: int


class Column(NamedTuple):
    """The lines of a column, all of one width."""

    head: list[Text]
    body: list[Text]


def sheet_lines(sheet: Sheet, screen: Screen) -> Iterator[Text]:
    """Title and caption, the rows, what the marks mean, and the notes for a terminal."""
    for line in wrapped(screen.clean(sheet.title), "", screen.width, ""):
        yield Text(line, style="bold")
    yield from _prose(f"{'; '.join(sheet.caption)}.", screen)
    for block in sheet.blocks:
        lines = tuple(row for row in block.lines if sheet.every_row or row.filled)
        totals = tuple(row for row in block.totals if row.filled)
        if lines:
            shown = replace(block, lines=lines, totals=totals)
            for part in _lay_out(_grid(sheet, shown, screen.clean), screen.width):
                yield Text()
                yield from part
    yield Text()
    if sheet.compared:
        yield from _prose(legend_of(sheet, MARKS, bold=screen.bold), screen)
    for note in sheet.notes:
        if note.label or note.brief:
            yield from _note(note, screen)


def _prose(text: str, screen: Screen, label: str = "") -> list[Text]:
    """Indented lines of whole words, hanging below a label."""
    indent = INDENT + label
    lines = wrapped(screen.clean(text), indent, screen.width, " " * len(indent))
    return [Text(line, style="dim") for line in lines]


def _note(note: Note, screen: Screen) -> list[Text]:
    """A sentence, and its command in one piece, so that it can be copied."""
    label = f"[{note.label}] " if note.label else ""
    lines = _prose(note.text, screen, label)
    if note.command:
        if len(lines[-1]) + 1 + len(note.command) > min(screen.width, WIDEST):
            lines.append(Text(INDENT + " " * (len(label) - 1)))
        lines[-1].append(f" {note.command}", style="cyan")
    return lines


def _grid(sheet: Sheet, block: Block, write: Write) -> NumberGrid:
    names = [sheet.own]
    if sheet.compared and any(row.printed for row in block.lines):
        changes = any(cell.change for row in block.lines for cell in row.cells)
        names.append(f"- {sheet.printed}" if changes else sheet.printed)
        names += [sheet.corrected] * any(row.corrected for row in block.lines)
    rows = (*block.lines, *block.totals)
    return NumberGrid(
        corner=block.corner.capitalize(),
        across=block.across.capitalize(),
        headings=tuple(map(write, block.header)),
        titles=tuple(write(row.title) for row in rows),
        cells=tuple(
            tuple(_numbers(cell, write)[: len(names)] for cell in row.cells) for row in rows
        ),
        names=tuple(names),
        totals=len(block.totals),
    )


def _numbers(cell: SheetCell, write: Write) -> tuple[Number, Number, Number]:
    """Ours, the printed and the corrected number."""
    notes, printed_notes = (
        f"[{','.join(labels)}]" if labels else "" for labels in (cell.notes, cell.printed_notes)
    )
    own = Number(notes)
    if cell.own:
        marks = ((f" {notes}", "dim"),) if notes else ()
        if cell.mark and cell.mark != "same":
            marks = ((f" {write(SIGNS[cell.mark])}", STYLES.get(cell.mark, "dim")), *marks)
        spread = _spread(cell.own_spread, write)
        own = Number(_short(cell.own), spread, "bold" if cell.best else "", marks)
    if cell.change or cell.mark == "same":
        return own, Number(cell.change or MARKS["same"]), Number()
    marks = ((f" {printed_notes}", "dim"),) if printed_notes else ()
    return (
        own,
        Number(_short(cell.printed), _spread(cell.printed_spread, write), marks=marks),
        Number(_short(cell.corrected), _spread(cell.corrected_spread, write)),
    )


def _spread(std: str, write: Write) -> str:
    return write(f"±{_short(std)}") if std else ""


def _short(number: str) -> str:
    """At most two decimals; what is no number stays."""
    _, point, decimals = number.partition(".")
    return f"{float(number):.2f}" if point and len(decimals) > 2 else number


def _lay_out(grid: NumberGrid, width: int) -> list[list[Text]]:
    """The lines of each block, in the first form that needs fewest blocks.

    The numbers of a cell stand one below the other; with rows and columns exchanged side by side,
    if that fits. Headings are broken only where that saves a block.
    """
    exchanged = replace(
        grid,
        corner=grid.across,
        across=grid.corner,
        headings=grid.titles,
        titles=grid.headings,
        cells=tuple(zip(*grid.cells, strict=True)),
        totals=0,
    )
    beside = [(exchanged, True)] if len(grid.names) > 1 else []
    forms = (
        _blocks(table, width, beside=side, whole=whole)
        for table, side in [(grid, False), *beside, (exchanged, False)]
        for whole in (True, False)
    )
    return min(forms, key=len)


def _blocks(grid: NumberGrid, width: int, *, beside: bool, whole: bool) -> list[list[Text]]:
    """The grid in blocks that fit: as few as can be of alike many columns.

    Args:
        grid: the table.
        width: columns of the terminal.
        beside: whether the numbers of a cell stand side by side.
        whole: whether no heading is broken.
    """
    further = [] if beside else [f"{INDENT}{name}" for name in grid.names[1:]]
    rows = [
        line
        for title in grid.titles
        for line in (Text(title), *(Text(name, style="dim") for name in further))
    ]
    titles = _one_width([Text(grid.corner, style="bold")], rows, "left")
    columns = [
        _column(grid.names, heading, cells, beside=beside, least=len(heading) if whole else 0)
        for heading, cells in zip(grid.headings, zip(*grid.cells, strict=True), strict=True)
    ]
    widths = [len(GAP) + len(column.body[0]) for column in columns]
    for count in range(1, len(columns) + 1):
        size = ceil(len(columns) / count)
        starts = range(0, len(columns), size)
        if all(sum(widths[at : at + size]) <= width - len(rows[0]) for at in starts):
            break
    height, rule = 1 + len(further), len(grid.titles) - grid.totals if grid.totals else -1
    return [_lines([titles, *columns[at : at + size]], height, rule) for at in starts]


def _column(
    names: Sequence[str],
    heading: str,
    cells: Sequence[tuple[Number, ...]],
    *,
    beside: bool,
    least: int,
) -> Column:
    """A column of numbers below its heading, at least so wide.

    The numbers of a cell stand one below the other, or side by side below what they are called.
    """
    called = []
    if beside:
        shown = [at for at in range(len(names)) if at < 2 or any(cell[at].text for cell in cells)]
        texts = [_aligned([cell[at] for cell in cells], len(names[at])) for at in shown]
        body = [Text(GAP).join(row) for row in zip(*texts, strict=True)]
        centred = [
            f"{names[at]:^{len(column[0])}}" for at, column in zip(shown, texts, strict=True)
        ]
        called = [Text(GAP.join(centred), style="dim")]
    else:
        body = _aligned([number for cell in cells for number in cell])
    width = max(least, len(body[0]))
    lines = _broken(heading, width)
    head = [Text(line.center(width) if beside else line, style="bold") for line in lines]
    return _one_width([*head, *called], body, "right")


def _aligned(numbers: Sequence[Number], least: int = 0) -> list[Text]:
    """The numbers as texts of one width, number below number and spread below spread."""
    wide = max(len(number.text) for number in numbers)
    spread = max(len(number.spread) for number in numbers)
    texts = []
    for number in numbers:
        value = number.text.rjust(wide) + (f" {number.spread.ljust(spread)}" if spread else "")
        texts.append(Text.assemble((value, number.style), *number.marks))
    return _one_width([Text(" " * least)], texts, "left").body


def _one_width(head: list[Text], body: list[Text], side: Literal["left", "right"]) -> Column:
    """Head and body, every line padded to the width of the longest."""
    width = max(len(line) for line in (*head, *body))
    for line in (*head, *body):
        line.align(side, width)
    return Column(head, body)


def _broken(name: str, width: int) -> list[str]:
    """A heading in as few lines as fit the column, broken after a space or an underscore only."""
    pieces = re.findall(r"[^ _]+[ _]*|[ _]+", name) or [""]
    limit = max(width, *(len(piece.rstrip(" ")) for piece in pieces))
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len((lines[-1] + piece).rstrip(" ")) <= limit:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.rstrip(" ") for line in lines]


def _lines(columns: Sequence[Column], height: int, rule: int) -> list[Text]:
    """The lines of columns side by side; a rule stands above the row of that number.

    Of the lines of a row, so many as the height says, the further ones are left out if empty.
    """
    tallest = max(len(column.head) for column in columns)
    heads = [
        [Text(" " * len(column.body[0]))] * (tallest - len(column.head)) + column.head
        for column in columns
    ]
    lines = [_joined(line) for line in zip(*heads, strict=True)]
    wide = max(len(line) for line in lines)
    for at, line in enumerate(zip(*(column.body for column in columns), strict=True)):
        if at == rule * height:
            lines.append(Text("-" * wide, style="dim"))
        if at % height == 0 or any(part.plain.strip() for part in line[1:]):
            lines.append(_joined(line))
    return lines


def _joined(parts: Sequence[Text]) -> Text:
    line = Text(GAP).join(parts)
    line.rstrip()
    return line
