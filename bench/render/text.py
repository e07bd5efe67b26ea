"""Text that leaves, without control characters: printed, as Markdown, as cells of CSV; names as the
paper sets them, counts and durations in words."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Collection, Sequence
from typing import Any

WIDEST = 110
"""Columns of a line of text, however wide the terminal is."""

NARROWEST = 40
"""Columns of a line of text, however narrow it is."""

INDENT = "  "
"""Of what stands below a heading or hangs below a label."""

GAP = "  "
"""Between two columns."""

NAME = re.compile(
    r"\b(?!BENCH\\?_)([A-Z][A-Z0-9]*(?:\\?_[A-Z0-9]+)*)(?: \((MLP\\?_[A-Z]+|RESNET|CNN)\))?(?!\w)"
)
"""A declared title of a method or net, before or after escaping, and the net it is on in brackets.
An environment variable is none."""

BETA = "\N{GREEK SMALL LETTER BETA}"

WITH_VARIANTS = ("MLP", "IUNET", "XGB", "TABN")
"""What follows one of these in a title is set below the line; further words of others are joined by
hyphens."""

FORMULA = re.compile(r"\s*(?!= [a-z0-9-]+$)[-+=@\uff0d\uff0b\uff1d\uff20].")
"""How a text begins that a spreadsheet would calculate, in ASCII or full width; not a lone sign nor
a step between protocols, `= released`."""

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


def say(*lines: str, err: bool = False) -> None:
    """Print lines, all that people and programs read but pages and bars; on stderr if `err`."""
    print(*map(plain, lines), sep="\n", file=sys.stderr if err else sys.stdout, flush=True)


def plain(text: str) -> str:
    """Text on one line, a space for every character that a terminal would obey or not show: control
    characters, line breaks, marks of direction, zero-width ones, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else " " for sign in text)


def csv_cell(value: Any) -> Any:
    """A cell of a CSV file: a text on one line that no spreadsheet takes for a formula, since an
    apostrophe stands before it (OWASP, CSV injection); numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if FORMULA.match(text) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def md(text: str) -> str:
    """Text on one line with what Markdown or HTML would act on escaped, in a table too."""
    whole = " ".join(plain(text).split())
    escaped = re.sub(r"([\\|*`<>\[\]]|&(?=#?\w+;))", r"\\\1", whole)
    listed = re.sub(r"^(\d*)(?=[#+-]+(\s|$)|~~~|(?<=\d)[.)](\s|$))", r"\1\\", escaped)
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", listed)


def md_code(text: str) -> str:
    """Text on one line as code in Markdown, in a table too."""
    code = plain(text).replace("|", r"\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", code)), default=0))
    pad = " " if "`" in code else ""
    return f"{fence}{pad}{code}{pad}{fence}"


def typeset(text: str, below: str, above: str) -> str:
    """Escaped text with the names of methods and nets as the paper sets them.

    Args:
        text: with names as the tables declare them: `MLP_TAB`, `OMP (MLP_VIS)`, `BETA_LASSO`.
        below, above: how what stands below and above the line is written, in its place `{}`; a net
            above the line is in brackets, as the paper sets it.
    """

    def name(title: str) -> str:
        first, *further = title.replace("\\", "").split("_")
        if further and first in WITH_VARIANTS:
            return first + below.format("-".join(further))
        return "-".join([first.replace("BETA", BETA), *further])

    def whole(found: re.Match[str]) -> str:
        return name(found[1]) + (above.format(f"({name(found[2])})") if found[2] else "")

    return NAME.sub(whole, text)


def first_up(text: str) -> str:
    """The text with its first letter in upper case; the others stay."""
    return text[:1].upper() + text[1:]


def counted(number: int, one: str, many: str = "", *, form: str = "") -> str:
    """`1 cell`, `2 cells`.

    Args:
        number: how many.
        one, many: what is counted; many is one with an s where it is empty.
        form: how the number is formatted; `,` sets thousands apart.
    """
    return f"{number:{form}} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """An estimate in whole units: 40 s, 12 min, 3.5 h, 120 h."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    if seconds < 90 * MINUTE:
        return f"{round(seconds / MINUTE)} min"
    return f"{seconds / HOUR:.1f} h" if seconds < 10 * HOUR else f"{round(seconds / HOUR)} h"


def measured_duration(seconds: float | None) -> str:
    """A measured time: 9.9 s, 12 s, 3.5 min, 1.2 h; a dash where nothing was measured."""
    if seconds is None:
        return "–"
    if seconds < 0.1:
        return "< 0.1 s"
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.1f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"
