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
    """One cell: our number, the printed one, and the right one where that is another."""

    own: Figure = Figure()
    other: Figure = Figure()
    right: Figure = Figure()


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
        own, other, right: how the numbers of a cell are called; nothing is compared where `other`
            is empty.
    """

    corner: str
    across: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    own: str
    other: str = ""
    right: str = ""


def lay_out(grid: Grid, width: int) -> list[list[Text]]:
    """The lines of each block, in the first form that needs fewest blocks.

    The numbers of a cell stand one below the other; with rows and columns exchanged side by side,
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
    """The column of row titles; a row that has further lines says what those are."""
    rows = []
    for row in grid.rows:
        lines = [Text(row.title)]
        if not beside:
            lines += [Text(f"{GAP}{name}", style="dim") for name in _further(grid, row.cells)]
        rows.append(tuple(lines))
    width = max(len(text) for text in [Text(grid.corner), *(line for row in rows for line in row)])
    body = tuple(tuple(_padded(line, width) for line in row) for row in rows)
    return _Column((_padded(Text(grid.corner, style="bold"), width),), body)


def _further(grid: Grid, cells: Sequence[Pair]) -> list[str]:
    """How the numbers beside ours are called, as far as these cells have them."""
    right = any(cell.right.number for cell in cells)
    other = right or any(cell.other.number for cell in cells)
    return [grid.other] * other + [grid.right] * right


def _beneath(head: _Head, cells: Sequence[Pair]) -> _Column:
    n = len(cells)
    own, other = [cell.own for cell in cells], [cell.other for cell in cells]
    figures = _aligned([*own, *other, *(cell.right for cell in cells)])
    body = list(zip(figures[:n], figures[n : 2 * n], figures[2 * n :], strict=True))
    width = max(head.whole, len(figures[0]))
    return _column([Text(line.rjust(width)) for line in _broken(head.name, width)], body)


def _beside(grid: Grid, head: _Head, cells: Sequence[Pair]) -> _Column:
    kinds = [(grid.own, [c.own for c in cells]), (grid.other, [c.other for c in cells])]
    kinds += [(grid.right, [c.right for c in cells])] * any(c.right.number for c in cells)
    figures = [_aligned(column, at_least=len(name)) for name, column in kinds]
    body = [(Text(GAP).join(row),) for row in zip(*figures, strict=True)]
    called = [f"{name:^{len(column[0])}}" for (name, _), column in zip(kinds, figures, strict=True)]
    names = Text(GAP.join(called), style="dim")
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
        own, *further = ([row[line] for row in rows] for line in range(len(rows[0])))
        kept = [parts for parts in further if any(part.plain.strip() for part in parts[1:])]
        lines += [_joined(parts) for parts in (own, *kept)]
    return lines


def _joined(parts: Sequence[Text]) -> Text:
    line = Text(GAP).join(parts)
    line.rstrip()
    return line


def _padded(text: Text, width: int, *, right: bool = False) -> Text:
    blank = " " * (width - len(text))
    return Text.assemble(blank, text) if right else Text.assemble(text, blank)
