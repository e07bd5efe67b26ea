"""The commands that show tables, as a user runs them."""

import json
import subprocess
import sys

import pytest

from bench.plan.query import Query

HEAVY = ("torch", "openml", "xgboost", "pytorch_tabnet", "pandas", "sklearn")
PROGRAM = """
import sys
from bench.__main__ import run
heavy = sys.argv.pop().split(",")
status = run(sys.argv[1:])
print("loaded:", [name for name in heavy if name in sys.modules], file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize(("words", "expected"), [((), 0), (("--strict",), 4)])
def test_a_table_without_records_is_rendered_and_only_strict_says_incomplete(
    bench, tmp_path, words, expected
):
    status, _, err = bench("table5", "--no-run", "--fresh", "-d", "vehicle,car", *words)

    assert status == expected
    assert "14 of 14 cells of table5 are empty" in err
    assert (tmp_path / "results" / "tables" / "table5-part.md").is_file()


def test_a_complete_table_exits_with_zero(bench, make):
    make(Query("demo"), lambda job: 0.9)

    status, out, err = bench("demo", "--no-run", "--fresh")

    assert (status, err) == (0, "")
    assert "90.00" in out


def test_json_is_the_only_thing_on_standard_output(bench):
    _, out, _ = bench("table4", "--no-run", "--fresh", "--json")

    content = json.loads(out)
    assert (content["table"], len(content["cells"])) == ("table4", 35)


def test_a_name_is_known_as_the_table_shows_it(bench, make):
    make(Query("table5", datasets=("vehicle",), methods=("beta-lasso",)), lambda job: 0.9)

    _, out, _ = bench("table5", "--no-run", "--fresh", "-d", "vehicle", "-m", "β-LASSO")

    assert "β-LASSO" in out
    assert "BETA_LASSO" not in out


def test_rows_without_a_number_are_printed_where_all_are_asked_for_and_json_has_them_anyway(
    bench, make, tmp_path
):
    make(Query("table5", datasets=("vehicle",), methods=("omp",)), lambda job: 0.9)
    words = ("table5", "--no-run", "--fresh", "-d", "vehicle,car", "-m", "omp")
    page = tmp_path / "results" / "tables" / "table5-part.md"

    made, made_page = bench(*words)[1], page.read_text()
    every, every_page = bench(*words, "--rows", "all")[1], page.read_text()

    assert [("| car |" in text) for text in (made_page, every_page)] == [False, True]
    assert [
        any(line.startswith("car ") for line in text.splitlines()) for text in (made, every)
    ] == [
        False,
        True,
    ]
    assert bench(*words, "--json") == bench(*words, "--json", "--rows", "all")
    assert bench(*words, "--rows", "some")[0] == 2


def test_a_dry_run_says_how_much_is_missing_and_writes_nothing(bench, tmp_path):
    status, out, _ = bench("table5", "--dry-run", "--fresh", "-d", "vehicle", "-m", "beta-lasso")

    assert status == 0
    assert "table5: 15 runs, 15 missing, about" in out
    assert not (tmp_path / "results").exists()


def test_hours_of_work_start_only_when_told_to(bench, damaged_data):
    status, _, err = bench("table5", "--fresh", "-d", "higgs", BENCH_DATA=damaged_data("higgs"))

    assert status == 4
    assert "33 runs, 33 missing, about" in err
    assert "add --yes to start" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-d", "vehikle"), "table5 has no row 'vehikle'; known: vehicle"),
        (("-m", "magic"), "table5 has no column 'magic'; known:"),
        (("--with", "magic"), "no method called 'magic'; known:"),
        (("--metric", "f1"), "no metric called 'f1' for this table; known:"),
        (("--protocol", "none"), "no protocol called 'none'; known:"),
        (("--budget", "none"), "no budget called 'none'; known:"),
        (("-s", "x"), "-s x: a seed is a whole number"),
        (("-s", "77"), "has no seed 77; it has:"),
    ],
)
def test_what_nobody_declared_is_refused_in_one_line_that_lists_the_known(bench, words, message):
    status, _, err = bench("table5", "--no-run", *words)

    assert status == 2
    assert message in err
    assert len(err.splitlines()) == 1


def test_why_explains_a_cell(bench):
    status, out, _ = bench("why", "table5", "vehicle", "iunet", "--fresh")

    assert status == 0
    assert "printed  81.805 ± 2.065" in out
    assert "again    bench table5 -d vehicle -m iunet" in out


def test_showing_a_table_imports_nothing_heavy(make, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8)
    words = ("table5", "--no-run", "--fresh", "-d", "vehicle", ",".join(HEAVY))

    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True)

    assert "80.00" in done.stdout
    assert done.stderr == "loaded: []\n"
    assert done.returncode == 0


def test_without_runs_of_the_usual_budget_those_of_another_are_shown_and_named(bench):
    status, out, err = bench("table1", "--no-run")

    assert status == 0 and "budget quick" in " ".join(out.split())
    assert err.splitlines()[0] == (
        "table1: no run under budget full is there, but 24 of 72 under budget quick, which are "
        "shown; --budget full shows the usual one"
    )
    assert json.loads(bench("table1", "--no-run", "--json")[1])["budget"] == "quick"


@pytest.mark.parametrize(
    "words", ["table1 --no-run --budget full", "table5 --no-run", "table1 --no-run --fresh"]
)
def test_a_budget_that_is_named_or_has_runs_is_the_one_shown(bench, words):
    assert json.loads(bench(*words.split(), "--json")[1])["budget"] == "full"
    assert "no run under budget" not in bench(*words.split())[2]


def test_runs_of_another_budget_are_told_before_any_is_made(bench):
    _, _, err = bench("table1")

    lines = err.splitlines()
    assert lines[0].endswith("24 of 72 under budget quick, which --no-run shows")
    assert lines[1] == "468 runs, 468 missing, 468 of them without data at hand"


@pytest.mark.parametrize(("budget", "other"), [("quick", "demo"), ("demo", "table1")])
def test_tables_are_listed_under_a_budget_that_is_not_for_all_of_them(bench, budget, other):
    status, out, _ = bench("tables", "--budget", budget)

    lines = {line.split()[0]: line for line in out.splitlines()}
    assert status == 0
    assert f"not for budget {budget}" in lines[other]
    assert sum(" runs " in line for line in lines.values()) >= 2
    assert bench("tables", "--budget", budget, "--strict")[0] == 4
