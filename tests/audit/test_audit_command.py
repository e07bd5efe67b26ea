"""`bench audit` as a user runs it, and its pages."""

import json

import pytest
from made_up_tables import changed, table
from rendered import as_text

from bench.__main__ import run
from bench.audit.audit import CHECKS, Audit, audit_tables, outline
from bench.render.outline import as_markdown


@pytest.fixture
def hostile():
    """An audit of a table whose names are markup."""
    names = {
        ("<b>kc1</b>|&amp;", "$_x_$ `\\cmd` *a*"): (99.5, 0.9),
        ("two\x1b[31m", "b"): (50.0, 1.0),
    }
    made = table("t<script>", names, kind="agreement")
    return Audit((made.key,), 2, audit_tables((made,)))


def test_findings_are_no_errors(capsys):
    assert run(["audit"]) == 0

    out = capsys.readouterr().out
    assert out.splitlines()[0].startswith("10 tables, ")
    assert "#Best" not in out.splitlines()[0]
    assert all(title in out for _, title, _ in CHECKS)


def test_only_findings_on_the_tables_named_are_shown(capsys):
    assert run(["audit", "table7", "--json"]) == 0

    content = json.loads(capsys.readouterr().out)
    assert content["tables"] == ["table7"]
    assert {finding["id"] for finding in content["findings"]} == {"sizes/table7/rounding"}
    assert content["findings"][0]["cells"] == [
        {"table": "table7", "row": "SVHN", "column": "n_valid"}
    ]


def test_verbose_adds_every_cell_and_number(capsys):
    run(["audit", "table5"])
    short = capsys.readouterr().out
    run(["audit", "table5", "--verbose"])
    long = capsys.readouterr().out

    assert "--verbose adds" in short and "--verbose adds" not in long
    assert "MLP_TAB against IUNET(MLP_TAB): 13-26-1" in long
    assert "best/table5" in long


def test_the_markdown_page_is_written(tmp_path, capsys):
    path = tmp_path / "audit.md"

    assert run(["audit", "--markdown", str(path)]) == 0

    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Audit of the printed numbers\n")
    assert text.count("\n## ") == len(CHECKS)
    assert str(path) in capsys.readouterr().out


def test_a_page_that_cannot_be_written_is_one_line(tmp_path, capsys):
    assert run(["audit", "--markdown", str(tmp_path / "none" / "audit.md")]) == 2

    assert capsys.readouterr().err.count("\n") == 1


def test_a_table_nothing_was_printed_of_is_a_usage_error(capsys):
    assert run(["audit", "demo"]) == 2

    assert "no printed table called 'demo'; known: table1," in capsys.readouterr().err


def test_names_come_out_of_markdown_as_text(hostile):
    text = as_markdown(outline(hostile, cells=True))

    assert hostile.findings
    assert "<b>" not in text and "<script>" not in text
    assert "\\<b\\>kc1\\</b\\>\\|\\&amp;" in text


def test_control_characters_never_reach_the_terminal():
    made = table("t", {("two\x1b[31m", "b"): (99.5, 0.9)}, kind="agreement")
    audit = Audit(("t",), 1, audit_tables((made,)))

    assert audit.findings
    assert "\x1b" not in as_text(outline(audit, cells=True, details=True), 80)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_arithmetic_is_wrapped_to_the_terminal(width, clean_agreement):
    audit = Audit(
        ("t",), 6, audit_tables((changed(clean_agreement, {("one", "A"): (98.0, 3.464)}),))
    )
    lines = as_text(outline(audit, cells=True, details=True), width).splitlines()

    wrapped = [line for line in lines if line.startswith("    ")]
    assert wrapped
    assert all(len(line) <= width for line in wrapped)


def test_an_audit_without_findings_is_one_line(clean):
    audit = Audit(tuple(t.key for t in clean), 9, audit_tables(clean))

    assert as_text(outline(audit), 80) == "4 tables, 9 printed numbers, 0 findings"
