"""A protocol file of the user's own is taken wherever a protocol is."""

import re
import shutil

import pytest
from made_up import made_up_predictions, made_up_record
from planned import planned_jobs

from bench.__main__ import run


@pytest.fixture
def mine(ends, tmp_path):
    """A file that changes one line."""
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{ends[0].key}"\n[table.cut]\nratio = 4\n')
    return str(path)


@pytest.mark.parametrize(
    "command",
    [
        "plan demo -d iris -m omp",
        "run demo -d iris -m omp --dry-run",
        "status demo -d iris -m omp",
        "demo -d iris -m omp --no-run",
        "table7 --no-run",
        "tables",
        "why demo iris omp",
        "diff table5 -d vehicle -m omp",
        "claims -d vehicle",
        "figure2 --dry-run --budget demo",
    ],
)
def test_a_command_takes_a_file_of_ones_own(command, mine, results, capsys):
    """Status 4: what it asks for is not made yet."""
    assert run([*command.split(), "--protocol", mine]) in (0, 4)

    assert "no protocol" not in capsys.readouterr().err


@pytest.fixture
def made(mine, store, results):
    """One run of the file's protocol, and a copy of the results folder."""
    (job, *_) = planned_jobs(("iris",), (("", "omp"),), mine, "demo")
    store.write(made_up_record(job, 0.5), made_up_predictions())
    return shutil.copytree(results, results.with_name("copy"))


def test_records_are_exported_by_the_file_they_were_made_under(made, mine, tmp_path, capsys):
    assert run(["export", "--csv", str(tmp_path / "runs.csv"), "--protocol", mine]) == 0

    assert re.search(r"\b1 runs?\b", capsys.readouterr().out)


def test_records_are_checked_by_the_file_they_were_made_under(made, mine, capsys):
    run(["check", "--against", str(made), "--protocol", mine])

    out, err = capsys.readouterr()
    assert ", 1 run of equal fingerprints" in " ".join(out.split())
    assert "no record of protocol" not in err
