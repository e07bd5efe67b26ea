"""`bench claims` as a user runs it, and its file."""

import json
import subprocess
import sys

import pytest

from bench.__main__ import run
from bench.declared.claims import read_claims
from bench.errors import BenchError
from bench.plan.query import Query

ONE = ("claims", "pruned-above-dense-tables", "--fresh")


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))


def test_every_claim_is_judged_on_printed_numbers_without_a_run(capsys):
    assert run(["claims", "--printed"]) == 0

    out = capsys.readouterr().out
    assert all(claim.key in out for claim in read_claims().claim)
    assert "26-13-1" in out
    assert "\n  own " not in out


def test_missing_runs_exit_with_four_and_name_the_command(capsys):
    assert run([*ONE]) == 4

    out, err = capsys.readouterr()
    assert "  own      undecided: 80 of 80 cells missing" in out
    assert "bench table5 -m iunet,dense" in err


def test_complete_runs_exit_with_zero_even_if_they_contradict(make, capsys):
    rows = ("credit-g", "anneal", "arrhythmia", "vehicle", "kc1", "australian")
    selection = Query("table5", datasets=rows, methods=("iunet", "dense"))
    make(selection, lambda job: 0.5 + 0.01 * rows.index(job.dataset) * (job.method == "dense"))

    assert run([*ONE, "-d", ",".join(rows), "--json"]) == 0

    content = json.loads(capsys.readouterr().out)
    printed, own = content["sources"]
    assert (printed["source"], own["source"]) == ("printed", "own")
    (claim,) = own["claims"]
    effect = claim["comparisons"][0]["effect"]
    assert (effect["wins"], effect["losses"], effect["ties"]) == (0, 5, 1)
    assert len(claim["comparisons"][0]["pairs"]) == 6


def test_only_claims_about_the_selected_datasets_are_shown(capsys):
    run(["claims", "--printed", "-d", "cifar10,svhn", "--json"])

    (printed,) = json.loads(capsys.readouterr().out)["sources"]
    shown = [claim["claim"] for claim in printed["claims"]]
    assert "pruned-above-dense-pictures" in shown
    assert "pruned-above-dense-tables" not in shown
    assert printed["rankings"] == []


def test_the_page_begins_with_every_verdict(tmp_path, capsys):
    page = tmp_path / "claims.md"

    assert run(["claims", "--printed", "--markdown", str(page)]) == 0

    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Claims\n")
    table = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(table) == 2 + len(read_claims().claim)


@pytest.mark.parametrize(("ending", "start"), [("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_the_ranks_are_drawn_the_same_every_time(tmp_path, capsys, ending, start):
    one, other = tmp_path / f"one.{ending}", tmp_path / f"other.{ending}"

    for path in (one, other):
        words = ["claims", "networks-on-tables", "--printed", "--diagram", str(path)]
        assert run(words) == 0

    assert one.read_bytes().startswith(start)
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))

    run(["claims", "--fresh"])

    assert max(map(len, capsys.readouterr().out.splitlines())) <= width


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["magic"], "no claim called 'magic'; known: pruned-above-dense-tables"),
        (["-d", "vehikle"], "no claim is about 'vehikle'; known:"),
        (["--metric", "f1"], "no claim can be tested by 'f1'; known:"),
        (["--protocol", "none"], "no protocol called 'none'; known:"),
        (["--budget", "none"], "no budget called 'none'; known:"),
        (["--diagram", "a.gif"], "--diagram a.gif: the file has to end in .pdf or .png"),
        (["efficiency", "--diagram", "a.pdf"], "nothing asked for is ranked"),
    ],
    ids=["claim", "dataset", "metric", "protocol", "budget", "ending", "nothing to draw"],
)
def test_what_nobody_declared_is_refused_in_one_line(words, said, capsys):
    assert run(["claims", "--fresh", *words]) == 2

    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[claim]]\nkey = 'a'\nsays = 'b'\nsource = 'c'", "give side, against and metric"),
        ("[[claim]]\nkey = 'a'\nsays = 'b'\nsource = 'c'\nbetter = 1", "claim.0.better"),
        ("[[claim]\n", "not TOML"),
        (
            2 * "[[claim]]\nkey = 'a'\nsays = 'b'\nsource = 'c'\nuntested = 'd'\n",
            "declared twice: a",
        ),
    ],
    ids=["no sides", "unknown key", "no TOML", "twice"],
)
def test_a_damaged_file_of_claims_is_refused(tmp_path, text, said):
    path = tmp_path / "claims.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BenchError, match=said):
        read_claims(path)


@pytest.mark.parametrize("words", [["diff", "table1"], ["claims"]], ids=" ".join)
def test_comparing_imports_no_training_library(words):
    program = (
        "import sys; from bench.__main__ import run; run(sys.argv[1:]);"
        "print([n for n in ('torch', 'openml', 'xgboost', 'sklearn') if n in sys.modules])"
    )

    command = [sys.executable, "-c", program, *words, "--fresh"]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_help_and_the_list_of_commands_load_nothing_heavy():
    program = (
        "import sys; from bench.__main__ import run; run(['--help']);"
        "print([n for n in ('scipy', 'numpy.random', 'pydantic', 'torch') if n in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "[]"
    assert "claims" in done.stdout and "diff" in done.stdout
