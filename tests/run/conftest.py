"""Toys that run in an instant, a store, and a way to make runs of them."""

import pytest
from toy_bench import Toys, options

from bench.run.execute import run_jobs


@pytest.fixture
def toys(tmp_path):
    return Toys(tmp_path / "made.txt")


@pytest.fixture
def make(tmp_path, toys, store):
    """Run jobs, with other settings than usual where given."""

    def made(jobs, tools=None, **changes):
        how = options(tmp_path / "cache", **changes.pop("options", {}))
        return run_jobs(jobs, store, how, tools=tools or toys.tools, **changes)

    return made
