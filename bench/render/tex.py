"""LaTeX: text escaped, a sheet as longtables, and the document of tables and figures as a PDF."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from bench.render.sheet import PART, Sheet, legend_of, markdown_templates, printable
from bench.render.text import BETA, plain, typeset

if TYPE_CHECKING:
    from jinja2 import Environment

MARKS = {
    "agrees": r"$\checkmark$",
    "differs": r"$\times$",
    "says nothing": "?",
    "not comparable": r"$\circ$",
    "same": "$=$",
    "equal by rounding": r"$\approx$",
}
"""How the marks of bench.render.sheet are written."""

DOCUMENT = "document.tex"
WIDE = ((8, "footnotesize"), (10, "scriptsize"))
"""Up to so many columns in this size; tiny beyond."""

SPECIAL = {character: f"\\{character}" for character in "{}$&#%_"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
    "\N{MINUS SIGN}": "$-$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{SQUARE ROOT}": r"$\surd$",
    "\N{SUPERSCRIPT TWO}": "$^2$",
    "\N{NOT EQUAL TO}": r"$\neq$",
    "\N{ALMOST EQUAL TO}": r"$\approx$",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    BETA: r"$\beta$",
    "\N{GREEK SMALL LETTER KAPPA}": r"$\kappa$",
    "\N{GREEK SMALL LETTER LAMDA}": r"$\lambda$",
}

WITHOUT_GLYPH = "ĦħĸĿŀŉŦŧſ"
"""Letters of Latin Extended-A that T1 does not have."""

FILE_NAME = re.compile(r"[\w.+-]+")
"""What is read as a name where LaTeX inputs a file."""


def latex(sheet: Sheet) -> str:
    """The sheet as LaTeX, to be input by `document`."""
    sheet = printable(sheet)
    columns = max((len(block.header) for block in sheet.blocks), default=0)
    size = next((size for widest, size in WIDE if columns <= widest), "tiny")
    template = latex_templates().get_template("table.tex.j2")
    return template.render(sheet=sheet, marks=MARKS, legend=legend_of(sheet, MARKS), size=size)


def document(tables: Path, figures: Path | None = None) -> str:
    """A LaTeX document that compiles with the tables and figures of these folders in it."""
    drawn = _documented(figures) if figures else []
    template = latex_templates().get_template(f"{DOCUMENT}.j2")
    return template.render(names=_documented(tables), figures=drawn)


def _documented(folder: Path) -> list[str]:
    """Every whole table or figure of a folder; selections of them where there is none."""
    found = (path.stem for path in folder.glob("*.tex") if path.name != DOCUMENT)
    names = sorted(filter(FILE_NAME.fullmatch, found))
    return [name for name in names if not name.endswith(PART)] or names


def latex_templates() -> Environment:
    """The templates of tables/ for LaTeX, delimited by << >>, with the filters `tex` and `code`."""
    environment = markdown_templates().overlay(
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    environment.filters |= {"tex": tex, "code": tex_code}
    return environment


def tex(text: str) -> str:
    """The text with every character that LaTeX would act on escaped, safe in T1 with pdflatex, and
    names as the paper sets them.

    A character pdflatex has no glyph for becomes its closest ASCII form, or its name in brackets.
    """
    parts = ("".join(map(_escaped, part)) for part in plain(text).split("--"))
    escaped = "-{}-".join(parts)  # two hyphens would be set as a dash
    named = typeset(escaped, r"$_{{\text{{{}}}}}$", r"$^{{\text{{{}}}}}$")
    return named.replace("}$$^{", "}^{").replace(BETA, SPECIAL[BETA])  # one stands above the other


def tex_code(text: str) -> str:
    """Escaped text for a typewriter font: dashes stay single, and lines may break at them."""
    escaped = "".join("-{}" if sign == "-" else _escaped(sign) for sign in plain(text))
    return escaped.replace("-{}", r"-{}\allowbreak{}").replace(",", r",\allowbreak{}")


def _escaped(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    letter = unicodedata.category(character)[0] == "L" and ord(character) < 0x180
    if character.isascii() or (letter and character not in WITHOUT_GLYPH):
        return character
    near = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return "".join(map(_escaped, near)) or f"[{unicodedata.name(character, 'unknown').lower()}]"
