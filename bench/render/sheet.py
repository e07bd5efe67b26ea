"""A table ready to print: every number and sentence as text, so that templates do no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.folders import tables_folder
from bench.render.text import md

if TYPE_CHECKING:
    from jinja2 import Environment

MARKS = {
    "agrees": "✓",
    "differs": "✗",
    "says nothing": "?",
    "not comparable": "∘",
    "same": "=",
}
"""How the marks of a cell are written."""

EFFECT, EFFECT_SIGN = "differs from 0", "*"
"""The mark of an effect that its test tells from nothing, and how it is written."""

PART = "-part"
"""Ends the name of a sheet that shows some of its table's rows, columns or seeds."""


@dataclass(frozen=True)
class SheetCell:
    """One cell as text.

    Args:
        own, own_spread: our number and its std; empty where there is none.
        change: our number minus the printed one, signed, where a table shows it.
        printed, printed_spread: the printed number and its std.
        corrected, corrected_spread: what should have been printed, where that is another number.
        mark: a verdict of bench.judge, "same", EFFECT, or nothing.
        best: whether our number is the best of its row, and bold.
        notes: labels of the notes below the table.
        printed_notes: those on the printed number.
    """

    own: str = ""
    own_spread: str = ""
    change: str = ""
    printed: str = ""
    printed_spread: str = ""
    corrected: str = ""
    corrected_spread: str = ""
    mark: str = ""
    best: bool = False
    notes: tuple[str, ...] = ()
    printed_notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SheetRow:
    """One row: its title and cells."""

    title: str
    cells: tuple[SheetCell, ...]

    @property
    def filled(self) -> bool:
        """Whether it has a number of ours."""
        return any(cell.own for cell in self.cells)

    @property
    def printed(self) -> bool:
        """Whether it has a line of printed numbers."""
        return any(cell.printed for cell in self.cells)

    @property
    def corrected(self) -> bool:
        """Whether it has a line of corrected numbers too."""
        return any(cell.corrected for cell in self.cells)


@dataclass(frozen=True)
class Block:
    """Rows that share columns.

    Args:
        corner, across: what the rows and what the columns are.
    """

    header: tuple[str, ...]
    lines: tuple[SheetRow, ...]
    totals: tuple[SheetRow, ...] = ()
    corner: str = "Dataset"
    across: str = "Column"


@dataclass(frozen=True)
class Note:
    """A sentence below a table.

    Args:
        label: what cells refer to it by.
        command: what helps.
        brief: whether a terminal shows it too; labelled ones are always shown.
    """

    text: str
    label: str = ""
    command: str = ""
    brief: bool = False


@dataclass
class Notes:
    """The notes of one table, labelled 1, 2, ... in the order they are first asked for."""

    found: list[Note] = field(default_factory=list)

    def label(self, text: str, command: str = "") -> str:
        """The label of this note, a new one unless the same text has one."""
        for note in self.found:
            if (note.text, note.command) == (text, command):
                return note.label
        self.found.append(Note(text, str(len(self.found) + 1), command))
        return self.found[-1].label


@dataclass(frozen=True)
class Sheet:
    """A whole table as text.

    Args:
        name: of its files.
        title: first sentence of the caption.
        caption: the conditions, one phrase each.
        blocks: the rows.
        notes: labelled ones first.
        compared: whether anything printed stands beside our numbers.
        own, printed, corrected: how the lines of a row are called.
        every_row: whether a terminal shows rows without a number of ours too.
    """

    name: str
    title: str
    caption: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    compared: bool
    own: str = "ours"
    printed: str = "printed"
    corrected: str = "corrected"
    every_row: bool = False


def markdown(sheet: Sheet) -> str:
    """The sheet in Markdown."""
    template = markdown_templates().get_template("table.md.j2")
    return template.render(sheet=sheet, marks=MARKS, legend=legend_of(sheet, MARKS))


def legend_of(sheet: Sheet, marks: Mapping[str, str], *, bold: bool = True) -> str:
    """What the marks in use mean, and what is bold where that can be seen."""
    used = {cell.mark for block in sheet.blocks for line in block.lines for cell in line.cells}
    meanings = [f"{sign} {meaning}" for meaning, sign in marks.items() if meaning in used]
    best = any(cell.best for b in sheet.blocks for line in b.lines for cell in line.cells)
    said = ["bold: our best in a complete row among columns of one metric"] if best and bold else []
    legend = ", ".join([*meanings, *said])
    return f"{legend}." if legend else ""


def markdown_templates() -> Environment:
    """The templates of tables/ for Markdown, with the filter `md`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(tables_folder() / "_templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["md"] = md
    return environment
