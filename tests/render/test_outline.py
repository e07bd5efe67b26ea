"""A page of sentences, lists and small tables, on a terminal and as Markdown."""

import pytest
from rendered import as_text, lines_at

from bench.render.outline import Grid, Item, Outline, Section, as_markdown

NUMBERS = Grid(
    ("row", "ours", "why"),
    (("vehicle", "80.41", "says nothing at all"), ("car", "9.75", "agrees")),
    right=(1,),
)
PAGE = Outline(
    "What is found",
    (
        "Two rows were compared.",
        Section(
            "First",
            (
                Item("it holds", label="certain", below=("the digits say so",)),
                Item("chance does the same", label="weak"),
                Section("Numbers", (NUMBERS, "One of two agrees.")),
            ),
        ),
        Section("Missing", (Item("2 cells", command="bench table5 -d vehicle"),)),
        "Percent.",
    ),
)


def test_a_terminal_shows_headings_labels_and_numbers_one_below_the_other():
    assert as_text(PAGE, 80).splitlines() == [
        "Two rows were compared.",
        "",
        "First",
        "  certain  it holds",
        "           the digits say so",
        "  weak     chance does the same",
        "",
        "  Numbers",
        "    row       ours  why",
        "    vehicle  80.41  says nothing at all",
        "    car       9.75  agrees",
        "    One of two agrees.",
        "",
        "Missing",
        "  - 2 cells",
        "    bench table5 -d vehicle",
        "",
        "Percent.",
    ]


def test_markdown_has_the_same_as_headings_lists_and_tables():
    assert as_markdown(PAGE).splitlines() == [
        "# What is found",
        "",
        "Two rows were compared.",
        "",
        "## First",
        "",
        "- certain: **it holds**",
        "  - the digits say so",
        "- weak: **chance does the same**",
        "",
        "### Numbers",
        "",
        "| row | ours | why |",
        "| --- | ---: | --- |",
        "| vehicle | 80.41 | says nothing at all |",
        "| car | 9.75 | agrees |",
        "",
        "One of two agrees.",
        "",
        "## Missing",
        "",
        "- 2 cells `bench table5 -d vehicle`",
        "",
        "Percent.",
    ]


def test_a_page_inside_another_begins_at_its_level_and_without_a_title():
    page = as_markdown(Outline("", (Section("Part", ("Said.",)),)), level=2)

    assert page == "### Part\n\nSaid.\n"


def test_texts_are_escaped_unless_they_are_markdown_already():
    parts = ("**a|b** `c`", Item("<d>"), Grid(("e|f",), (("[g]",),)))

    assert as_markdown(Outline("t", parts)).splitlines()[2::2] == [
        r"\*\*a\|b\*\* \`c\`",
        r"- \<d\>",
        r"| e\|f |",
        r"| \[g\] |",
    ]
    assert as_markdown(Outline("t", parts[:1], markup=True)) == "# t\n\n**a|b** `c`\n"
    assert as_text(Outline("t", parts[:1], markup=True), 80) == "a|b `c`"


@pytest.mark.parametrize("width", [10, 40, 60, 300])
def test_no_number_is_cut_and_no_command_broken_however_narrow_the_terminal(width):
    words = as_text(PAGE, width).split()

    assert {"vehicle", "80.41", "9.75", "nothing", "agrees"} <= set(words)
    assert "bench table5 -d vehicle" in as_text(PAGE, width)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_word_of_a_table_is_cut_where_its_columns_do_not_fit(width):
    head = ("beside", "wins–ties–losses", "measured in", "where we have runs")
    row = ("MLP_TAB+C", "15–0–25", "swapped − balanced", "+1.7 (6–4), n = 10")

    shown = as_text(Outline("t", (Grid(head, (row,)),)), width)

    assert sorted(shown.split()) == sorted(" ".join((*head, *row)).split())


def test_a_terminal_shows_the_brief_columns_of_a_table_or_none_of_it():
    brief = Grid(("a", "b", "c"), (("1", "2", "3"),), brief=(0, 2))
    nothing = Grid(("a", "b", "c"), (("1", "2", "3"),), brief=())

    assert as_text(Outline("t", (brief,)), 80) == "a  c\n1  3"
    assert as_text(Outline("t", (nothing,)), 80) == ""
    assert "| 1 | 2 | 3 |" in as_markdown(Outline("t", (nothing,)))


def test_control_characters_reach_neither_terminal_nor_markdown():
    page = Outline("\x1b[31mt", ("\x1b[31ma", Item("\x07b", label="\x1b]0;c"), Grid(("\x1b",), ())))

    assert "\x1b" not in as_text(page, 80) + as_markdown(page)
    assert "\x07" not in as_text(page, 80) + as_markdown(page)


def test_headings_alone_are_bold():
    bold = [line.plain for line in lines_at(PAGE, 80) if line.style == "bold"]

    assert bold == ["First", "  Numbers", "Missing"]


def test_a_title_of_fewer_lines_stands_right_above_its_column():
    head = ("beside", "wins–ties–losses on all rows", "n")
    grid = Grid(head, (("MLP_TAB+C", "15–0–25", "10"),), right=(2,))

    lines = as_text(Outline("t", (grid,)), 34).splitlines()

    assert len(lines) == 3
    assert lines[1].startswith("beside") and lines[1].endswith(" n")
    assert "wins–ties–losses" in lines[0]


@pytest.mark.parametrize("width", [40, 46, 52])
def test_an_equation_in_a_table_stays_on_one_line(width):
    row = ("MLP_TAB", "-2.3 [-5.7, +1.0], 4-6, n = 10", "p < 0.001 of these")

    shown = as_text(Outline("t", (Grid(("beside", "released", "p"), (row,)),)), width)

    assert "n = 10" in shown and "p < 0.001" in shown
    assert len(shown.splitlines()) > 2
