"""A page on a terminal or in a pipe, as wide as there is room; no word is cut."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.render.layout import Clean, Screen, sheet_lines
from bench.render.outline import Grid, Item, Outline, Part, Section
from bench.render.sheet import Sheet
from bench.render.text import BETA, GAP, INDENT, aligned, plain, wrapped

PIPE_WIDTH = 100
"""Columns where there is no terminal and nobody set COLUMNS."""

READABLE = 50
"""Columns that text behind a label needs; with fewer it starts below the label."""

FIRM = "\N{NO-BREAK SPACE}"
ESCAPE = re.compile(r"\\([\\|*`<>\[\]_&])")
"""How Markdown writes a sign that it would act on."""

EQUATION = re.compile(r" ([=<>≤]) ")
"""A sign between spaces that stay on one line."""

ASCII = {
    "±": "+-",
    "✓": "ok",
    "✗": "x",
    "∘": "o",
    "−": "-",
    "≤": "<=",
    "→": "->",
    "≈": "~",
    "·": "*",
    BETA: "beta",
    "√": "sqrt",
    "²": "^2",
}
"""What to write where the output cannot take these characters."""


def console_for_tables() -> Console:
    """Standard output, as wide as COLUMNS or the terminal; with neither, of a fixed width."""
    size = shutil.get_terminal_size((PIPE_WIDTH, 25))  # rich trusts COLUMNS and LINES
    return Console(width=size.columns, height=size.lines, highlight=False)


def print_page(
    console: Console,
    page: Outline,
    files: Sequence[Path] = (),
    *,
    below: Sequence[str] = (),
    closing: str = "",
) -> None:
    """Print a page, where its files are, lines below that, and a closing paragraph."""
    lines = [
        *page_lines(page, console),
        *(Text(line, style="dim") for line in (*file_lines(files), *below)),
        *map(Text, wrapped(_encodable(console)(closing), "", console.width)),
    ]
    for line in lines:
        line.plain = plain(line.plain)
        console.print(line, soft_wrap=True)


def page_lines(page: Outline, console: Console) -> list[Text]:
    """The lines of a page, its title left out, headings bold."""
    encodable = _encodable(console)

    def clean(text: str) -> str:
        text = ESCAPE.sub(r"\1", text.replace("**", "")) if page.markup else text
        return encodable(text.replace("BETA_LASSO", f"{BETA}-LASSO"))

    screen = Screen(console.width, clean, bold=console.is_terminal)
    label = max((len(clean(item.label)) for item in _items(page.parts)), default=0)
    return list(_lines(page.parts, screen, label, ""))


def file_lines(paths: Iterable[Path]) -> Iterator[str]:
    """A line a folder; files that differ in their ending only are one name, as a shell reads it."""
    for folder, files in groupby(paths, key=lambda path: path.parent):
        names = []
        for stem, alike in groupby(files, key=lambda path: path.stem):
            endings = [path.suffix[1:] for path in alike]
            several = f"{{{','.join(endings)}}}"
            names.append(f"{stem}.{several if len(endings) > 1 else endings[0]}")
        yield f"written to {folder}: {', '.join(names)}"


def _encodable(console: Console) -> Clean:
    """Texts as they are, or in ASCII where the output cannot take what we write."""
    try:
        "".join(ASCII).encode(console.encoding)
    except UnicodeEncodeError:
        table = str.maketrans(ASCII)
        return lambda text: text.translate(table).encode("ascii", "replace").decode()
    return str


def _items(parts: Sequence[Part]) -> Iterator[Item]:
    for part in parts:
        if isinstance(part, Item):
            yield part
        elif isinstance(part, Section):
            yield from _items(part.parts)


def _lines(parts: Sequence[Part], screen: Screen, label: int, indent: str) -> Iterator[Text]:
    """The lines of parts; sections and sheets stand apart from what is around them, and a grid from
    the list before it.

    Args:
        parts: in order.
        screen: where they are shown.
        label: columns of the longest label of the page.
        indent: before each line.
    """
    begun, before = bool(indent), None
    for part in parts:
        apart = any(isinstance(each, Section | Sheet) for each in (before, part))
        if begun and (apart or (isinstance(before, Item) and isinstance(part, Grid))):
            yield Text()
        begun, before = True, part
        if isinstance(part, Section):
            for line in wrapped(screen.clean(part.heading), indent, screen.width):
                yield Text(line, style="bold")
            yield from _lines(part.parts, screen, label, indent + INDENT)
        elif isinstance(part, Sheet):
            yield from sheet_lines(part, screen)
        elif isinstance(part, Grid):
            yield from (Text(indent + line) for line in _grid_lines(part, screen, len(indent)))
        elif isinstance(part, Item):
            yield from _item_lines(part, screen, label, indent)
        else:
            yield from map(Text, wrapped(screen.clean(part), indent, screen.width, indent))


def _item_lines(item: Item, screen: Screen, label: int, indent: str) -> Iterator[Text]:
    start, further = f"{indent}- ", indent + INDENT
    if item.label:
        start = f"{indent}{screen.clean(item.label):<{label}}{INDENT}"
        beside = screen.width >= len(start) + READABLE
        further = " " * len(start) if beside else indent + INDENT * 2
    yield from map(Text, wrapped(screen.clean(item.text), start, screen.width, further))
    for line in item.below:
        yield from map(Text, wrapped(screen.clean(line), further, screen.width))
    if item.command:
        yield Text.assemble(further, (screen.clean(item.command), "cyan"))


def _grid_lines(grid: Grid, screen: Screen, indent: int) -> list[str]:
    """Columns as wide as they need, the widest broken between words where they do not fit.

    The first column and right-aligned ones are never broken, nor is a word or an equation like
    n = 10; nothing is cut.
    """
    places = range(len(grid.head)) if grid.brief is None else grid.brief
    rows = [
        [EQUATION.sub(rf"{FIRM}\1{FIRM}", screen.clean(row[place])) for place in places]
        for row in (grid.head, *grid.rows)
    ]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, texts)) for texts in columns]
    least = [
        width
        if place in grid.right or place == places[0]
        else max(map(len, " ".join(texts).split(" ")))
        for place, texts, width in zip(places, columns, widths, strict=True)
    ]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - (screen.width - indent)
    for _ in range(excess):
        loose = [at for at, width in enumerate(widths) if width > least[at]]
        if loose:
            widths[max(loose, key=widths.__getitem__)] -= 1
    head, *body = (
        [_broken(text, width) for text, width in zip(row, widths, strict=True)] for row in rows
    )
    upward = zip_longest(*(lines[::-1] for lines in head), fillvalue="")  # at the foot of the head
    lines = list(upward)[::-1]
    for row in body:
        lines += zip_longest(*row, fillvalue="")
    wide = aligned(lines, [at for at, place in enumerate(places) if place in grid.right])
    return [line.replace(FIRM, " ") for line in wide]


def _broken(text: str, width: int) -> list[str]:
    """The text in lines of whole words; of several, each is as wide as its column."""
    if len(text) <= width:
        return [text]
    lines = textwrap.wrap(text, max(width, 1), break_long_words=False, break_on_hyphens=False)
    return [line.ljust(width) for line in lines]
