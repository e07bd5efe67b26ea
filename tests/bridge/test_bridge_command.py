"""`bench bridge` as a user runs it."""

import csv
import json
import re
import shlex
import shutil
import subprocess
from dataclasses import replace

import pytest
from made_up import made_up_predictions, made_up_record

from bench.__main__ import run
from bench.folders import BRIDGE, bridge_folder
from bench.plan.query import is_step
from bench.store.store import Store, open_store

pytestmark = pytest.mark.usefixtures("results")
IRIS = ("bridge", "-d", "iris", "-m", "omp", "--budget", "demo", "--fresh")
TINY = """
[table.pretrain]
epochs = 1
[table.finetune]
epochs = 2
"""


@pytest.fixture
def made(make, ask):
    """Records of everything, the ticket worth three points."""
    asked = ask()
    make(asked, lambda job: 0.53 + 0.01 * (job.seed == 1) if "+ ticket" in job.protocol else 0.5)
    return asked


def test_everything_made_is_tabulated_and_written_in_every_format(made, tmp_path, capsys):
    assert run([*IRIS, "--no-run"]) == 0

    out = capsys.readouterr().out
    start, end = (direction.base.key for direction in made.directions)
    assert f"From {start} towards {end}: balanced accuracy" in out
    assert re.search("ticket +cut.restart initial → first-epoch", out)
    assert "+3.33 ±1.43 *" in out
    stem = tmp_path / "results" / "bridge" / f"{start}-{end}-demo-iris-omp"
    page = stem.with_suffix(".md").read_text(encoding="utf-8")
    assert "| ticket | +3.33 ± 1.43 \\* |" in page
    assert page.count("\n## From ") == 6
    assert "$+3.33\\pm 1.43$\\,*" in stem.with_suffix(".tex").read_text(encoding="utf-8")
    with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["row"] == "ticket"]
    assert {row["metric"] for row in rows} == {
        *("balanced_accuracy", "swapped_balanced_accuracy", "accuracy")
    }
    assert {row["leaves_out_0"] for row in rows} == {"1"}


def test_the_caption_says_how_wide_the_intervals_are_and_how_many_chance_would_mark(made, capsys):
    run([*IRIS, "--no-run"])

    out = " ".join(capsys.readouterr().out.split())
    assert "reach 1.4 to 1.4 points, median 1.4 to either side" in out
    assert (
        "1 of 1 intervals of single steps excludes 0; chance alone would make about 0.1 do so; a "
        "mark says that the t test of an effect stays below 0.05 after Holm's adjustment over all "
    ) in out


def test_json_holds_the_settings_of_every_step(made, capsys):
    assert run([*IRIS, "--no-run", "--json"]) == 0

    content = json.loads(capsys.readouterr().out)
    ticket = next(one for one in content["steps"] if one["step"] == "ticket")
    assert ticket["settings"]["cut.restart"] == ["initial", "first-epoch"]
    assert content["missing"] == []


def test_half_of_the_runs_are_one_line_and_no_number(make, ask, capsys):
    make(ask(), lambda job: None if job.seed == 2 else 0.5)

    assert run([*IRIS, "--no-run", "--strict"]) == 4

    out, err = capsys.readouterr()
    assert "Runs are missing." in out
    assert out.count("bench bridge -d iris -m omp --budget demo --fresh") == 2  # once a way
    assert "±" not in " ".join(out.partition("From ")[2].split()).replace("± half", "")
    assert len(err.splitlines()) == 1
    assert err.endswith("this makes them: bench bridge -d iris -m omp --budget demo --fresh\n")


def test_a_command_that_is_told_quotes_names_of_files(ask, tmp_path):
    path = tmp_path / "two words.toml"
    path.write_text("[table.cut]\nratio = 4\n")

    command = ask(own=(str(path),)).command

    assert shlex.split(command)[-4:] == ["--with", str(path), "--budget", "demo"]
    assert "--fresh" not in command


def test_where_no_run_is_missing_no_command_is_said_to_make_one(ask, store, capsys):
    for job in ask(datasets=("segment",), budget="full").jobs:
        write(store, job, data_digest="other" if "+ ticket" in job.protocol else "same")

    assert run(["bridge", "-d", "segment", "-m", "omp", "--no-run", "--strict", "--fresh"]) == 4

    out, err = capsys.readouterr()
    said = "runs were made from different data (contents other, same); make all of them from one"
    assert said in " ".join(out.split())
    assert "though no run is missing" in err
    assert "this makes them" not in err
    assert len(err.splitlines()) == 1


def test_the_caption_says_how_many_runs_there_are_and_what_they_were_made_on(made, capsys):
    run([*IRIS, "--no-run"])

    out = " ".join(capsys.readouterr().out.split())
    count = (
        len(made.directions[0].changes) * 3 + 2 * 3 - 2
    )  # the step `seeds` shares two with the base
    assert f"{count} runs ({count} own records); device cpu, environment e0" in out
    assert "Not all made on one device" not in out
    assert "not finite" not in out


def test_an_effect_between_environments_is_named_below_the_table(ask, store, capsys):
    for job in ask().jobs:
        write(store, job, environment="e1" if "+ ticket" in job.protocol else "e0")

    assert run([*IRIS, "--no-run"]) == 0

    out = " ".join(capsys.readouterr().out.split())
    assert "device cpu, 2 environments" in out
    assert "in one environment, which may show: ticket, sum of single steps, interactions." in out


def test_an_effect_of_runs_whose_loss_was_not_finite_is_named_below_the_table(ask, store, capsys):
    for job in ask().jobs:
        write(store, job, last_loss=None if "+ ticket" in job.protocol else 0.1)

    assert run([*IRIS, "--no-run"]) == 0

    out = " ".join(capsys.readouterr().out.split())
    assert "whose loss was not finite: ticket, sum of single steps, interactions." in out


def write(store, job, *, last_loss=0.1, **origin):
    """A record of 0.5 with this loss in the end and this provenance."""
    record = made_up_record(job, 0.5, facts={"last_loss": last_loss})
    record = replace(record, provenance=record.provenance | origin)
    store.write(record, made_up_predictions())


def test_a_dry_run_says_what_each_step_adds(make, ask, capsys):
    make(ask(), lambda job: None if "+ ticket" in job.protocol else 0.5)

    assert run([*IRIS, "--dry-run", "-j", "2"]) == 0

    lines = capsys.readouterr().out.splitlines()
    missing = {line.partition("  ")[0]: " 3 missing, " in line for line in lines[:-1]}
    assert [name for name, some in missing.items() if some] == [
        name for name in missing if "+ ticket" in name
    ]
    assert "runs, 6 missing, about" in lines[-1]


def test_hours_are_not_begun_without_a_yes(capsys):
    status = run(["bridge", "--fresh", "-j", "1"])

    out, err = capsys.readouterr()
    assert status == 4
    assert "add --yes to start" in err
    assert "Runs are missing." in out


def test_small_runs_are_made_and_tabulated(tmp_path, capsys, ends):
    files = []
    for end in ends:
        path = tmp_path / f"tiny-{end.key}.toml"
        path.write_text(f'base = "{end.key}"\nseeds = [1, 2]\n{TINY}')
        files += ["--from" if end is ends[0] else "--to", str(path)]

    status = run([*IRIS, *files, "--step", "ticket,init", "-j", "2"])

    out, err = capsys.readouterr()
    assert status == 0, err
    assert "12 made" in err
    assert f"From tiny-{ends[0].key} towards tiny-{ends[1].key}" in out
    assert run([*IRIS, *files, "--step", "ticket,init"]) == 0
    assert "all 12 runs are made" in capsys.readouterr().err


def test_how_consistency_is_measured_moves_no_score(tmp_path, ends):
    """The one step that is declared to change no score, so that nothing is run for it."""
    path, files = tmp_path / "tiny.toml", []
    path.write_text(f'base = "{ends[0].key}"\nseeds = [1]\n{TINY}')
    other = tmp_path / "other.toml"
    other.write_text(f"{path.read_text()}[table.consistency]\nstate = 'first-epoch'\n")
    files = ["--from", str(path), "--to", str(other), "--step", "consistency", "-j", "2"]
    columns = ["bridge", "-d", "iris", "-m", "dense,omp", "--budget", "demo", "--fresh"]

    assert run([*columns, *files]) == 0

    records = list(Store(tmp_path / "results").records())
    scores = {method: [] for method in ("dense", "omp")}
    for record in records:
        scores[record.method].append(record.result["metrics"])
    assert [len(found) for found in scores.values()] == [2, 2]
    assert all(first == second for first, second in scores.values())


def test_records_of_steps_are_shipped_apart_from_those_of_tables(made, tmp_path, capsys):
    assert run(["export", "--reference"]) == 0

    results = tmp_path / "results"
    steps = (results / BRIDGE / "iris.jsonl").read_text(encoding="utf-8").splitlines()
    tables = (results / "reference" / "iris.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(" + " in json.loads(line)["protocol"] for line in steps)
    assert not any(" + " in json.loads(line)["protocol"] for line in tables)
    assert len(steps) + len(tables) == len(made.jobs)


def test_shipped_steps_are_read_by_a_bridge_and_by_no_table(made, tmp_path, monkeypatch):
    run(["export", "--reference"])
    package = tmp_path / "package"
    package.mkdir()
    for name in ("reference", BRIDGE):
        (tmp_path / "results" / name).rename(package / f"_{name}")
    monkeypatch.setattr("bench.folders.PACKAGE", package)
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "nothing"))

    steps = [job for job in made.jobs if is_step(job.protocol)]
    assert open_store().with_beside(bridge_folder()).missing(made.jobs) == []
    assert open_store().missing(made.jobs) == steps


def test_names_of_files_come_out_as_text(make, ask, tmp_path, capsys):
    path = tmp_path / "a_b & <i>.toml"
    path.write_text("[table.cut]\nratio = 4\n")
    make(ask(own=(str(path),)), lambda job: 0.5)

    assert run([*IRIS, "--no-run", "--with", str(path)]) == 0

    (page,) = (tmp_path / "results" / "bridge").glob("*.md")
    assert r"| a_b & \<i\> |" in page.read_text(encoding="utf-8")
    (table,) = (tmp_path / "results" / "bridge").glob("*-a-b-i.tex")
    assert r"a\_b \& \textless{}i\textgreater{}" in table.read_text(encoding="utf-8")


def test_a_long_selection_still_has_a_file_name(ask):
    from bench.bridge.page import LONGEST_NAME, file_name

    one = ask(steps=("ticket", "split", "encoding", "init", "epochs", "ensemble", "embedding"))
    two = ask(steps=("ticket", "split", "encoding", "init", "epochs", "ensemble", "restarts"))

    assert len(file_name(one)) <= LONGEST_NAME
    start, end = (direction.base.key for direction in one.directions)
    assert file_name(ask()) == f"{start}-{end}-demo-iris-omp"
    assert file_name(one) != file_name(two)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_but_a_command_is_wider_than_the_terminal(make, ask, monkeypatch, capsys, width):
    asked = ask(datasets=("iris", "wine"), methods=("dense", "omp", "iunet"))
    make(asked, lambda job: 0.5 + 0.01 * (job.seed % 3))
    monkeypatch.setenv("COLUMNS", str(width))

    run(["bridge", "-d", "iris,wine", "--budget", "demo", "--no-run", "--fresh"])

    lines = capsys.readouterr().out.splitlines()
    wide = [line for line in lines if len(line) > width]
    assert [line for line in wide if not line.startswith("written to")] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-d", "vehikle"], "no dataset called 'vehikle'"),
        (["-d", "vehicle", "--budget", "demo"], "'vehicle' is not for budget 'demo'"),
        (["-d", "vehicle", "-m", "omq"], "no method called 'omq'"),
        (["--from", "{base}", "--to", "{base}"], "--from {base} and --to {base} are one protocol"),
        (["--from", "{copy}", "--to", "{base}"], "equal in every setting"),
        (["--from", "{unknown}"], "no setting called 'ratios'"),
        (
            ["--to", "{same}"],
            "same.toml: title: Field required; a file without a line `base` holds",
        ),
        (["--to", "{seeds}"], "seeds.toml: Value error, seeds are at least one and distinct"),
        (["--from", "texts"], "no protocol called 'texts'"),
        (["--with", "{unknown}"], "no setting called 'ratios'"),
        (["--with", "{same}"], "changes nothing of"),
        (["--with", "{absent}"], "cannot be read"),
        (["-d", "vehicle,cifar10"], "ask for one of them at a time"),
        (["-d", "cifar10", "--step", "encoding"], "none of the steps encoding changes a run of"),
        (
            ["--step", "stairs"],
            "no step called 'stairs' between these protocols; known: restarts, seeds",
        ),
        (["--metric", "f1"], "no metric called 'f1' for this table; known: balanced-accuracy"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_bridged_is_refused_in_one_line(words, said, ends, tmp_path, capsys):
    base, usual = (end.key for end in ends)
    names = {"usual": usual, "base": base}
    texts = {
        "copy": f'base = "{base}"\n',
        "unknown": f'base = "{base}"\n[table.cut]\nratios = 4\n',
        "seeds": f'base = "{base}"\nseeds = [1, 1]\n',
        "same": "[table.cut]\nratio = 8\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text)
    names |= {name: str(tmp_path / f"{name}.toml") for name in (*texts, "absent")}

    assert run(["bridge", "--fresh", "--no-run", *(word.format(**names) for word in words)]) == 2

    err = capsys.readouterr().err
    assert said.format(**names) in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_the_latex_compiles(made, tmp_path):
    run([*IRIS, "--no-run"])

    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    done = subprocess.run(
        command, cwd=tmp_path / "results" / "bridge", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_a_record_under_the_name_of_a_step_but_of_another_run_is_not_taken_for_it(
    make, ask, store, tmp_path
):
    """What a run was made for is a name; what it is taken for is its id."""
    asked, path = ask(), tmp_path / "loose.toml"
    path.write_text("[table.cut]\nratio = 4\n")
    lost = next(job for job in asked.jobs if "+ ticket" in job.protocol)
    make(asked, lambda job: None if job == lost else 0.5)
    loose = (job for job in ask(own=(str(path),)).jobs if job.protocol.endswith("+ loose"))
    other = next(job for job in loose if job.seed == lost.seed)

    write(store, replace(other, protocol=lost.protocol))

    assert store.missing(asked.jobs) == [lost]
    assert run([*IRIS, "--no-run", "--strict"]) == 4
