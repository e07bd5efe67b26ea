"""Markdown of the project's own pages as HTML; raw HTML in it comes out as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def html_of(text: str, *, below: int) -> Markup:
    """A page as HTML; wide tables can be scrolled.

    Args:
        text: Markdown.
        below: the level of the page's first headings; deeper ones follow.
    """
    html = _reader().render(COMMENT.sub("", text), {"below": below})
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    return Markup(html.replace("</table>", "</table></div>"))


def inline_html(text: str) -> Markup:
    """One sentence as HTML."""
    return Markup(_reader().renderInline(text))


def _reader() -> MarkdownIt:
    """CommonMark and tables, without raw HTML and without pictures, which a browser would load."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.core.ruler.push("report", _adapt)
    return reader


def _adapt(state: StateCore) -> None:
    """Headings below that of their section, columns without alignment, no relative links."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(state.env['below'] + int(token.tag[1]) - 1, 6)}"
        elif token.type in ("th_open", "td_open"):
            token.attrs = {"scope": "col"} if token.type == "th_open" else {}
        token.children = token.children and [*_without_relative_links(token.children)]


def _without_relative_links(tokens: Iterable[Token]) -> Iterator[Token]:
    """The text alone of links that lead nowhere from a file that stands by itself."""
    absolute = True
    for token in tokens:
        if token.type == "link_open":
            absolute = str(token.attrGet("href")).startswith("https://")
        if absolute or not token.type.startswith("link_"):
            yield token
