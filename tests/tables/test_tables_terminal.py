"""Tables on a terminal: whatever its width, nothing is cut."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bench.render.outline import Outline
from bench.render.sheet import Block, Note, Sheet, SheetCell, SheetRow
from bench.render.terminal import PIPE_WIDTH, console_for_tables, print_page

METHODS = (
    *("MLP_TAB", "OMP", "XGB_FIXED", "IUNET", "NO_PRUNE", "NO_ILO", "NO_PIS"),
    *("RANDOM_MASK", "INITIAL_MAGNITUDE", "XGB", "TABN"),
)
WIDTHS = (60, 80, 100, 120, 160)


def cell(row, column, *, printed):
    """A number that occurs once in a table, so that it can be looked for."""
    own = f"{10 + row}.{column:02}4"
    if not printed:
        return SheetCell(own=own, own_spread=f"{column}.004")
    return SheetCell(
        own=own,
        own_spread="12.004",
        printed=f"{50 + row}.{column:02}4",
        printed_spread="0.504",
        mark=("agrees", "differs", "not comparable")[column % 3],
        best=column == 1,
        notes=("1", "2") if row == column else (),
    )


def sheet_like(rows, columns, *, printed, **parts):
    lines = tuple(
        SheetRow(f"dataset-{row}", tuple(cell(row, at, printed=printed) for at in range(columns)))
        for row in range(rows)
    )
    counts = tuple(SheetCell(own=str(at), printed=str(at)) for at in range(columns))
    totals = (SheetRow("#Best", counts),) if printed else ()
    block = Block(METHODS[:columns], lines, totals)
    parts = {"caption": ("one", "two"), "notes": (), **parts}
    return Sheet("name", "Title", blocks=(block,), compared=printed, **parts)


def shown(sheet, width, *, terminal=False, **options):
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, **options)
    print_page(console, Outline("", (sheet,)), below=("a hint",))
    return console.file.getvalue()


def table_of(text):
    """The lines of the table's blocks, which stand between empty lines."""
    return [line for block in text.split("\n\n")[1:-1] for line in block.splitlines()]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("shape", [(40, 7), (40, 11), (3, 11), (1, 7), (1, 1)])
@pytest.mark.parametrize("printed", [True, False])
def test_every_number_is_whole_at_every_width_and_no_line_is_wider(width, shape, printed):
    sheet = sheet_like(*shape, printed=printed)

    text = shown(sheet, width)

    assert max(len(line) for line in text.splitlines()) <= width
    found = re.findall(r"(?<![\d.])\d\d\.\d\d ±\d+\.\d\d(?![\d.])", "\n".join(table_of(text)))
    wanted = [c for line in sheet.blocks[0].lines for c in line.cells]
    assert sorted(found) == sorted(
        f"{number[:-1]} ±{float(spread):.2f}"
        for c in wanted
        for number, spread in ((c.own, c.own_spread), (c.printed, c.printed_spread))
        if number
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("shape", [(40, 11), (3, 11)])
def test_a_heading_is_broken_at_underscores_only(width, shape):
    text = "\n".join(table_of(shown(sheet_like(*shape, printed=True), width)))

    words = set(re.findall(r"[A-Z_]{2,}", text))
    pieces = {piece for name in METHODS for piece in (name, *re.findall(r"[A-Z]+_?", name))}
    assert words <= pieces
    assert {name for name in METHODS if "_" not in name} <= words


def test_a_block_of_which_nothing_was_printed_has_no_room_for_it():
    printed, own = (sheet_like(1, 7, printed=kind).blocks[0] for kind in (True, False))
    both = Sheet("name", "Title", ("one",), (printed, own), (), compared=True)

    first, second = shown(both, 80).split("\n\n")[1:3]

    assert "printed" in first
    assert "printed" not in second


def test_a_title_is_wrapped_like_everything_else():
    sheet = replace(sheet_like(1, 1, printed=False), title="long title " * 9)

    assert max(len(line) for line in shown(sheet, 60).splitlines()) <= 60


def test_where_methods_do_not_fit_side_by_side_they_become_rows():
    sheet = sheet_like(2, 7, printed=False)

    wide, narrow = (table_of(shown(sheet, width)) for width in (100, 60))

    assert wide[0].split() == ["Dataset", *METHODS[:7]]
    assert narrow[0].split() == ["Column", "dataset-0", "dataset-1"]
    assert [line.split()[0] for line in narrow[1:]] == list(METHODS[:7])


def test_methods_as_rows_have_the_printed_number_beside_ours():
    lines = table_of(shown(sheet_like(1, 7, printed=True), 80))

    assert lines[1].split() == ["Column", "ours", "printed", "ours", "printed"]
    assert lines[3].split()[:6] == ["OMP", "10.01", "±12.00", "✗", "50.01", "±0.50"]


def test_what_fits_in_no_other_way_is_split_into_blocks_alike_in_size():
    text = shown(sheet_like(40, 7, printed=True), 125)  # five columns and two would fit as well

    first, second = (block.splitlines() for block in text.split("\n\n")[1:3])
    assert first[0].split() == ["Dataset", *METHODS[:4]]
    assert second[0].split() == ["Dataset", *METHODS[4:7]]
    titles = [[line.split()[0] for line in lines[1:-3]] for lines in (first, second)]
    assert titles[0] == titles[1]
    assert len(titles[0]) == 80


def test_ours_stands_above_the_printed_number_digit_below_digit():
    sheet = sheet_like(3, 4, printed=True)

    header, ours, printed, *_ = table_of(shown(sheet, 120))

    assert printed.startswith("  printed")
    for number in ("10.00", "10.01", "10.02"):
        at = ours.index(number)
        assert printed[at : at + 5] == f"5{number[1:]}"
    assert "10.00 ±12.00 ✓ [1,2]" in ours


def test_numbers_of_different_length_keep_point_below_point_and_spread_below_spread():
    cell = SheetCell(own="9.504", own_spread="10.004", printed="100.004", printed_spread="0.004")
    block = Block(("A",), (SheetRow("iris", (cell,)),))

    _, ours, printed = table_of(shown(Sheet("n", "T", ("c",), (block,), (), compared=True), 80))

    assert ours.index(".50 ") == printed.index(".00 ")
    assert ours.index("±") == printed.index("±")


def test_a_cell_without_a_number_shows_its_notes():
    line = SheetRow("iris", (SheetCell(own="1.000"), SheetCell(printed="2.000", notes=("1",))))
    notes = (Note("Nothing there.", "1", "bench demo -d iris"), Note("In files only."))
    sheet = Sheet("name", "Title", ("one",), (Block(("A", "B"), (line,)),), notes, compared=True)

    text = shown(sheet, 60)

    assert re.search(r"^iris +1\.00 +\[1\]$", text, re.MULTILINE)
    assert "  [1] Nothing there. bench demo -d iris\n" in text
    assert "In files only" not in text


def test_a_command_that_does_not_fit_stands_alone_in_one_piece():
    command = f"bench demo -d iris -m {','.join(METHODS)}".lower()
    sheet = sheet_like(1, 1, printed=False, notes=(Note("Too long.", "1", command),))

    assert f"  [1] Too long.\n      {command}\n" in shown(sheet, 60)


def test_the_caption_is_one_paragraph_as_wide_as_the_terminal():
    caption = tuple(f"phrase {number} of the caption" for number in range(9))

    lines = shown(sheet_like(1, 1, printed=False, caption=caption), 60).splitlines()

    assert lines[1].startswith("  Phrase 0 of the caption; phrase 1 of")
    assert [len(line) > 45 for line in lines[1:4]] == [True] * 3
    assert " ".join(line.strip() for line in lines[1:6]).startswith(
        "; ".join(caption).capitalize() + "."
    )


def test_marks_are_explained_and_bold_only_where_it_shows():
    sheet = sheet_like(1, 3, printed=True)

    assert "✓ agrees, ✗ differs, ∘ not comparable.\n" in shown(sheet, 100)
    assert "∘ not comparable, bold: our best" in shown(sheet, 100, terminal=True)


def test_an_output_that_takes_ascii_only_gets_ascii():
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    sheet = sheet_like(1, 3, printed=True, caption=("mean ± std",))

    print_page(Console(file=file, width=100), Outline("", (sheet,)), below=("a hint",))
    file.flush()

    text = raw.getvalue().decode("ascii")
    assert "Mean +- std" in text and "10.01 +-12.00 x" in text


def test_without_a_terminal_the_width_is_fixed(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console_for_tables().width == PIPE_WIDTH
    monkeypatch.setenv("COLUMNS", "70")
    assert console_for_tables().width == 70


def test_a_table_is_in_no_more_blocks_than_it_needs_where_alike_ones_do_not_fit():
    wide = SheetCell(own="100.004", own_spread="10.004", notes=("1", "2", "3"))
    narrow = SheetCell(own="1.0")
    cells = (wide, wide, wide, narrow, narrow, narrow)
    rows = tuple(SheetRow(f"dataset-{row}", cells) for row in range(40))
    sheet = Sheet("n", "T", ("c",), (Block(tuple("ABCDEF"), rows),), (), compared=False)

    headings = [line.split() for line in table_of(shown(sheet, 60)) if line[:7] == "Dataset"]

    assert headings == [["Dataset", "A", "B"], ["Dataset", "C", "D", "E", "F"]]
