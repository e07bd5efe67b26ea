"""`bench report` as a user runs it."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from made_up import made_up_predictions
from planned import run_id
from rendered import render

from bench.__main__ import run
from bench.declared.tables import read_table
from bench.errors import Incomplete
from bench.judge.cell import StoredRuns
from bench.judge.collect import collect
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.render.files import compile_document
from iunet.declare.protocol import default_protocol

PDFLATEX = pytest.mark.skipif(
    not shutil.which("pdflatex"), reason="needs pdflatex (texlive-latex-base)"
)
VEHICLE = {"datasets": ("vehicle",), "methods": ("iunet",)}


def test_empty_cells_exit_with_four_and_the_report_is_there(make, results, capsys):
    make(**VEHICLE)  # which stands in Tables 4 and 5

    assert run(["report", "--fresh", "--strict"]) == 4

    out, err = capsys.readouterr()
    path = results / "report" / "report.html"
    assert out.startswith(f"{path}: 12 tables, 3 runs; distinct cells: 1 says nothing,")
    assert "cells are empty; the report says which commands make them" in err
    assert len(err.splitlines()) == 1
    assert "79.000" in path.read_text(encoding="utf-8")


def test_without_any_record_the_report_says_what_is_missing(results, capsys):
    assert run(["report", "--fresh", "--strict"]) == 4

    text = (results / "report" / "report.html").read_text(encoding="utf-8")
    assert "There are no records yet" in text
    assert "bench table5" in text and "No records, so nothing is known of cost" in text


def test_json_holds_the_headline_and_is_alone_on_standard_output(make, tmp_path, capsys):
    make(**VEHICLE)
    path = tmp_path / "elsewhere" / "page.html"

    run(["report", "--fresh", "--json", "--out", str(path)])

    content = json.loads(capsys.readouterr().out)
    assert content["files"] == [str(path)] and path.is_file()
    (table5,) = (one for one in content["tables"] if one["table"] == "table5")
    assert (table5["protocol"], table5["budget"]) == (default_protocol(), "full")
    assert (table5["agree"], table5["say_nothing"], table5["empty"]) == (0, 1, 279)
    assert content["records"]["own"] == 3
    assert content["claims"][0]["source"] == "printed"
    assert sum(content["findings"].values()) > 30


def test_the_same_records_give_the_same_file(make, tmp_path):
    make(**VEHICLE)
    paths = [tmp_path / name for name in ("one.html", "two.html")]

    for path in paths:
        run(["report", "--fresh", "--out", str(path)])

    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_damaged_record_exits_with_five_and_is_named_in_the_report(make, results, capsys):
    make(**VEHICLE)
    damaged = sorted((results / "runs").rglob("*.json"))[0]
    damaged.write_text("{")

    assert run(["report", "--fresh"]) == 5

    err = capsys.readouterr().err
    assert f"{damaged}: damaged record" in err and err.endswith("the report was written without\n")
    assert len(err.splitlines()) == 1
    text = (results / "report" / "report.html").read_text(encoding="utf-8")
    assert "damaged record" in text and "1 of 3 runs without a result" in text


def test_records_of_a_protocol_that_is_not_named_are_counted(make, results, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{default_protocol()}"\n[table.cut]\nratio = 4\n')
    make(**VEHICLE, protocol=str(path), score=lambda job: 0.8)

    run(["report", "--fresh"])
    left_out = (results / "report" / "report.html").read_text(encoding="utf-8")
    run(["report", "--fresh", "--protocol", str(path)])
    named = (results / "report" / "report.html").read_text(encoding="utf-8")

    assert "3 records made under protocol <code>mine</code> are not shown" in left_out
    assert "are not shown" not in named and "80.000" in named


def test_records_under_the_protocol_of_a_table_count_as_shown(make, results):
    spec = read_table("table5-kadra")
    make(**VEHICLE, protocol=spec.usual_protocol, score=lambda job: 0.8)

    run(["report", "--fresh"])
    text = (results / "report" / "report.html").read_text(encoding="utf-8")

    assert f"<code>{spec.protocol_key}</code> is not shown" not in text
    assert f"<code>{spec.protocol_key}</code> are not shown" not in text


def test_records_of_a_budget_that_is_not_declared_any_more_are_left_out_and_named(
    make, store, results, capsys
):
    make(**VEHICLE)
    record = next(store.records())
    identity = {**record.identity, "seed": 77}
    old = replace(record, run_id=run_id(identity), identity=identity, budget="old")
    store.write(old, made_up_predictions())

    assert run(["report", "--fresh", "--strict"]) == 4

    out = capsys.readouterr().out
    text = (results / "report" / "report.html").read_text(encoding="utf-8")
    assert "1 run of budget old, which is not declared, left out" in out
    assert "12 tables, 3 runs" in out and len(out.splitlines()) == 1
    assert "1 record made under budget <code>old</code> is not shown" in text

    run(["report", "--fresh", "--json"])

    assert json.loads(capsys.readouterr().out)["records"]["not_shown"] == {"budget old": 1}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--protocol", "none"], 2, "no protocol called 'none'; known:"),
        (["--budget", "none"], 2, "no budget called 'none'; known:"),
        (["--out", "/proc/nowhere/page.html"], 4, "cannot write to /proc/nowhere"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(results, words, status, said, capsys):
    assert run(["report", "--fresh", *words]) == status

    err = capsys.readouterr().err
    assert said in err and len(err.splitlines()) == 1


def test_a_report_imports_nothing_that_trains(results):
    code = (
        "import sys; from bench.__main__ import run; status = run(['report', '--fresh']);"
        "names = {'torch', 'openml', 'xgboost', 'pytorch_tabnet', 'sklearn', 'pandas'};"
        "print('LOADED', status, *names & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "LOADED 0", done.stderr


@pytest.mark.slow
def test_the_shipped_records_fit_into_three_megabytes_and_no_picture_stands_twice(results):
    run(["report"])

    page = (results / "report" / "report.html").read_bytes()
    assert len(page) < 3_000_000
    pictures = re.findall(rb"data:image/png[^\"]+", page)
    assert len(pictures) == len({*pictures}) > 3
    assert b'draws the same runs as <a href="#figure3">Figure 3</a>' in page


@PDFLATEX
def test_a_pdf_holds_the_tables(make, results, capsys):
    make(**VEHICLE)

    assert run(["report", "--fresh", "--pdf", "--strict"]) == 4

    pdf = results / "report" / "report.pdf"
    assert str(pdf) in capsys.readouterr().out
    assert pdf.read_bytes().startswith(b"%PDF") and pdf.stat().st_size > 50_000
    assert not (results / "tables").exists()


def test_without_pdflatex_one_line_says_so_and_the_page_is_there(
    make, results, monkeypatch, capsys
):
    make(**VEHICLE)
    monkeypatch.setenv("PATH", "")

    assert run(["report", "--fresh", "--pdf", "--strict"]) == 4

    err = capsys.readouterr().err
    assert err == ("bench: pdflatex is not installed, so there is no report.pdf; install it\n")
    assert (results / "report" / "report.html").is_file()


@PDFLATEX
def test_one_function_compiles_for_the_report_and_for_the_whole_paper(store, tmp_path):
    render(collect(plan_table(Query("table2")), StoredRuns(store)), tmp_path / "tables")

    assert compile_document(tmp_path / "tables") == tmp_path / "tables" / "document.pdf"

    assert {path.name for path in (tmp_path / "tables").glob("document.*")} == {
        "document.tex",
        "document.pdf",
    }


@PDFLATEX
def test_a_document_that_does_not_compile_names_its_log(tmp_path):
    (tmp_path / "document.tex").write_text(r"\undefined")

    with pytest.raises(Incomplete, match="pdflatex failed, .* see .*document.log"):
        compile_document(tmp_path)
    assert "Undefined control sequence" in (tmp_path / "document.log").read_text()


def test_where_nothing_was_rendered_one_line_says_so(tmp_path):
    with pytest.raises(Incomplete, match="nothing was rendered into .*gone"):
        compile_document(tmp_path / "gone")
