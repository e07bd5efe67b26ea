"""Help: what a user sees who knows nothing of the command yet, and that its examples work."""

import re

import pytest
import typer

from bench.cli import build_app
from bench.declared.figures import figure_names
from bench.folders import table_names
from bench.plan.budget import default_budget
from iunet.declare.protocol import default_protocol

COMMANDS = typer.main.get_command(build_app()).commands
EVERY = [(name,) for name in COMMANDS if name != "data"]
EVERY += [("data", name) for name in COMMANDS["data"].commands]
NARROW = {"COLUMNS": "80"}


def test_the_help_of_bench_fits_a_screen_and_cuts_no_description(bench):
    status, out, _ = bench("--help", **NARROW)

    assert status == 0
    lines = out.splitlines()
    assert len(lines) <= 50 and max(map(len, lines)) <= 80
    assert "..." not in out.replace("[ARGS]...", "")
    assert [line for line in lines if re.fullmatch(r"[A-Z].*:", line)] == [
        "Options:",
        "Start:",
        "Tables and figures:",
        "Tables of our own:",
        "Judge:",
        "Runs and data:",
        "Maintain:",
    ]


def test_every_command_is_named_in_the_help(bench):
    out = bench("--help", **NARROW)[1]

    assert "table1 … table8" in out and f"{figure_names()[0]} … {figure_names()[-1]}" in out
    numbered = re.compile(r"(table|figure)\d")
    for name in COMMANDS:
        assert numbered.fullmatch(name) or re.search(rf"(?m)(^|[ ]){name}[ ,;\n]", out), name
    assert {*table_names(), *figure_names()} < {*COMMANDS}


@pytest.mark.parametrize("words", [(), *EVERY, ("data",)], ids=" ".join)
def test_help_before_a_command_is_its_help(bench, words):
    assert bench("help", *words) == bench(*words, "--help")
    assert bench("help", *words)[0] == 0


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_the_example_in_the_help_of_a_command_works(bench, words, root, tmp_path, monkeypatch):
    said = bench(*words, "--help", **NARROW)[1]
    (example,) = re.findall(r"^  Example: bench (.*)$", said, re.M)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "reference").symlink_to(root / "results" / "reference")
    (tmp_path / "my.csv").write_text("size,class\n" + "1,a\n2,b\n" * 30)
    monkeypatch.chdir(tmp_path)

    status, out, err = bench(*example.split(), BENCH_RESULTS_DIR=tmp_path / "own")

    assert example.split()[: len(words)] == [*words]
    if words == ("check",):
        assert status == 6 and "holds no run of your own" in err
    else:
        assert (status, bool(out)) == (0, True), err


def test_defaults_are_shown_and_are_those_that_are_used(bench):
    out = " ".join(bench("table5", "--help", **NARROW)[1].split())

    assert f"[default: {default_protocol()}, or the table's own]" in out
    assert f"[default: {default_budget()}, or the table's own]" in out
    assert "-j, --workers WORKERS" in out and "[default: all cores]" in out


def test_the_version_is_told(bench, root):
    status, out, _ = bench("--version")

    assert status == 0
    assert f'version = "{out.split()[1]}"' in (root / "pyproject.toml").read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_commands(bench, shell):
    status, out, _ = bench(_BENCH_COMPLETE=f"source_{shell}")

    assert status == 0 and "bench" in out and "COMPLETE" in out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("bench verd", "verdict"),
        ("bench table5 --bud", "--budget"),
        ("bench table5 -d vehic", "vehicle"),
        ("bench table5 -d car,vehic", "car,vehicle"),
        ("bench table5 -m iun", "iunet"),
        ("bench plan table5-k", "table5-kadra"),
        ("bench why table5-k", "table5-kadra"),
        ("bench plan --protocol pap", "paper"),
        ("bench plan --budget qui", "quick"),
        ("bench table5 --metric swap", "swapped"),
        ("bench list fig", "figures"),
        ("bench data fetch vehic", "vehicle"),
    ],
)
def test_names_are_completed(bench, typed, offered):
    asked = {"_BENCH_COMPLETE": "complete_bash", "COMP_WORDS": typed}

    _, out, _ = bench(**asked, COMP_CWORD=str(len(typed.split()) - 1))

    assert offered in out.split()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("table55", "no such command 'table55'; did you mean 'table5'"),
        ("tabel5", "no such command 'tabel5'; did you mean 'table5'"),
        ("help tabel5", "no such command 'tabel5'; did you mean 'table5'"),
        ("data fetc", "no such command 'fetc'; did you mean 'fetch'?"),
        ("table5 --budgt quick", "no such option: --budgt; did you mean --budget?"),
        ("plan -n", "no such option: -n; --dry-run says what would run, --no-run shows"),
        ("list dataset", "nothing to list called 'dataset'; known: datasets, "),
        ("plan tabel5", "no table called 'tabel5'; known: table5, "),
        ("table5 --budget quik", "no budget called 'quik'; known: quick, "),
        ("table5 --protocol papr", "no protocol called 'papr'; known: paper, "),
        ("table5 --metric swaped", "this table; known: swapped-balanced-accuracy, "),
        ("table5 -d vehicel", "table5 has no row 'vehicel'; known: vehicle, "),
        ("table5 -m iunt", "table5 has no column 'iunt'; known: iunet, "),
        ("table5 --with iunt", "no method called 'iunt'; known: iunet, "),
        ("why table5 vehicel iunet", "table5 has no row 'vehicel'; known: vehicle, "),
        ("why table5 vehicle iunt", "table5 has no column 'iunt'; known: iunet, "),
        ("plan -d vehicel", "no dataset called 'vehicel'; known: vehicle, "),
        ("plan -m iunt", "no method called 'iunt'; known: iunet, "),
        ("figure2 -d cifr10", "has no dataset 'cifr10' under budget 'full'; known: cifar10, "),
        ("data verify vehicel", "no dataset called 'vehicel'; known: vehicle, "),
        ("audit tabel5", "no printed table called 'tabel5'; known: table5, "),
        ("claims best-method-everywhere", "no claim called 'best-method-everywhere'; known: "),
        ("claims cnn-above-perceptron", "known: cnn-above-pruned-perceptron, "),
        ("bridge --step optimizer", "no step called 'optimizer' between these protocols; known: "),
        ("diff --against papre", "compare with called 'papre'; known: paper"),
        ("table5 --dry-run --no-run", "--no-run and --dry-run exclude each other"),
        ("check --against x --measure-null --accept y", "exclude each other"),
    ],
)
def test_of_what_is_misspelt_the_closest_name_is_told_first(bench, words, told):
    status, out, err = bench(*words.split())

    assert (status, out) == (2, "")
    assert told in err and err.count("\n") == 1
