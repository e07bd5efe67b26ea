"""Sentences on a terminal: lines of whole words, none wider than can be read."""

from __future__ import annotations

import textwrap

WIDEST = 110
"""However wide the terminal is."""

NARROWEST = 40
"""However narrow it is."""


def wrapped(said: str, indent: str, width: int) -> list[str]:
    """The text in lines of the terminal's width, further lines indented by two more."""
    return textwrap.wrap(
        said,
        min(max(width, NARROWEST), WIDEST),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    )
