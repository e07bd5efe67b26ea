"""A sheet as lines of text: two decimals, and numbers in aligned columns that fit a width, if need
be with rows and columns exchanged or in several blocks. No number is ever cut, no word wrapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal, NamedTuple

from rich.text import Text

from bench.render.sheet import (
    EFFECT,
    EFFECT_SIGN,
    EQUAL,
    MARKS,
    Block,
    Note,
    Sheet,
    SheetCell,
    SheetRow,
    legend_of,
    printable,
)
from bench.render.text import GAP, INDENT, WIDEST, wrapped

SIGNS = {**MARKS, EFFECT: EFFECT_SIGN}
STYLES = {"agrees": "green", "differs": "red", EFFECT: "bold"}

Clean = Callable[[str], str]


@dataclass(frozen=True)
class Screen:
    """Where lines are shown.

    Args:
        width: columns of the terminal.
        clean: how a text is written there.
        bold: whether it can show what is bold.
    """

    width: int
    clean: Clean
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


class Column(NamedTuple):
    """The lines of a column, all of one width."""

    head: list[Text]
    body: list[Text]


def sheet_lines(sheet: Sheet, screen: Screen) -> Iterator[Text]:
    """Title and caption, the rows, what the marks mean, and the notes for a terminal."""
    sheet = printable(sheet)
    for line in wrapped(screen.clean(sheet.title), "", screen.width, ""):
        yield Text(line, style="bold")
    yield from _prose(sheet.conditions, screen)
    for block in sheet.blocks:
        for part in _lay_out(block, _names(sheet, block.lines), screen):
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
    lines = _prose(note.text, screen, label) or [Text(INDENT + label)]
    if note.command:
        if len(lines[-1]) + 1 + len(note.command) > min(screen.width, WIDEST):
            lines.append(Text((INDENT + " " * len(label))[:-1]))
        lines[-1].append(f" {note.command}", style="cyan")
    return lines


def _names(sheet: Sheet, rows: Sequence[SheetRow]) -> list[str]:
    """How the numbers of a cell are called; ours alone where nothing is compared."""
    if not (sheet.compared and any(row.printed for row in rows)):
        return [sheet.own]
    changes = any(cell.change for row in rows for cell in row.cells)
    corrected = [sheet.corrected] * any(row.corrected for row in rows)
    return [sheet.own, f"- {sheet.printed}" if changes else sheet.printed, *corrected]


def _numbers(cell: SheetCell, clean: Clean) -> tuple[Number, Number, Number]:
    """Ours, the printed and the corrected number."""
    notes, printed_notes = (
        f"[{','.join(labels)}]" if labels else "" for labels in (cell.notes, cell.printed_notes)
    )
    own = Number(notes)
    if cell.own:
        marks = ((f" {notes}", "dim"),) if notes else ()
        if cell.mark and cell.mark not in EQUAL:
            marks = ((f" {clean(SIGNS[cell.mark])}", STYLES.get(cell.mark, "dim")), *marks)
        spread = _spread(cell.own_spread, clean)
        own = Number(_short(cell.own), spread, "bold" if cell.best else "", marks)
    if cell.change or cell.mark in EQUAL:
        return own, Number(cell.change or clean(MARKS[cell.mark])), Number()
    marks = ((f" {printed_notes}", "dim"),) if printed_notes else ()
    return (
        own,
        Number(_short(cell.printed), _spread(cell.printed_spread, clean), marks=marks),
        Number(_short(cell.corrected), _spread(cell.corrected_spread, clean)),
    )


def _spread(std: str, clean: Clean) -> str:
    return clean(f"±{_short(std)}") if std else ""


def _short(number: str) -> str:
    """At most two decimals; what is no number stays."""
    _, point, decimals = number.partition(".")
    return f"{float(number):.2f}" if point and len(decimals) > 2 else number


def _lay_out(block: Block, names: Sequence[str], screen: Screen) -> list[list[Text]]:
    """The lines of each part of a block, in the first form that needs fewest parts.

    The numbers of a cell stand one below the other; with rows and columns exchanged side by side,
    if that fits. Headings are broken only where that saves a part.
    """
    rows = (*block.lines, *block.totals)
    columns = zip(block.header, zip(*(row.cells for row in rows), strict=True), strict=True)
    exchanged = Block(
        header=tuple(row.title for row in rows),
        lines=tuple(SheetRow(title, cells) for title, cells in columns),
        corner=block.across,
    )
    side_by_side = [(exchanged, True)] if len(names) > 1 else []
    forms = (
        _parts(form, names, screen, beside=beside, whole=whole)
        for form, beside in [(block, False), *side_by_side, (exchanged, False)]
        for whole in (True, False)
    )
    return min(forms, key=len)


def _parts(
    block: Block, names: Sequence[str], screen: Screen, *, beside: bool, whole: bool
) -> list[list[Text]]:
    """The block in parts that fit.

    Args:
        block: the rows that are shown.
        names: of the numbers of a cell; the first is ours.
        screen: where it is shown.
        beside: whether the numbers of a cell stand side by side.
        whole: whether no heading is broken.
    """
    rows = (*block.lines, *block.totals)
    further = [] if beside else [f"{INDENT}{name}" for name in names[1:]]
    titles = [
        line
        for row in rows
        for line in (Text(screen.clean(row.title)), *(Text(name, style="dim") for name in further))
    ]
    first = _one_width([Text(block.corner.capitalize(), style="bold")], titles, "left")
    numbers = [[_numbers(cell, screen.clean) for cell in row.cells] for row in rows]
    columns = [
        _column(names, screen.clean(heading), cells, beside=beside, whole=whole)
        for heading, cells in zip(block.header, zip(*numbers, strict=True), strict=True)
    ]
    widths = [len(GAP) + len(column.body[0]) for column in columns]
    starts = _starts(widths, screen.width - len(titles[0]))
    height, rule = 1 + len(further), len(block.lines) if block.totals else -1
    return [
        _lines([first, *columns[start:end]], height, rule)
        for start, end in pairwise([*starts, len(columns)])
    ]


def _starts(widths: Sequence[int], room: int) -> list[int]:
    """Where parts begin that fit: as few as can be, of alike many columns if that fits."""
    starts, used = [0], 0
    for at, width in enumerate(widths):
        if used + width > room and at > starts[-1]:
            starts.append(at)
            used = 0
        used += width
    size = ceil(len(widths) / len(starts))
    alike = list(range(0, len(widths), size))
    return alike if all(sum(widths[at : at + size]) <= room for at in alike) else starts


def _column(
    names: Sequence[str],
    heading: str,
    cells: Sequence[tuple[Number, ...]],
    *,
    beside: bool,
    whole: bool,
) -> Column:
    """A column of numbers below its heading, which may be broken unless it stays whole.

    The numbers of a cell stand one below the other, or side by side below what they are called.
    """
    called = []
    if beside:
        kinds = [
            (name, numbers)
            for at, (name, *numbers) in enumerate(zip(names, *cells, strict=False))
            if at < 2 or any(number.text for number in numbers)
        ]
        texts = [_aligned(numbers, len(name)) for name, numbers in kinds]
        body = [Text(GAP).join(row) for row in zip(*texts, strict=True)]
        centred = (
            f"{name:^{len(column[0])}}" for (name, _), column in zip(kinds, texts, strict=True)
        )
        called = [Text(GAP.join(centred), style="dim")]
    else:
        body = _aligned([number for cell in cells for number in cell[: len(names)]])
    width = max(len(heading) if whole else 0, len(body[0]))
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
    lines = [""]
    for piece in pieces:
        if lines[-1] and len((lines[-1] + piece).rstrip(" ")) > limit:
            lines.append("")
        lines[-1] += piece
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
