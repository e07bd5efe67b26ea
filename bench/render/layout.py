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
class Number:
    """One number of a cell.

    Args:
        text: right-aligned.
        spread: what follows it, left-aligned below those of other rows.
        style: of number and spread.
        marks: texts behind it, each with its style.
    """

    text: str = ""
    spread: str = ""
    style: str = ""
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
    totals: int = 0


def lay_out(grid: NumberGrid, width: int) -> list[list[Text]]:
    """The lines of each block, in the first form that needs fewest blocks.

    The numbers of a cell stand one below the other; with rows and columns exchanged side by side,
    if that fits. Headings are broken only where that saves a block.
    """
    turned = _exchanged(grid)
    beside = [(turned, True)] if len(grid.names) > 1 else []
    blocks = (
        _blocks(table, width, beside=side, whole=whole)
        for table, side in [(grid, False), *beside, (turned, False)]
        for whole in (True, False)
    )
    return min(blocks, key=len)


def _exchanged(grid: NumberGrid) -> NumberGrid:
    return replace(
        grid,
        corner=grid.across,
        across=grid.corner,
        headings=grid.titles,
        titles=grid.headings,
        cells=tuple(zip(*grid.cells, strict=True)),
        totals=0,
    )


@dataclass(frozen=True)
class _Column:
    """A column laid out: its head, and the lines of each row, all of one width."""

    head: list[Text]
    body: list[list[Text]]

    @property
    def width(self) -> int:
        return len(self.head[0])


def _blocks(grid: NumberGrid, width: int, *, beside: bool, whole: bool) -> list[list[Text]]:
    """The grid in blocks that fit.

    Args:
        grid: the table.
        width: columns of the terminal.
        beside: whether the numbers of a cell stand side by side.
        whole: whether no heading is broken.
    """
    titles = _titles(grid, beside)
    columns = []
    for heading, cells in zip(grid.headings, zip(*grid.cells, strict=True), strict=True):
        least = len(heading) if whole else 0
        lay = _beside if beside else _beneath
        columns.append(lay(grid, heading, cells, least))
    parts = _split([len(GAP) + column.width for column in columns], width - titles.width)
    rule = len(grid.titles) - grid.totals if grid.totals else -1
    return [_lines([titles, *columns[start:end]], rule) for start, end in parts]


def _titles(grid: NumberGrid, beside: bool) -> _Column:
    """The column of row titles; a row that has further lines says what those are."""
    body = []
    for title, cells in zip(grid.titles, grid.cells, strict=True):
        filled = [at for at in range(len(grid.names)) if any(cell[at].text for cell in cells)]
        further = [] if beside else grid.names[1 : max(filled, default=0) + 1]
        body.append([Text(title), *(Text(f"{GAP}{name}", style="dim") for name in further)])
    return _column([Text(grid.corner, style="bold")], body, right=False)


def _beneath(
    grid: NumberGrid, heading: str, cells: Sequence[tuple[Number, ...]], least: int
) -> _Column:
    """A column with the numbers of a cell one below the other."""
    texts = _aligned([number for cell in cells for number in cell])
    width, step = max(least, len(texts[0])), len(grid.names)
    head = [Text(line.rjust(width), style="bold") for line in _broken(heading, width)]
    return _column(head, [texts[at : at + step] for at in range(0, len(texts), step)])


def _beside(
    grid: NumberGrid, heading: str, cells: Sequence[tuple[Number, ...]], least: int
) -> _Column:
    """A column with the numbers of a cell side by side, below what they are called."""
    kinds = [(name, [cell[at] for cell in cells]) for at, name in enumerate(grid.names)]
    kinds = kinds[:2] + [kind for kind in kinds[2:] if any(number.text for number in kind[1])]
    texts = [_aligned(numbers, at_least=len(name)) for name, numbers in kinds]
    called = [f"{name:^{len(column[0])}}" for (name, _), column in zip(kinds, texts, strict=True)]
    names = Text(GAP.join(called), style="dim")
    width = max(least, len(names))
    head = [Text(line.center(width), style="bold") for line in _broken(heading, width)]
    return _column([*head, names], [[Text(GAP).join(row)] for row in zip(*texts, strict=True)])


def _aligned(numbers: Sequence[Number], at_least: int = 0) -> list[Text]:
    """The numbers as texts of one width, number below number and spread below spread."""
    wide = max(len(number.text) for number in numbers)
    spread = max(len(number.spread) for number in numbers)
    texts = []
    for number in numbers:
        text = Text(number.text.rjust(wide), style=number.style)
        text.append(f" {number.spread.ljust(spread)}" if spread else "")
        texts.append(Text.assemble(text, *number.marks))
    width = max([at_least, *(len(text) for text in texts)])
    return [_padded(text, width) for text in texts]


def _column(head: list[Text], body: list[list[Text]], *, right: bool = True) -> _Column:
    """Head and body aligned in one width."""
    width = max(len(line) for lines in [head, *body] for line in lines)
    head, *body = ([_padded(line, width, right=right) for line in lines] for lines in [head, *body])
    return _Column(head, body)


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


def _lines(columns: Sequence[_Column], rule: int) -> list[Text]:
    """The lines of columns side by side; a rule stands above the row of that number."""
    height = max(len(column.head) for column in columns)
    heads = [[Text(" " * c.width)] * (height - len(c.head)) + c.head for c in columns]
    lines = [_joined(line) for line in zip(*heads, strict=True)]
    wide = max(len(line) for line in lines)
    for at in range(len(columns[0].body)):
        if at == rule:
            lines.append(Text("-" * wide, style="dim"))
        own, *further = zip(*(column.body[at] for column in columns), strict=False)
        filled = [parts for parts in further if any(part.plain.strip() for part in parts[1:])]
        lines += [_joined(parts) for parts in (own, *filled)]
    return lines


def _joined(parts: Sequence[Text]) -> Text:
    line = Text(GAP).join(parts)
    line.rstrip()
    return line


def _padded(text: Text, width: int, *, right: bool = False) -> Text:
    blank = " " * (width - len(text))
    return Text.assemble(blank, text) if right else Text.assemble(text, blank)
