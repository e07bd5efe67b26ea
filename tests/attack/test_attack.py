"""Whatever is killed, damaged or typed: no run lost, no wrong number, no traceback."""

import pytest
from attack_groups import GROUPS

pytestmark = pytest.mark.attack

PARTS = 8
"""A long group is so many tests, which workers share."""


def seeds_of(config):
    """(group, its seeds) for each test."""
    only = config.getoption("--attack-seed", None)
    form = config.getoption("--attack", "short")
    for group in GROUPS:
        if only is not None:
            yield group, [only]
            continue
        count = getattr(group, form)
        for part in range(PARTS if form == "long" else 1):
            yield group, range(part, count, PARTS if form == "long" else 1)


def pytest_generate_tests(metafunc):
    """A test for each part of each group."""
    if "group" in metafunc.fixturenames:
        both = list(seeds_of(metafunc.config))
        metafunc.parametrize(
            ("group", "seeds"), both, ids=[f"{group.name}-{seeds[0]}" for group, seeds in both]
        )


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("attack")


def test_no_run_is_lost_no_number_is_wrong_and_there_is_no_traceback(
    group, seeds, folder, record_property
):
    tried = [(seed, line) for seed in seeds for line in group.attack(folder, seed)]
    bad = [f"seed {seed}: {line}" for seed, line in tried if line]
    record_property("attack", [(group.name, len(tried), len(bad))])
    told = [f"{len(bad)} of {len(tried)}; again: tox -e attack -- -k {group.name} --attack-seed N"]

    assert tried, "nothing happened"
    assert not bad, "\n".join([*told, *bad])
