"""What the command says and ends with where something goes wrong that nobody foresaw."""

import os
import platform
import re
import subprocess
import sys
import tempfile
from difflib import SequenceMatcher

import pytest

from bench import errors
from bench.check.outcome import STATUS, Outcome
from bench.cli.verb import Answer, Mode, present

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]

ERRORS = (
    ValueError("two\nlines"),
    MemoryError(),
    RecursionError("maximum recursion depth exceeded"),
    PermissionError(13, "Permission denied", "runs"),
    OSError(5, "Input/output error"),
    AssertionError("x" * 5000),
)

HEARD = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""Ctrl-C is heard, also where a shell that runs the tests in the background has it ignored."""

AT_IMPORT = """
import os, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["MODULE"]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(os.environ["SIGNAL"]))

sys.meta_path.insert(0, Finder())
"""
"""Sends a signal where a module is about to be imported."""

AT_RENAME = """
import os, sys

def watch(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith("page.md"):
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))

sys.addaudithook(watch)
"""
"""Sends a signal where a file is about to get its name."""


@pytest.fixture
def crashing(bench, monkeypatch, tmp_path):
    """Run a command in which a library raises this."""

    def ran(error, *words):
        def fail(matcher):
            raise error

        monkeypatch.setattr(SequenceMatcher, "ratio", fail)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return bench(*words, "list", "tabels")

    return ran


@pytest.fixture
def started(tmp_path):
    """Run the console script's function in a process of its own that runs this code first."""

    def ran(code, *words, **variables):
        (tmp_path / "sitecustomize.py").write_text(HEARD + code)
        path = os.pathsep.join([str(tmp_path), *sys.path])
        settings = {"PYTHONPATH": path, "BENCH_RESULTS_DIR": str(tmp_path / "results")}
        main = "from bench.__main__ import main; main()"
        return subprocess.run(
            [sys.executable, "-c", main, *words],
            env=os.environ | settings | variables,
            capture_output=True,
            text=True,
        )

    return ran


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_unforeseen_error_is_one_line_with_a_status_of_its_own(crashing, tmp_path, error):
    status, out, err = crashing(error)

    assert (status, out, err.count("\n")) == (errors.Unforeseen.exit_status, "", 1)
    assert err.startswith(f"bench: unforeseen {type(error).__name__}") and len(err) < 600
    (file,) = tmp_path.glob("bench-*.txt")
    assert f"{file} has the traceback, --debug shows it at once" in err
    assert not (tmp_path / "results").exists()
    told = file.read_text()
    for fact in ("command: bench list tabels\n", "version: ", sys.version, platform.platform()):
        assert fact in told
    assert "BENCH_OFFLINE=1" in told and "\nTraceback (most recent" in told and str(error) in told


def test_every_unforeseen_error_has_a_file_of_its_own(crashing, tmp_path):
    crashing(ValueError("one"))
    crashing(ValueError("two"))

    assert len({*tmp_path.glob("bench-*.txt")}) == 2


@pytest.mark.parametrize("words", [("--debug",), ()])
def test_debug_shows_the_traceback_at_once(crashing, tmp_path, words):
    _, _, err = crashing(ValueError("this"), *words)

    assert ("Traceback" in err, [*tmp_path.glob("bench-*")] == []) == (bool(words), bool(words))
    assert err.splitlines()[-1].startswith("bench: unforeseen ValueError: this")


def test_a_traceback_that_cannot_be_kept_is_shown(crashing, monkeypatch, tmp_path):
    def no_folder(*mode, **options):
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", no_folder)

    status, _, err = crashing(ValueError("this"))

    assert status == errors.Unforeseen.exit_status
    assert "Traceback" in err and err.endswith("bench: unforeseen ValueError: this\n")


def test_nothing_but_a_regression_has_the_status_of_one():
    kinds = [kind for kind in KINDS if issubclass(kind, errors.BenchError)]

    assert STATUS[Outcome.REGRESSION] == 1
    assert 1 not in {kind.exit_status for kind in kinds}
    others = {kind.exit_status for kind in kinds if kind is not errors.Unforeseen}
    assert errors.Unforeseen.exit_status not in others


def test_a_check_without_runs_of_ones_own_says_so_and_is_no_regression(bench, root):
    words = ("check", "--against", root / "results" / "reference", "-d", "vehicle")

    status, out, err = bench(*words)

    assert (status, out, err.count("\n")) == (6, "", 1)
    assert "holds no run of your own of this; `bench run` makes it" in err


def test_a_folder_of_runs_is_checked_without_results_of_ones_own(bench, tmp_path):
    """The reference is named as a results folder, which the missing one was compared with."""
    (tmp_path / "other" / "runs").mkdir(parents=True)

    assert bench("check", "--against", tmp_path / "other")[0] == 6


def test_a_regression_keeps_its_status_where_nobody_reads_to_the_end():
    def lines():
        raise BrokenPipeError

    assert present(Answer(lines, status=1), Mode()) == 1
    with pytest.raises(BrokenPipeError):
        present(Answer(lines), Mode())


@pytest.mark.parametrize("number", [2, 15])
@pytest.mark.parametrize(
    "module", ["typer", "bench.cli", "iunet.declare.contract", "rich.console", "jinja2"]
)
def test_a_signal_at_start_up_ends_quietly_with_its_status(started, number, module):
    words = ("table5", "-d", "vehicle", "--no-run")

    done = started(AT_IMPORT, *words, MODULE=module, SIGNAL=str(number))

    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")


@pytest.mark.parametrize("number", [2, 15])
def test_a_signal_while_a_file_is_written_leaves_nothing_half_written(started, number, tmp_path):
    page = tmp_path / "pages" / "page.md"
    page.parent.mkdir()
    page.write_text("as it was")

    done = started(AT_RENAME, "audit", "table4", "--markdown", str(page), SIGNAL=str(number))

    assert (done.returncode, done.stderr) == (128 + number, "")
    assert [path.name for path in page.parent.iterdir()] == ["page.md"]
    assert page.read_text() == "as it was"


def test_a_signal_that_the_caller_ignores_is_ignored(started):
    code = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{AT_IMPORT}"

    done = started(code, "list", MODULE="typer", SIGNAL="2")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("redirected", "status", "line"),
    [
        ("list >&-", 0, ""),
        ("list 2>&-", 0, ""),
        ("nonsense >&-", 2, "bench: no such command 'nonsense'; .*\n"),
        ("nonsense 2>&-", 2, ""),
        ("list <&- >&- 2>&-", 0, ""),
        ("list | head -1 >/dev/null", 0, ""),
        ("list > /dev/full", 4, "bench: cannot write all of the output: .*\n"),
        ("nonsense 2> /dev/full", 2, ""),
    ],
)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_output_that_nobody_takes_is_no_traceback(redirected, status, line, tmp_path):
    words = f'set -o pipefail; "{sys.executable}" -m bench {redirected}'

    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True)

    assert done.returncode == status
    assert re.fullmatch(line, done.stderr)
