"""A page of sentences, lists and tables under headings: for a terminal and as Markdown."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.text import Text

from bench.render.sheet import Sheet, markdown
from bench.render.text import INDENT, md, plain, wrapped

READABLE = 50
"""Columns that text behind a label needs; with fewer it starts below the label."""


@dataclass(frozen=True)
class Entry:
    """A line of a list.

    Args:
        text: the line.
        label: stands before it, one below the other on a terminal; a labelled text is bold in
            Markdown.
        below: further lines, each an entry of a nested list.
        command: what the user can type, never broken.
    """

    text: str
    label: str = ""
    below: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True)
class Grid:
    """A small table of texts.

    Args:
        head: a title for every column.
        rows: a text for every column each.
        brief: places of the columns that a terminal shows; None shows all, () leaves it out.
        right: places of the right-aligned columns, which are never broken.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    brief: Sequence[int] | None = None
    right: Sequence[int] = ()


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, in order; a section among its parts is one level down."""

    heading: str
    parts: tuple[Part, ...]


Part = str | Entry | Grid | Section | Sheet
"""A string is a paragraph; entries that follow each other are one list."""


@dataclass(frozen=True)
class Outline:
    """A whole page.

    Args:
        title: heads the Markdown page, a terminal leaves it out.
        parts: in order; what stands behind the last section closes the page.
        markup: texts are Markdown already, and are not escaped.
    """

    title: str
    parts: tuple[Part, ...]
    markup: bool = False


def as_text(outline: Outline, width: int) -> str:
    """The page for a terminal or a pipe."""
    return "\n".join(line.plain for line in text_lines(outline, width))


def text_lines(
    outline: Outline, width: int, say: Callable[[str], str] = str, *, bold: bool = False
) -> list[Text]:
    """The lines of the page, headings bold.

    Args:
        outline: the page.
        width: columns of the terminal.
        say: how a text is written, see bench.render.terminal.speech.
        bold: whether the output can show what is bold.
    """

    def clean(text: str) -> str:
        return say(plain(text.replace("**", "") if outline.markup else text))

    labels = (len(clean(entry.label)) for entry in _entries(outline.parts))
    return list(_lines(outline.parts, _Form(width, clean, max(labels, default=0), bold), ""))


def as_markdown(outline: Outline, level: int = 1) -> str:
    """The page as Markdown, without a heading where it has no title.

    Args:
        outline: the page.
        level: of the title; sections begin one below.
    """
    escape = str if outline.markup else md
    title = [f"{'#' * level} {escape(outline.title)}"] if outline.title else []
    return "\n\n".join([*title, *_markdown(outline.parts, level + 1, escape)]) + "\n"


@dataclass(frozen=True)
class _Form:
    """How text is laid out: columns, how it is written, columns of a label; bold or not."""

    width: int
    clean: Callable[[str], str]
    label: int
    bold: bool


def _entries(parts: Sequence[Part]) -> Iterator[Entry]:
    for part in parts:
        if isinstance(part, Entry):
            yield part
        elif isinstance(part, Section):
            yield from _entries(part.parts)


def _lines(parts: Sequence[Part], form: _Form, indent: str) -> Iterator[Text]:
    """The lines of parts; sections and sheets stand apart from what is around them."""
    from bench.render.terminal import sheet_lines

    begun = bool(indent)
    after_section = False
    for part in parts:
        apart = isinstance(part, Section | Sheet)
        if begun and (after_section or apart):
            yield Text()
        begun, after_section = True, apart
        if isinstance(part, Section):
            for line in wrapped(form.clean(part.heading), indent, form.width):
                yield Text(line, style="bold")
            yield from _lines(part.parts, form, indent + INDENT)
        elif isinstance(part, Sheet):
            yield from sheet_lines(part, form.width, form.clean, bold=form.bold)
        elif isinstance(part, Grid):
            yield from map(Text, _grid_lines(part, form, indent))
        elif isinstance(part, Entry):
            yield from _entry_lines(part, form, indent)
        else:
            yield from map(Text, wrapped(form.clean(part), indent, form.width, indent))


def _entry_lines(entry: Entry, form: _Form, indent: str) -> Iterator[Text]:
    start, further = f"{indent}- ", indent + INDENT
    if entry.label:
        start = f"{indent}{form.clean(entry.label):<{form.label}}{INDENT}"
        further = " " * len(start) if form.width >= len(start) + READABLE else indent + INDENT * 2
    yield from map(Text, wrapped(form.clean(entry.text), start, form.width, further))
    for line in entry.below:
        yield from map(Text, wrapped(form.clean(line), further, form.width))
    if entry.command:
        yield Text.assemble(further, (form.clean(entry.command), "cyan"))


def _grid_lines(grid: Grid, form: _Form, indent: str) -> list[str]:
    """Columns as wide as they need, broken between words where they do not fit; nothing is cut."""
    from rich.console import Console
    from rich.table import Table

    places = range(len(grid.head)) if grid.brief is None else grid.brief
    if not places:
        return []
    columns = [[form.clean(row[place]) for row in (grid.head, *grid.rows)] for place in places]
    whole = [place in grid.right or place == places[0] for place in places]
    widths = _grid_widths(columns, whole, form.width - len(indent))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    for place, (head, *_), width in zip(places, columns, widths, strict=True):
        right = place in grid.right
        table.add_column(Text(head), justify="right" if right else "left", width=width)
    for row in list(zip(*columns, strict=True))[1:]:
        table.add_row(*map(Text, row))
    wide = sum(widths) + 2 * len(widths)
    console = Console(width=wide, file=io.StringIO(), color_system=None, highlight=False)
    with console.capture() as found:
        console.print(table)
    return [f"{indent}{line}".rstrip() for line in found.get().splitlines()]


def _grid_widths(
    columns: Sequence[Sequence[str]], whole: Sequence[bool], available: int
) -> list[int]:
    """What columns need, the widest made narrower as long as they do not fit together.

    Args:
        columns: the texts of each.
        whole: which are never broken; others keep their longest word in one piece.
        available: for all of them and two blanks between each two.
    """
    widths = [max(map(len, texts)) for texts in columns]
    words = [
        max([len(word) for text in texts for word in text.split()] or [0]) for texts in columns
    ]
    least = [width if one else word for width, one, word in zip(widths, whole, words, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > available:
        loose = [place for place, width in enumerate(widths) if width > least[place]]
        if not loose:
            break
        widths[max(loose, key=lambda place: widths[place])] -= 1
    return widths


def _markdown(parts: Sequence[Part], level: int, escape: Callable[[str], str]) -> Iterator[str]:
    """Blocks of Markdown, to be separated by empty lines."""
    for listed, group in groupby(parts, key=lambda part: isinstance(part, Entry)):
        if listed:
            entries = (one for one in group if isinstance(one, Entry))
            yield "\n".join(_markdown_entry(entry, escape) for entry in entries)
            continue
        for part in group:
            if isinstance(part, Section):
                yield f"{'#' * level} {escape(part.heading)}"
                yield from _markdown(part.parts, level + 1, escape)
            elif isinstance(part, Grid):
                yield _markdown_grid(part, escape)
            elif isinstance(part, Sheet):
                yield markdown(part).strip()
            elif isinstance(part, str) and part:
                yield escape(part)


def _markdown_entry(entry: Entry, escape: Callable[[str], str]) -> str:
    text = escape(entry.text)
    first = f"- {escape(entry.label)}: **{text}**" if entry.label else f"- {text}"
    command = f" `{entry.command}`" if entry.command else ""
    return "\n".join([first + command, *(f"  - {escape(line)}" for line in entry.below)])


def _markdown_grid(grid: Grid, escape: Callable[[str], str]) -> str:
    rules = ["---:" if place in grid.right else "---" for place in range(len(grid.head))]
    rows = [[escape(text) for text in row] for row in (grid.head, *grid.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rules, *rows[1:]))
