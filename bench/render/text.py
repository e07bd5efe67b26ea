"""Plain text: sentences in lines, Markdown escaped, counts and durations in words."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence

WIDEST = 110
"""Columns of a line of text, however wide the terminal is."""

NARROWEST = 40
"""Columns of a line of text, however narrow it is."""

INDENT = "  "
"""Of what stands below a heading or hangs below a label."""

GAP = "  "
"""Between two columns."""

MINUTE, HOUR = 60, 3600


def wrapped(text: str, indent: str, width: int, further: str | None = None) -> list[str]:
    """The text in lines of whole words that fit a terminal.

    Args:
        text: sentences.
        indent: begins the first line.
        width: columns of the terminal.
        further: begins the other lines; two columns more than the first where it is None.
    """
    return textwrap.wrap(
        text,
        min(max(width, NARROWEST), WIDEST),
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """A line a row, columns one below the other; those at these places are right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    signs = [">" if place in right else "<" for place in range(len(widths))]
    return [
        GAP.join(f"{c:{s}{w}}" for c, s, w in zip(row, signs, widths, strict=True)).rstrip()
        for row in rows
    ]


def plain(text: str) -> str:
    """Text on one line without control characters, which a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def md(text: str) -> str:
    """Text on one line with what Markdown or HTML would act on escaped, in a table too."""
    whole = " ".join(plain(text).split())
    escaped = re.sub(r"([\\|*`<>\[\]]|&(?=#?\w+;))", r"\\\1", whole)
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", escaped)


def counted(number: int, one: str, many: str = "", *, form: str = "") -> str:
    """`1 cell`, `2 cells`.

    Args:
        number: how many.
        one, many: what is counted; many is one with an s where it is empty.
        form: how the number is formatted; `,` sets thousands apart.
    """
    return f"{number:{form}} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """An estimate in whole units: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / MINUTE)} min" if seconds < 90 * MINUTE else f"{seconds / HOUR:.1f} h"


def measured_duration(seconds: float | None) -> str:
    """A measured time: 9.9 s, 12 s, 3.5 min, 1.2 h; a dash where nothing was measured."""
    if seconds is None:
        return "–"
    if seconds < 0.1:
        return "< 0.1 s"
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.1f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"
