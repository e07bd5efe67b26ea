"""One factory of commands: what a verb is asked, and in which form it answers."""

import json

import pytest
import typer
from typer.testing import CliRunner

from bench.cli.verb import Answer, command, switch, with_help
from bench.errors import Incomplete
from bench.folders import reference_folder
from bench.render.outline import Outline, Section


@pytest.fixture
def run():
    """Run a verb with these options as a command with these arguments."""

    def ran(answers, options, *arguments):
        app = typer.Typer(rich_markup_mode=None)
        app.command()(command(answers, *options))
        return CliRunner().invoke(app, list(arguments))

    return ran


def test_declared_options_fill_query_and_mode_and_others_go_to_the_verb(run):
    found = []

    def answers(query, mode, deep):
        found.append((query, mode, deep))
        return Answer()

    options = ("tables datasets seeds", switch("--deep", "Look deeper."), "workers json")
    run(answers, options, "table5,table4", "-d", "car,kc1", "-d", "car", "-s", "1,2", "-j", "3")

    ((query, mode, deep),) = found
    assert (query.tables, query.datasets) == (("table5", "table4"), ("car", "kc1"))
    assert query.seeds == (1, 2)
    assert (mode.workers, mode.json) == (3, False)
    assert deep is False


def test_a_verb_may_say_otherwise_what_an_option_means(run):
    def answers(query, mode):
        """Do it."""
        return Answer()

    said = run(answers, ("fresh", with_help("dry", "Only look.")), "--help").stdout

    assert "Do it." in said and "Ignore the shipped records." in said
    assert "Only look." in said and "Say what would run" not in said


PAGE = Outline("Title", (Section("Heading", ("A sentence.",)),))


def answers_everything(query, mode):
    return Answer(page=lambda: PAGE, json=lambda: {"a": 1}, csv=lambda: "a\n1\n", notes=("a note",))


def test_an_answer_is_given_in_the_form_asked_for(run, tmp_path):
    options = ("json markdown csv",)
    page, rows = tmp_path / "page.md", tmp_path / "rows.csv"

    shown = run(answers_everything, options)
    printed = run(answers_everything, options, "--json")
    written = run(answers_everything, options, f"--markdown={page}", f"--csv={rows}")

    assert shown.stdout.split() == ["Heading", "A", "sentence."] and shown.stderr == "a note\n"
    assert json.loads(printed.stdout) == {"a": 1} and printed.stderr == ""
    assert written.stdout == f"written to {page}\nwritten to {rows}\n"
    assert page.read_text() == "# Title\n\n## Heading\n\nA sentence.\n"
    assert rows.read_text() == "a\n1\n"


def test_what_is_missing_is_raised_after_everything_is_shown(run):
    def answers(query, mode):
        return Answer(lambda: ["what there is"], error=Incomplete("some of it"))

    result = run(answers, ())

    assert result.stdout == "what there is\n"
    assert isinstance(result.exception, Incomplete)


def test_a_verb_gets_the_store_if_it_names_one(run, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path))

    def function(store):
        return Answer(lambda: [str(store.results), str(store.reference)])

    assert run(function, ("fresh",)).stdout.splitlines() == [
        str(tmp_path),
        str(reference_folder()),
    ]
    assert run(function, ("fresh",), "--fresh").stdout.splitlines() == [str(tmp_path), "None"]


def test_written_files_are_named_below_a_page_and_last_in_json(run, tmp_path):
    files = [tmp_path / name for name in ("a.md", "a.csv", "document.tex")]

    def function():
        return Answer(
            page=lambda: PAGE,
            json=lambda: {"a": 1},
            files=files,
            below=("a hint",),
            closing="The end.",
        )

    shown, printed = run(function, ("json",)), run(function, ("json",), "--json")

    assert shown.stdout.splitlines()[-3:] == [
        f"written to {tmp_path}: a.{{md,csv}}, document.tex",
        "a hint",
        "The end.",
    ]
    assert json.loads(printed.stdout) == {"a": 1, "files": [str(file) for file in files]}
