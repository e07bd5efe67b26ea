"""Both sides of a check in folders of their own."""

import pytest
from made_up_runs import keep_own, keep_reference

from bench.__main__ import run


@pytest.fixture
def sides(tmp_path, monkeypatch):
    """Keep records of the reference and of the user; returns the folder of the reference."""
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))

    def keep(reference, own):
        keep_own(tmp_path / "results", own)
        return keep_reference(tmp_path / "reference", reference)

    return keep


@pytest.fixture
def checked(sides, capsys):
    """Keep both sides and check; returns (status, out on one line, err)."""

    def check(reference, own, *options):
        folder = sides(reference, own)
        status = run(["check", "--against", str(folder), *options])
        said = capsys.readouterr()
        return status, " ".join(said.out.split()), said.err

    return check
