"""Where runs are made: names of engines, their settings, what a cohort asks for."""

import json
import re

import pytest

from bench.__main__ import run
from bench.plan.query import Query
from bench.plan.selection import plan_selection
from bench.run.cohort import group
from bench.run.engine import (
    PROCESS_BYTES,
    SITE,
    TEMPLATE,
    SiteSettings,
    needs_of,
    site_settings,
    write_site,
)
from bench.run.fit import Options
from bench.run.slurm import FOLDER, QUEUE

pytestmark = pytest.mark.usefixtures("results")


def test_the_file_that_is_written_stands_at_the_defaults_and_names_every_setting(results):
    path = write_site()

    assert path == results / SITE
    assert site_settings() == SiteSettings()
    path.write_text(re.sub(r"^# (?=\w+ = )", "", TEMPLATE, flags=re.MULTILINE))
    given = site_settings()
    assert given.slurm.partition == "gpu"
    assert {name for part in (given.slurm, given.ray) for name in vars(part)} == set(
        re.findall(r"^# (\w+) = ", TEMPLATE, flags=re.MULTILINE)
    )


def test_it_is_not_written_twice(results, capsys):
    assert run(["cluster", "init"]) == 0
    assert run(["cluster", "init"]) == 2
    assert "is there; edit it, or delete it first" in capsys.readouterr().err


def test_what_holds_is_shown(results, capsys):
    results.mkdir()
    (results / SITE).write_text('[slurm]\naccount = "lab"\n')

    assert run(["cluster"]) == 0
    assert "slurm.account = 'lab'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[slurm]\npartitoin = 'a'", "partitoin"),
        ("[slurm]\nhours = 'long'", "hours"),
        ("[sge]", "sge"),
        ("[slurm", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(results, capsys, text, said):
    results.mkdir()
    (results / SITE).write_text(text)

    assert run(["run", "demo", "-d", "iris", "-m", "omp", "--fresh", "--on", "slurm"]) == 2
    err = capsys.readouterr().err
    assert SITE in err and said in err and err.count("\n") == 1


def test_an_engine_that_nobody_knows_is_answered_with_the_closest_one(results, capsys):
    assert run(["run", "demo", "-d", "iris", "--fresh", "--on", "slrum"]) == 2
    assert "no engine called 'slrum'; known: slurm" in capsys.readouterr().err


def test_a_cohort_asks_for_its_threads_its_memory_and_its_time(results):
    jobs = plan_selection(Query(tables=("table5",), datasets=("vehicle",), methods=("iunet",)))
    (cohort,) = group(jobs)

    one, four = (needs_of(cohort, Options(workers=workers)) for workers in (1, 4))

    assert (one.cores, four.cores) == (1, 4)
    assert PROCESS_BYTES < one.memory <= four.memory
    assert one.hours == pytest.approx(4 * four.hours)


def test_the_status_says_what_slurm_has_in_hand(results, capsys, tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "squeue").write_text("#!/bin/sh\necho '7_0|RUNNING'; echo '7_1|PENDING'\n")
    (programs / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    (results / FOLDER).mkdir(parents=True)
    jobs = [{"job": f"7_{n}", "cohort": str(n), "title": f"job {n}", "runs": 3} for n in range(3)]
    (results / FOLDER / QUEUE).write_text(json.dumps(jobs))

    assert run(["status", "demo", "--fresh"]) == 0
    out = capsys.readouterr().out
    assert "slurm, running: job 0 (7_0)" in out
    assert "slurm, pending: job 1 (7_1)" in out
    assert "job 2" not in out
