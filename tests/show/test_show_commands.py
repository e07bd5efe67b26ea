"""The commands that show tables, as a user runs them."""

import json
import subprocess
import sys

import pytest

from bench.show.asked import Selection

HEAVY = ("torch", "openml", "xgboost", "pytorch_tabnet", "pandas", "sklearn")
PROGRAM = """
import sys
from bench.__main__ import run
heavy = sys.argv.pop().split(",")
status = run(sys.argv[1:])
print("loaded:", [name for name in heavy if name in sys.modules], file=sys.stderr)
sys.exit(status)
"""


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Run a command on an empty results folder; gives the finished process."""
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("BENCH_OFFLINE", "1")
    monkeypatch.delenv("BENCH_DATA", raising=False)

    def run(*words):
        command = [sys.executable, "-m", "bench", *words]
        return subprocess.run(command, capture_output=True, text=True)

    return run


def test_a_table_without_records_is_rendered_and_the_exit_status_says_incomplete(bench, tmp_path):
    done = bench("table5", "--no-run", "--fresh", "-d", "vehicle,car")

    assert done.returncode == 4
    assert "12 of 14 cells of table5 are empty" in done.stderr
    assert (tmp_path / "results" / "tables" / "table5-part.md").is_file()


def test_a_complete_table_exits_with_zero(bench, make):
    make(Selection("demo"), lambda job: 0.9)

    done = bench("demo", "--no-run", "--fresh")

    assert (done.returncode, done.stderr) == (0, "")
    assert "90.00" in done.stdout


def test_json_is_the_only_thing_on_standard_output(bench):
    done = bench("table4", "--no-run", "--fresh", "--json")

    content = json.loads(done.stdout)
    assert (content["table"], len(content["cells"])) == ("table4", 35)


def test_a_dry_run_says_how_much_is_missing_and_writes_nothing(bench, tmp_path):
    done = bench("table5", "-n", "--fresh", "-d", "vehicle", "-m", "beta-lasso")

    assert done.returncode == 0
    assert "table5: 15 runs, 15 missing, about" in done.stdout
    assert not (tmp_path / "results").exists()


def test_hours_of_work_start_only_when_told_to(bench):
    done = bench("table5", "--fresh")

    assert done.returncode == 4
    assert "1200 runs, 1200 missing, about" in done.stderr
    assert "add --yes to start" in done.stderr


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
    done = bench("table5", "--no-run", *words)

    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_why_explains_a_cell(bench):
    done = bench("why", "table5", "vehicle", "iunet", "--fresh")

    assert done.returncode == 0
    assert "printed  81.805 ± 2.065" in done.stdout
    assert "again    bench table5 -d vehicle -m iunet" in done.stdout


def test_showing_a_table_imports_nothing_heavy(bench, make):
    make(Selection("table5", datasets=("vehicle",)), lambda job: 0.8)
    words = ("table5", "--no-run", "--fresh", "-d", "vehicle", ",".join(HEAVY))

    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True)

    assert "80.00" in done.stdout
    assert done.stderr == "loaded: []\n"
    assert done.returncode == 0
