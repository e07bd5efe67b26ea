"""`bench figure2` … `bench figures`, and the document that holds tables and figures."""

import json
import shutil
import subprocess
import sys

import pytest
from rendered import render

from bench.__main__ import run
from bench.declared.figures import figure_names
from bench.judge.cell import StoredRuns
from bench.judge.collect import collect
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.store.store import Store

PDFLATEX = pytest.mark.skipif(
    not shutil.which("pdflatex"), reason="needs pdflatex (texlive-latex-base)"
)


@pytest.fixture
def store(results):
    return Store(results)


def test_a_whole_figure_is_written_and_the_status_is_zero(keep_all, store, capsys):
    keep_all(Query("figure4", budget="demo"))

    status = run(["figure4", "--budget", "demo", "--no-run", "--fresh"])

    names = {path.name for path in (store.results / "figures").iterdir()}
    assert (status, names) == (0, {f"figure4-demo.{end}" for end in ("pdf", "png", "md", "tex")})
    said = capsys.readouterr().out
    assert "First-layer weights of supernets" in said and "figure4-demo.{pdf,png,md,tex}" in said


def test_curves_and_histograms_come_with_their_numbers(keep_all, store):
    keep_all(Query("figure3", budget="demo"))

    run(["figure3", "--budget", "demo", "--no-run", "--fresh"])

    lines = (store.results / "figures" / "figure3-demo.csv").read_text().splitlines()
    assert lines[0].startswith("dataset,group,series,method,epoch,below_50_percent")
    assert len(lines) == 1 + 5 * 4


@pytest.mark.parametrize(("words", "expected"), [((), 0), (("--strict",), 4)])
def test_what_is_missing_is_named_and_only_strict_has_status_four(store, capsys, words, expected):
    status = run(["figure2", "--budget", "demo", "--no-run", "--fresh", *words])

    out, err = capsys.readouterr()
    assert status == expected
    assert "figure2: runs are missing" in err
    assert "84 of 84 runs missing" in out and "bench figure2 -d digits --budget demo" in out
    assert (store.results / "figures" / "figure2-demo.png").is_file()


def test_all_figures_are_made_by_one_command(keep_all, store, capsys):
    for name in figure_names():
        keep_all(Query(name, budget="demo", seeds=(42,)))

    status = run(["figures", "--budget", "demo", "--no-run", "--fresh", "-s", "42", "--json"])

    assert status == 0
    names = {path.name for path in (store.results / "figures").glob("*.pdf")}
    assert names == {f"{name}-demo-part.pdf" for name in figure_names()}
    assert '"figure": "figure6"' in capsys.readouterr().out


def test_a_dry_run_counts_and_draws_nothing(store, capsys):
    assert run(["figures", "--budget", "demo", "--dry-run", "--fresh"]) == 0

    assert "figure2: 84 runs, 84 missing" in capsys.readouterr().out
    assert not (store.results / "figures").exists()


def test_json_has_the_points(keep_all, store, capsys):
    keep_all(Query("figure2", budget="demo", seeds=(1,)))

    run(["figure2", "--budget", "demo", "--no-run", "--fresh", "-s", "1", "--json"])

    content = json.loads(capsys.readouterr().out)
    assert (content["figure"], content["budget"], len(content["points"])) == ("figure2", "demo", 36)


def test_a_dataset_of_another_budget_is_a_usage_error(store, capsys):
    assert run(["figure2", "--budget", "demo", "-d", "cifar10"]) == 2
    assert "known: digits" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "status", "loaded"),
    [
        (["--help"], 0, set()),
        (["figure2", "--dry-run"], 0, set()),
        (["figure3", "--budget", "demo", "--no-run"], 0, {"matplotlib"}),
    ],
)
def test_only_drawing_imports_matplotlib_and_nothing_here_imports_torch(
    command, status, loaded, store
):
    code = (
        "import sys; from bench.__main__ import run; status = run(sys.argv[1:]);"
        "print('LOADED', status, *{'matplotlib', 'torch', 'torchvision'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)

    word, found, *modules = done.stdout.splitlines()[-1].split()
    assert (word, found, set(modules)) == ("LOADED", str(status), loaded), done.stderr


@PDFLATEX
def test_tables_and_figures_compile_in_one_document(keep_all, store):
    keep_all(Query("figure3", budget="demo"))
    keep_all(Query("figure4", budget="demo"))
    render(collect(plan_table(Query("demo")), StoredRuns(store)), store.results / "tables")
    for name in ("figure2", "figure3", "figure4"):
        run([name, "--budget", "demo", "--no-run", "--fresh"])

    folder = store.results / "tables"
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"],
        cwd=folder,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout[-2000:]
    text = (folder / "document.tex").read_text()
    assert r"\input{demo}" in text and r"\input{../figures/figure4-demo}" in text
    assert "Float too large" not in done.stdout and "Overfull" not in done.stdout
    assert (folder / "document.pdf").stat().st_size > 50_000


def test_without_runs_of_the_usual_budget_those_of_another_are_drawn_and_named(store, capsys):
    assert run(["figure2", "--no-run"]) == 0

    err = capsys.readouterr().err
    assert err.startswith("figure2: no run under budget full is there, but 84 of 252 under budget ")
    assert (store.results / "figures" / "figure2-quick.png").is_file()
