"""`tox -e paper`: every table and figure in turn, and what is said of those that are not whole."""

import subprocess

import pytest

from bench.declared.figures import figure_names
from bench.docs import paper
from bench.errors import Incomplete

FETCH = ["data", "fetch", "--all"]
"""Begins every run."""


class Calls(list):
    """Of `bench`, and the statuses they end with unless it is 0, by first word."""

    def __init__(self):
        super().__init__()
        self.statuses = {}


@pytest.fixture
def asked(monkeypatch):
    """The commands that were run."""

    calls = Calls()

    def run(command):
        words = command[command.index("bench") + 1 :]
        calls.append(words)
        return subprocess.CompletedProcess(command, calls.statuses.get(words[0], 0))

    monkeypatch.setattr(paper.subprocess, "run", run)
    monkeypatch.setattr(paper, "compile_document", lambda folder: folder / "document.pdf")
    return calls


def test_every_printed_table_and_figure_is_made_with_the_options_given(asked, capsys):
    assert paper.make_paper(["--budget", "quick"]) == 0

    assert asked[0] == FETCH
    assert asked[1:] == [
        [name, "--yes", "--budget", "quick"] for name in (*paper.printed_tables(), *figure_names())
    ]
    assert {"table5", "table1", "figure2"} <= {words[0] for words in asked}
    assert "document.pdf" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("table5", 4, "cells of table5 (see its notes)"),
        ("figure2", 4, "parts of figure2 (see its notes)"),
        ("table8", 2, "table8 (does not take these options)"),
    ],
)
def test_what_is_not_whole_is_named_and_the_rest_is_made(asked, capsys, name, status, said):
    asked.statuses[name] = status

    assert paper.make_paper([]) == 4

    assert capsys.readouterr().err == f"absent: {said}\n"
    assert asked[-1][0] == figure_names()[-1]


def test_failed_runs_come_before_what_is_absent(asked):
    asked.statuses |= {"table4": 3, "table5": 4}

    assert paper.make_paper([]) == 3
    assert asked[-1][0] == figure_names()[-1]


def test_data_that_cannot_be_fetched_stops_nothing(asked):
    asked.statuses["data"] = 5

    assert paper.make_paper([]) == 0
    assert len(asked) > 5


@pytest.mark.parametrize("name", ["data", "table5"])
def test_an_interrupt_ends_it_at_once(asked, name):
    asked.statuses[name] = paper.INTERRUPTED

    assert paper.make_paper([]) == paper.INTERRUPTED
    assert asked[-1][0] == name


def test_without_a_pdf_the_tables_are_kept_and_the_reason_is_said(asked, capsys, monkeypatch):
    def fails(folder):
        raise Incomplete("pdflatex is not installed")

    monkeypatch.setattr(paper, "compile_document", fails)

    assert paper.make_paper([]) == 4
    assert capsys.readouterr().err == "absent: PDF (pdflatex is not installed)\n"


def test_a_table_that_is_printed_but_not_built_is_named(asked, capsys, monkeypatch):
    monkeypatch.setattr(paper, "table_names", lambda: ["table5"])
    monkeypatch.setattr(paper, "printed_tables", lambda: ["table5", "table9"])

    assert paper.make_paper([]) == 4
    assert capsys.readouterr().err == "absent: table9 (not built yet)\n"
