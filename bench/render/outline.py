"""A page of sentences, lists and tables under headings, and its Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bench.render.sheet import Sheet, markdown
from bench.render.text import md, md_code


@dataclass(frozen=True)
class Item:
    """A line of a list.

    Args:
        text: the line.
        label: stands before it, one below the other on a terminal; a labelled text is bold in
            Markdown.
        below: further lines, each an item of a nested list.
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


Part = str | Item | Grid | Section | Sheet
"""A string is a paragraph; items that follow each other are one list."""


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


def as_markdown(outline: Outline, level: int = 1) -> str:
    """The page as Markdown, without a heading where it has no title.

    Args:
        outline: the page.
        level: of the title; sections begin one below.
    """
    escape = str if outline.markup else md
    title = [f"{'#' * level} {escape(outline.title)}"] if outline.title else []
    return "\n\n".join([*title, *_markdown(outline.parts, level + 1, escape)]) + "\n"


def _markdown(parts: Sequence[Part], level: int, escape: Callable[[str], str]) -> Iterator[str]:
    """Blocks of Markdown, to be separated by empty lines."""
    for listed, group in groupby(parts, key=lambda part: isinstance(part, Item)):
        if listed:
            items = (one for one in group if isinstance(one, Item))
            yield "\n".join(_markdown_item(item, escape) for item in items)
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


def _markdown_item(item: Item, escape: Callable[[str], str]) -> str:
    text = escape(item.text)
    first = f"- {escape(item.label)}: **{text}**" if item.label else f"- {text}"
    command = f" {md_code(item.command)}" if item.command else ""
    return "\n".join([first + command, *(f"  - {escape(line)}" for line in item.below)])


def _markdown_grid(grid: Grid, escape: Callable[[str], str]) -> str:
    rules = ["---:" if place in grid.right else "---" for place in range(len(grid.head))]
    rows = [[escape(text) for text in row] for row in (grid.head, *grid.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rules, *rows[1:]))
