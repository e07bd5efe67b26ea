"""Numbers in aligned columns of plain text that fit a width: as they are, rows and columns
exchanged, or in several blocks one below the other. No number is ever cut, no word wrapped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import ceil

from rich.text import Text

GAP = "  "


@dataclass(frozen=True)
class Figure:
    """One number of a cell.

    Args:
        number: right-aligned.
        spread: what follows it, left-aligned below those of other rows.
        style: of number and spread.
        marks: texts behind it, each with its style.
    """

    number: str = ""
    spread: str = ""
    style: str = ""
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pair:
    """One cell: our number, and what it is compared with."""

    own: Figure = Figure()
    other: Figure = Figure()


@dataclass(frozen=True)
class Row:
    """One row; totals stand below a rule."""

    title: str
    cells: tuple[Pair, ...]
    total: bool = False


@dataclass(frozen=True)
class Grid:
    """A table before it is laid out.

    Args:
        corner: what the rows are.
        across: what the columns are.
        own, other: how the two numbers of a cell are called; nothing is compared where `other` is
            empty.
    """

    corner: str
    across: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    own: str
    other: str = ""


def lay_out(grid: Grid, width: int) -> list[list[Text]]:
    """The lines of each block, in the first form that needs fewest blocks.

    The second number of a cell stands below the first; with rows and columns exchanged beside it,
    if that fits. Headings are broken only where that saves a block.
    """
    turned = _exchanged(grid)
    forms = [(grid, False), *([(turned, True)] if grid.other else []), (turned, False)]
    blocks = (
        _blocks(table, width, beside=beside, whole=whole)
        for table, beside in forms
        for whole in (True, False)
    )
    return min(blocks, key=len)


def _exchanged(grid: Grid) -> Grid:
    rows = tuple(
        Row(heading, tuple(row.cells[at] for row in grid.rows))
        for at, heading in enumerate(grid.headings)
    )
    headings = tuple(row.title for row in grid.rows)
    return replace(grid, corner=grid.across, across=grid.corner, headings=headings, rows=rows)


@dataclass(frozen=True)
class _Head:
    """A heading, and the width up to which it is not broken even if its column is narrower."""

    name: str
    whole: int


@dataclass(frozen=True)
class _Column:
    """A column laid out: its head, and the lines of each row, all of one width."""

    head: tuple[Text, ...]
    body: tuple[tuple[Text, ...], ...]

    @property
    def width(self) -> int:
        return max(len(line) for line in self.head)


def _blocks(grid: Grid, width: int, *, beside: bool, whole: bool) -> list[list[Text]]:
    titles = _titles(grid, beside)
    columns = []
    for at, heading in enumerate(grid.headings):
        cells = [row.cells[at] for row in grid.rows]
        head = _Head(heading, len(heading) if whole else 0)
        columns.append(_beside(grid, head, cells) if beside else _beneath(head, cells))
    room = width - titles.width
    parts = _split([len(GAP) + column.width for column in columns], room)
    totals = [row.total for row in grid.rows]
    return [_lines([titles, *columns[start:end]], totals) for start, end in parts]


def _titles(grid: Grid, beside: bool) -> _Column:
    """The column of row titles; a row that has a second line says what that is."""
    rows = []
    for row in grid.rows:
        second = not beside and any(cell.other.number for cell in row.cells)
        title = Text(row.title)
        rows.append((title, Text(f"{GAP}{grid.other}", style="dim")) if second else (title,))
    width = max(len(text) for text in [Text(grid.corner), *(line for row in rows for line in row)])
    body = tuple(tuple(_padded(line, width) for line in row) for row in rows)
    return _Column((_padded(Text(grid.corner, style="bold"), width),), body)


def _beneath(head: _Head, cells: Sequence[Pair]) -> _Column:
    figures = _aligned([cell.own for cell in cells] + [cell.other for cell in cells])
    body = list(zip(figures[: len(cells)], figures[len(cells) :], strict=True))
    width = max(head.whole, len(figures[0]))
    return _column([Text(line.rjust(width)) for line in _broken(head.name, width)], body)


def _beside(grid: Grid, head: _Head, cells: Sequence[Pair]) -> _Column:
    own = _aligned([cell.own for cell in cells], at_least=len(grid.own))
    other = _aligned([cell.other for cell in cells], at_least=len(grid.other))
    body = [(Text(GAP).join(pair),) for pair in zip(own, other, strict=True)]
    names = Text(f"{grid.own:^{len(own[0])}}{GAP}{grid.other:^{len(other[0])}}", style="dim")
    width = max(head.whole, len(names))
    return _column([*(Text(line.center(width)) for line in _broken(head.name, width)), names], body)


def _aligned(figures: Sequence[Figure], at_least: int = 0) -> list[Text]:
    """The figures as texts of one width, number below number and spread below spread."""
    number = max(len(figure.number) for figure in figures)
    spread = max(len(figure.spread) for figure in figures)
    texts = []
    for figure in figures:
        text = Text(figure.number.rjust(number), style=figure.style)
        text.append(f" {figure.spread.ljust(spread)}" if spread else "")
        whole = Text.assemble(text, *figure.marks)
        texts.append(whole)
    width = max([at_least, *(len(text) for text in texts)])
    return [_padded(text, width) for text in texts]


def _column(head: Sequence[Text], body: Sequence[tuple[Text, ...]]) -> _Column:
    """Head and body right-aligned in one width; a line of the head without a style is bold."""
    width = max(len(line) for lines in [head, *body] for line in lines)
    bold = [line if line.style else Text(line.plain, style="bold") for line in head]
    return _Column(
        tuple(_padded(line, width, right=True) for line in bold),
        tuple(tuple(_padded(line, width, right=True) for line in lines) for lines in body),
    )


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


def _split(widths: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Where to cut so that every part fits: as few parts as can be, alike in size if that fits."""
    starts, used = [0], 0
    for at, width in enumerate(widths):
        if used + width > room and at > starts[-1]:
            starts.append(at)
            used = 0
        used += width
    size = ceil(len(widths) / len(starts))
    sums = [0, *accumulate(widths)]
    for cuts in (range(0, len(widths), size), starts):
        parts = list(zip(cuts, [*cuts[1:], len(widths)], strict=True))
        if all(sums[end] - sums[start] <= room for start, end in parts):
            return parts
    return parts


def _lines(columns: Sequence[_Column], totals: Sequence[bool]) -> list[Text]:
    height = max(len(column.head) for column in columns)
    heads = [(Text(" " * c.width),) * (height - len(c.head)) + c.head for c in columns]
    lines = [_joined(line) for line in zip(*heads, strict=True)]
    wide = max(len(line) for line in lines)
    for at, total in enumerate(totals):
        if total and not any(totals[:at]):
            lines.append(Text("-" * wide, style="dim"))
        rows = [column.body[at] for column in columns]
        high = len(rows[0])
        lines += [_joined([row[line] for row in rows]) for line in range(high)]
    return lines


def _joined(parts: Sequence[Text]) -> Text:
    line = Text(GAP).join(parts)
    line.rstrip()
    return line


def _padded(text: Text, width: int, *, right: bool = False) -> Text:
    blank = " " * (width - len(text))
    return Text.assemble(blank, text) if right else Text.assemble(text, blank)
