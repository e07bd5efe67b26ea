"""`bench diff` as a user runs it."""

import csv
import json

import pytest

from bench.__main__ import run
from bench.declared.published import printed_tables, read_published
from bench.plan.query import Query

VEHICLE = ("diff", "table5", "-d", "vehicle", "-m", "iunet", "--fresh")


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))


def test_everything_compared_exits_with_zero_even_if_numbers_differ(make, capsys):
    make(Query("table5", datasets=("vehicle",), methods=("iunet",)), lambda job: 0.5)

    assert run([*VEHICLE]) == 0

    out = capsys.readouterr().out
    assert "1 differs" in out
    assert "-31.80  differs" in out


def test_missing_cells_exit_with_four_and_name_the_command(capsys):
    assert run([*VEHICLE]) == 4

    out, err = capsys.readouterr()
    assert "bench table5 -d vehicle -m iunet" in out
    assert "1 of 1 cells is missing; these commands make them: bench table5" in err


def test_without_a_table_every_printed_score_is_looked_at(capsys):
    assert run(["diff", "--fresh", "--json"]) == 4

    content = json.loads(capsys.readouterr().out)
    assert [table["table"] for table in content["tables"]] == list(printed_tables())
    printed = {
        name: sum(row != "#Best" for row, _ in read_published(name)) for name in printed_tables()
    }
    assert {t["table"]: len(t["cells"]) for t in content["tables"]} == printed


def test_of_several_tables_each_is_asked_for_the_rows_it_has(capsys):
    run(["diff", "--fresh", "--json", "-d", "vehicle,car"])

    content = json.loads(capsys.readouterr().out)
    rows = {t["table"]: {cell["dataset"] for cell in t["cells"]} for t in content["tables"]}
    assert rows == {"table4": {"vehicle"}, "table5": {"vehicle", "car"}}


def test_files_hold_every_cell(make, tmp_path, capsys):
    make(Query("table5", datasets=("vehicle",), methods=("iunet",)), lambda job: 0.82)
    page, lines = tmp_path / "diff.md", tmp_path / "diff.csv"

    assert run([*VEHICLE, "--markdown", str(page), "--csv", str(lines)]) == 0

    assert "| vehicle | 82.00 ± 0.00 (3) | 81.81 ± 2.06 | +0.20 | says nothing |" in page.read_text(
        encoding="utf-8"
    )
    with lines.open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["verdict"], line["n"], line["difference"]) == ("says nothing", "3", "0.195")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_but_a_command_is_wider_than_the_terminal(make, monkeypatch, capsys, width):
    make(Query("table5", datasets=("vehicle", "car")), lambda job: 0.8)
    make(Query("table4", datasets=("kc1",), budget="quick"), lambda job: 0.8)
    monkeypatch.setenv("COLUMNS", str(width))

    run(["diff", "table4", "table5", "--fresh"])
    run(["diff", "table4", "-d", "kc1", "--budget", "quick", "--fresh"])

    lines = capsys.readouterr().out.splitlines()
    wide = [line for line in lines if len(line) > width and not line.lstrip().startswith("bench")]
    assert wide == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["demo"], "no scores were printed of demo; known: table1"),
        (["table5", "--against", "rumour"], "nothing to compare with called 'rumour'; known:"),
        (["-d", "vehikle"], "'vehikle' is in none of these tables"),
        (["table5", "-d", "vehikle"], "table5 has no row 'vehikle'; known: vehicle"),
        (["--metric", "f1"], "'f1' is in none of these tables"),
        (["--markdown", "/dev/null/all.md"], "cannot write to /dev/null"),
    ],
    ids=["table", "reference", "row", "row of a table", "metric", "file"],
)
def test_what_cannot_be_compared_is_refused_in_one_line(words, said, capsys):
    assert run(["diff", "--fresh", *words]) == 2

    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
