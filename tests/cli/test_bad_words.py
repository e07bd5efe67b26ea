"""Bad command lines: one clear line, a declared status, nothing outside their folder."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bad_words import STATUSES, attack

FULL = "9" * 5000


@pytest.mark.slow  # tox -e attack does the like
def test_no_bad_command_line_of_a_hundred_ends_in_a_traceback(tmp_path, root):
    before = state(root)

    assert attack(100, 14, tmp_path / "attack") == []

    assert state(root) == before


def state(root):
    """Every file of the checkout that could have been written by mistake, and when it was."""
    return {
        path: path.stat().st_mtime_ns
        for folder in ("bench", "iunet", "baselines", "tables", "results", "docs")
        for path in (root / folder).rglob("*")
        if "__pycache__" not in path.parts
    }


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("export", "--csv", ""), "an empty value after '--csv'; give one or leave the option"),
        (("export", "--csv="), "an empty value after 'export'"),
        (("plan", "-d", " , "), "' , ' names nothing; name something or leave the option out"),
        (("plan", "-s", FULL), "-s 9999999999999999999999999999999999999999: a seed is a whole"),
        (("plan", "t" * 5000), "no table called 'ttt"),
        (("why", "é" * 300, "vehicle", "iunet"), "no table called 'ééé"),
        (("plan", "-d", "x\udcffy"), r"an argument is not UTF-8 text: 'x\udcffy'; correct it"),
        (("plan", "-d", "x\0y"), r"an argument is not UTF-8 text: 'x\x00y'"),
        (("data", "fetch", "iris", "--deadline", "nan"), "--deadline nan: name a number of sec"),
        (("data", "fetch", "iris", "--deadline", "-1"), "--deadline -1.0: name a number of sec"),
        (("paper", "--dry-run", "--budget", "x"), "no budget called 'x'; known: "),
        (("why", "table1", "cifar10", "mlp-vis"), "table1 has no column 'mlp-vis'"),
    ],
)
def test_a_bad_value_is_told_in_one_line_with_status_2(bench, words, line):
    status, out, err = bench(*words)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"bench: {line}")


@pytest.mark.parametrize(
    ("words", "flag", "other"),
    [
        (("table5", "--no-run"), "--dry-run", "--no-run"),
        (("table5", "--strict"), "--dry-run", "--strict"),
        (("table5", "--rows", "all"), "--dry-run", "--rows"),
        (("run", "--keep-stages"), "--dry-run", "--keep-stages"),
        (("claims", "--budget", "quick"), "--printed", "--budget"),
        (("claims", "--protocol", "paper"), "--printed", "--protocol"),
        (("check", "--against", "x", "-d", "car"), "--measure-null", "-d"),
        (("check", "--against", "x", "--json"), "--measure-null", "--json"),
        (("check", "--against", "x", "--accept", "so"), "--measure-null", "--accept"),
        (("table8", "--with", "omp", "--no-run"), "", "--with"),
        (("table8", "--budget", "quick", "--no-run"), "", "--budget"),
    ],
)
def test_options_of_which_one_would_be_ignored_exclude_each_other(bench, words, flag, other):
    status, out, err = bench(*words, *filter(None, [flag]))

    assert (status, out) == (2, "")
    assert err == f"bench: {other} and {flag or '`bench table8`'} exclude each other; name one\n"


def test_one_file_is_not_written_twice(bench, tmp_path):
    path = tmp_path / "x.csv"

    for words in (("diff", "table4", "--csv", path, "--markdown", path), ("report", "--out")):
        more = (tmp_path / "x.pdf", "--pdf") if words[0] == "report" else ()
        status, _, err = bench(*words, *more)
        assert (status, err.count("\n")) == (2, 1)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("words", [("table5", "-d", "vehicle"), ("figure3",), ("table8",)])
def test_a_dry_run_as_json_lists_the_runs_as_a_plan_does(bench, words):
    status, out, _ = bench(*words, "--dry-run", "--json")

    runs = json.loads(out)
    assert status == 0 and bool(runs) == (words != ("table8",))
    if words[0] == "table5":
        assert runs == json.loads(bench("plan", *words, "--json")[1])


@pytest.mark.parametrize("variable", ["BENCH_RESULTS_DIR", "BENCH_CACHE_DIR", "BENCH_DATA"])
def test_a_folder_that_is_none_is_told_in_one_line(bench, tmp_path, variable):
    file = tmp_path / "file"
    file.touch()
    words = ("status",) if variable == "BENCH_RESULTS_DIR" else ("data", "list")

    for value, line in (
        (str(file), f"{variable}={file}: not a folder; name another folder"),
        ("f" * 5000, f"{variable}={'f' * 5000}: File name too long"),
        ("~nobody-is-called-so/x", f"{variable}=~nobody-is-called-so/x: "),
        ("x\udcff", rf"{variable} is not UTF-8 text: 'x\udcff'; correct it"),
    ):
        status, out, err = bench(*words, **{variable: value})
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"bench: {line}")


def test_a_results_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(
    bench, tmp_path, monkeypatch
):
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root reads every folder

    status, _, err = bench("status")

    assert (status, err.count("\n")) == (2, 1) and "cannot be read" in err


def test_a_folder_that_another_process_makes_meanwhile_is_taken(bench, tmp_path, monkeypatch):
    looks, made = Path.stat, []

    def made_after_the_first_look(path, **options):
        if path == tmp_path / "cache" and not made:
            made.append(path.mkdir())
            raise FileNotFoundError(errno.ENOENT, "not yet", str(path))
        return looks(path, **options)

    monkeypatch.setattr(Path, "stat", made_after_the_first_look)

    status, _, err = bench("data", "list", BENCH_CACHE_DIR=str(tmp_path / "cache"))

    assert (status, err, len(made)) == (0, "", 1)


@pytest.mark.parametrize(
    "setting",
    [f"COLUMNS={FULL}", "COLUMNS=²", "COLUMNS=-1", "COLUMNS=1000000000", f"LINES={FULL}"],
)
def test_no_width_of_a_terminal_breaks_a_page(bench, setting):
    status, out, err = bench("table5", "-d", "vehicle", "--no-run", **dict([setting.split("=")]))

    assert (status, "vehicle" in out, "Traceback" in err) == (0, True, False)


def test_a_protocol_with_a_seed_of_5000_digits_is_told_in_one_line(bench, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(f'base = "released"\nseeds = [{FULL}]\n')

    status, _, err = bench("plan", "--protocol", own)

    assert (status, err.count("\n")) == (2, 1) and str(own) in err


@pytest.mark.parametrize(
    "before", ["LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0", "env -u HOME -u BENCH_CACHE_DIR"]
)
def test_an_environment_without_utf_8_or_a_home_is_no_traceback(before):
    words = f'{before} "{sys.executable}" -m bench why table5 vehicle iunet'

    done = subprocess.run(["bash", "-c", words], capture_output=True)

    assert done.returncode in STATUSES and b"Traceback" not in done.stderr


def test_a_current_folder_that_is_gone_is_no_traceback(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    main = "import os, sys; os.rmdir(os.getcwd()); from bench.__main__ import main; main()"
    for words in (("list",), ("audit", "--markdown", "page.md"), ("plan", "-d", "vehicle")):
        gone.mkdir(exist_ok=True)
        path = os.pathsep.join(filter(None, sys.path))

        done = subprocess.run(
            [sys.executable, "-P", "-c", main, *words],
            cwd=gone,
            env=os.environ | {"PYTHONPATH": path},
            capture_output=True,
        )

        assert done.returncode in STATUSES and b"Traceback" not in done.stderr
