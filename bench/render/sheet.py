"""A table ready to print: every number and sentence as text, so that templates do no arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING

from bench.folders import tables_folder
from bench.render.text import first_up, md, md_code, typeset

if TYPE_CHECKING:
    from jinja2 import Environment

MARKS = {
    "agrees": "✓",
    "differs": "✗",
    "says nothing": "?",
    "not comparable": "∘",
    "same": "=",
    "equal by rounding": "≈",
}
"""How the marks of a cell are written."""

ROUNDING = "equal by rounding"
EQUAL = ("same", ROUNDING)
"""Marks that stand in the place of a difference."""

EFFECT, EFFECT_SIGN = "differs from 0", "*"
"""The mark of an effect that its test tells from nothing, and how it is written."""

LEFT_OUT = "Left out (--rows all shows them)"
NOTHING_OWN = "No number of ours yet"
"""What begins a note on rows without a number of ours: on those left out, on all of a table."""

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
        mark: a verdict of bench.judge, another of MARKS, EFFECT, or nothing.
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
        header: the columns, in few letters.
        corner, across: what the rows and what the columns are.
        whole_header: the columns as they were printed, where there is room for it.
    """

    header: tuple[str, ...]
    lines: tuple[SheetRow, ...]
    totals: tuple[SheetRow, ...] = ()
    corner: str = "Dataset"
    across: str = "Column"
    whole_header: tuple[str, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """What a page calls the columns."""
        return self.whole_header or self.header


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
        every_row: whether rows without a number of ours are printed too.
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

    @property
    def conditions(self) -> str:
        """The phrases of the caption as one sentence."""
        said = "; ".join(self.caption)
        return f"{first_up(said)}."


def printable(sheet: Sheet) -> Sheet:
    """The sheet as it is printed: without rows that have no number of ours, which a note names.

    Where no row has one the printed numbers stand alone.
    """
    if sheet.every_row or not sheet.blocks:
        return sheet
    own = any(line.filled for block in sheet.blocks for line in block.lines)
    shown = sheet if own else _printed_alone(sheet)
    blocks = (
        replace(block, lines=_filled(block.lines), totals=_filled(block.totals))
        for block in shown.blocks
    )
    shown = replace(shown, blocks=tuple(block for block in blocks if block.lines))
    return _with_notes_in_use(shown, sheet, LEFT_OUT if own else NOTHING_OWN)


def _filled(lines: Iterable[SheetRow]) -> tuple[SheetRow, ...]:
    return tuple(line for line in lines if line.filled)


def _printed_alone(sheet: Sheet) -> Sheet:
    """The printed numbers in the place of ours, the corrected ones below them; without columns
    that were not printed."""
    moved = _with_cells(
        sheet,
        lambda cell: SheetCell(
            own=cell.printed,
            own_spread=cell.printed_spread,
            printed=cell.corrected,
            printed_spread=cell.corrected_spread,
            notes=cell.printed_notes,
        ),
    )
    blocks = tuple(map(_printed_columns, moved.blocks))
    return replace(moved, blocks=blocks, own=sheet.printed, printed=sheet.corrected)


def _printed_columns(block: Block) -> Block:
    """The block without columns that have no number."""
    columns = zip(*(line.cells for line in block.lines), strict=True)
    there = [any(cell.own for cell in column) for column in columns]

    def cut(lines: Iterable[SheetRow]) -> tuple[SheetRow, ...]:
        return tuple(replace(line, cells=tuple(compress(line.cells, there))) for line in lines)

    header, whole = (tuple(compress(some, there)) for some in (block.header, block.whole_header))
    lines, totals = cut(block.lines), cut(block.totals)
    return replace(block, header=header, whole_header=whole, lines=lines, totals=totals)


def _with_notes_in_use(shown: Sheet, whole: Sheet, why: str) -> Sheet:
    """The sheet with its labels counted anew; what rows left out lack is told without a label.

    Args:
        shown: the sheet without these rows.
        whole: with them.
        why: begins what is told of them.
    """
    used = {name for cell in _cells(shown) for name in (*cell.notes, *cell.printed_notes)}
    lacking = {name for cell in _cells(whole) for name in cell.notes} - used
    unused = lacking | {name for cell in _cells(whole) for name in cell.printed_notes} - used
    labelled = [note for note in whole.notes if note.label and note.label not in unused]
    new = {note.label: str(at) for at, note in enumerate(labelled, 1)}
    notes = (
        *(replace(note, label=new[note.label]) for note in labelled),
        *(
            replace(note, label="", text=f"{why}: {note.text}", brief=True)
            for note in whole.notes
            if note.label in lacking
        ),
        *(note for note in whole.notes if not note.label),
    )

    def anew(cell: SheetCell) -> SheetCell:
        own, printed = (
            [new.get(name, name) for name in names] for names in (cell.notes, cell.printed_notes)
        )
        return replace(cell, notes=tuple(own), printed_notes=tuple(printed))

    return _with_cells(replace(shown, notes=notes), anew)


def _cells(sheet: Sheet) -> Iterator[SheetCell]:
    for block in sheet.blocks:
        for line in (*block.lines, *block.totals):
            yield from line.cells


def _with_cells(sheet: Sheet, change: Callable[[SheetCell], SheetCell]) -> Sheet:
    def changed(lines: Iterable[SheetRow]) -> tuple[SheetRow, ...]:
        return tuple(replace(line, cells=tuple(map(change, line.cells))) for line in lines)

    blocks = (
        replace(block, lines=changed(block.lines), totals=changed(block.totals))
        for block in sheet.blocks
    )
    return replace(sheet, blocks=tuple(blocks))


def markdown(sheet: Sheet) -> str:
    """The sheet in Markdown."""
    sheet = printable(sheet)
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
    """The templates of tables/ for Markdown, with the filters `md` and `code`; `md` sets names."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(tables_folder() / "_templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    named = partial(typeset, below="<sub>{}</sub>", above="<sup>{}</sup>")
    environment.filters |= {"md": lambda text: named(md(text)), "code": md_code}
    return environment
