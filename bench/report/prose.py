"""The project's own pages, written in Markdown, as HTML: headings, paragraphs, lists, tables, code
and emphasis. Nothing else of Markdown is known, and no HTML gets through."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

INLINE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>.+?)\*\*"
    r"|\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)"
    r"|\\(?P<sign>[\\|*`_\[\]<>])"
)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
HEADING = re.compile(r"(#{1,5}) +(.+)")
ITEM = re.compile(r"(?:[-*]|\d+\.) +(.+)")
RULE = re.compile(r"\|?[\s:|-]+\|[\s:|-]*")


def html_of(text: str, *, below: int) -> Markup:
    """A page as HTML.

    Args:
        text: Markdown.
        below: the level of the heading it stands under: its own are deeper.
    """
    said = COMMENT.sub("", text).strip()
    parts = (_block(block.splitlines(), below) for block in re.split(r"\n\s*\n", said))
    return Markup("\n").join(part for part in parts if part)


def inline(text: str) -> Markup:
    """A sentence with its code, emphasis and links; a link that leads nowhere from here is text."""
    found, last = Markup(), 0
    for match in INLINE.finditer(text):
        found += escape(text[last : match.start()]) + _mark(match)
        last = match.end()
    return found + escape(text[last:])


def _mark(match: re.Match[str]) -> Markup:
    if match["code"] is not None:
        return Markup("<code>{}</code>").format(match["code"])
    if match["strong"] is not None:
        return Markup("<strong>{}</strong>").format(inline(match["strong"]))
    if match["text"] is not None:
        if match["target"].startswith("https://"):
            return Markup('<a href="{}">{}</a>').format(match["target"], inline(match["text"]))
        return inline(match["text"])
    return escape(match["sign"])


def _block(lines: list[str], below: int) -> Markup:
    if not lines:
        return Markup()
    heading = HEADING.fullmatch(lines[0])
    if heading:
        level = min(below + len(heading[1]) - 1, 6)
        title = Markup("<h{0}>{1}</h{0}>").format(level, inline(heading[2]))
        return title + _block(lines[1:], below)
    if len(lines) > 1 and RULE.fullmatch(lines[1]) and "|" in lines[0]:
        return _table(lines)
    if ITEM.match(lines[0]):
        return _list(lines)
    return Markup("<p>{}</p>").format(inline(" ".join(lines)))


def _table(lines: list[str]) -> Markup:
    head, _, *rows = [list(_cells(line)) for line in lines]
    top = Markup().join(Markup('<th scope="col">{}</th>').format(inline(one)) for one in head)
    body = Markup().join(
        Markup("<tr>{}</tr>").format(
            Markup().join(Markup("<td>{}</td>").format(inline(one)) for one in row)
        )
        for row in rows
    )
    table = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(top, body)
    return Markup('<div class="scroll" tabindex="0">{}</div>').format(table)


def _cells(line: str) -> Iterator[str]:
    for cell in re.split(r"(?<!\\)\|", line.strip().strip("|")):
        yield cell.strip()


def _list(lines: list[str]) -> Markup:
    items: list[str] = []
    for line in lines:
        item = ITEM.fullmatch(line.strip())
        if item:
            items.append(item[1])
        else:
            items[-1] += f" {line.strip()}"
    kind = "ol" if lines[0][0].isdigit() else "ul"
    body = Markup().join(Markup("<li>{}</li>").format(inline(item)) for item in items)
    return Markup("<{0}>{1}</{0}>").format(kind, body)
