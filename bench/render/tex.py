"""Plain text into LaTeX text."""

from __future__ import annotations

import unicodedata

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
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
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{GREEK SMALL LETTER BETA}": r"$\beta$",
    "\N{GREEK SMALL LETTER KAPPA}": r"$\kappa$",
    "\N{GREEK SMALL LETTER LAMDA}": r"$\lambda$",
}


def tex(text: str) -> str:
    """The text with every character that LaTeX would act on escaped, safe in T1 with pdflatex.

    A character pdflatex has no glyph for becomes its closest ASCII form, or its name in brackets.
    """
    return "".join(_escaped(character) for character in text)


def tex_code(text: str) -> str:
    """Escaped text for a typewriter font: dashes stay single, and lines may break at them."""
    escaped = "".join("-{}" if character == "-" else _escaped(character) for character in text)
    return escaped.replace("-{}", r"-{}\allowbreak{}").replace(",", r",\allowbreak{}")


def _escaped(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character in "\n\t":
        return " "
    if character.isascii() and character.isprintable():
        return character
    if unicodedata.category(character)[0] == "L" and ord(character) < 0x180:
        return character
    near = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return near or f"[{unicodedata.name(character, 'unknown').lower()}]"
