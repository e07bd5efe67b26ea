"""No text from outside reaches a reader as anything but text, whatever is in it.

The long form, `tox -e attack`, calls the same functions with more texts.
"""

import io
import re
import shutil
import subprocess

import pytest
from nasty import CONTROL, LATEX, MARKUP, attack_commands, attack_texts, commands, is_formula
from rich.console import Console

from bench.render.drawing import file_bytes, new_figure, style
from bench.render.files import csv_text
from bench.render.tex import document, tex, tex_code
from bench.render.text import csv_cell, md_code, say
from bench.run.progress import BarReporter


@pytest.mark.slow  # tox -e attack does the like
def test_no_text_adds_a_control_character_an_element_a_command_or_a_formula(tmp_path):
    assert attack_texts(150, seed=0, folder=tmp_path) == []


@pytest.mark.slow  # tox -e attack does the like
def test_no_name_file_failure_or_protocol_leaves_a_command_with_a_control_character(
    tmp_path, monkeypatch
):
    text = "a\x1b[31m\n\u202e=\\input{x}<b>|\x9b2J"
    monkeypatch.setattr("nasty.nasty_texts", lambda tries, seed: [text])

    assert attack_commands(1, seed=0, folder=tmp_path) == []


def test_a_line_that_is_said_stays_one_line(capsys):
    say("a\nbench: b\x1b[2J", "c\u202e")
    say("d\udc80", err=True)

    assert capsys.readouterr() == ("a bench: b [2J\nc \n", "d \n")


def test_all_that_is_printed_goes_through_one_function(root):
    printing = re.compile(r"(?<![\w.])print\(|\becho\(|\bstd(out|err)\.write\(")
    files = (root / "bench").rglob("*.py")

    found = [path.name for path in files if printing.search(path.read_text(encoding="utf-8"))]

    assert found == ["text.py"]


def test_a_bar_shows_no_control_character():
    bar, out = BarReporter(), io.StringIO()
    bar._bar.live.console = Console(file=out, force_terminal=False)

    bar.cohort("car\x1b]0;owned\x07", 1.0)
    bar.say("\x1b[31mfailed")
    title = bar._bar.tasks[0].description
    bar.end()

    assert title.isprintable()
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("\t=1", "' =1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+1", "'-1+1"),
        ("\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        ("a\nb", "a b"),
        ("-0.5", "-0.5"),
        ("-", "-"),
        ("= released", "= released"),
        (-0.5, -0.5),
        (None, None),
    ],
)
def test_a_cell_of_csv_is_no_formula_and_a_number_stays_one(value, written):
    assert csv_cell(value) == written


def test_names_of_columns_are_cells_too():
    assert csv_text([{"=1+1": "=2", "n": -1.5}]) == "'=1+1,n\n'=2,-1.5\n"


@pytest.mark.parametrize(
    ("command", "written"),
    [("bench a", "`bench a`"), ("a`b", "`` a`b ``"), ("a|b\nc", r"`a\|b c`")],
)
def test_a_command_in_markdown_ends_where_it_ends(command, written):
    assert md_code(command) == written


@pytest.mark.parametrize("text", LATEX)
def test_escaped_text_has_no_command_of_its_own(text):
    assert commands(tex(text)) == []


def test_a_file_whose_name_is_no_name_is_not_part_of_the_document(tmp_path):
    for stem in ("table5", "x}\\write18{touch owned", "a%b"):
        (tmp_path / f"{stem}.tex").write_text("")

    assert re.findall(r"\\input\{(.*)\}", document(tmp_path)) == ["table5"]


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_pdflatex_sets_every_text_and_obeys_none(tmp_path):
    texts = [*CONTROL, *MARKUP, *LATEX, "".join(LATEX), *map(chr, range(0x20, 0x250))]
    lines = [f"[{tex(text)}] \\texttt{{{tex_code(text)}}}\n\n" for text in texts]
    parts = (
        *(r"\documentclass{article}", r"\usepackage[utf8]{inputenc}", r"\usepackage[T1]{fontenc}"),
        *(r"\usepackage{amsmath,amssymb}", r"\begin{document}", *lines, "whole", r"\end{document}"),
    )
    (tmp_path / "t.tex").write_text("\n".join(parts), encoding="utf-8")

    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")

    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (tmp_path / "t.log").read_text(errors="replace")
    assert not (tmp_path / "owned").exists()
    assert "(/etc/passwd" not in done.stdout


def test_a_label_of_a_figure_is_never_read_as_mathematics():
    with style():
        drawing = new_figure(2, 2)
        axes = drawing.add_subplot()
        axes.set_title("$\\undefined$ _b^ \\x $")
        axes.plot([1, 2], label="$x")
        axes.set_xlabel("漢\x1b")
        axes.legend()

        assert file_bytes(drawing, ".png") and file_bytes(drawing, ".pdf")


def test_formulas_are_told_from_numbers():
    assert [is_formula(cell) for cell in ("=1", "-1", "+a", "-", "= paper")] == [
        *(True, False, True),
        *(False, False),
    ]
