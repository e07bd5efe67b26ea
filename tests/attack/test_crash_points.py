"""What the attack does to a command does happen to it."""

import signal

import pytest
from kills import DEMO, Act, undisturbed

pytestmark = pytest.mark.attack


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("points")


@pytest.fixture
def give(folder, tmp_path):
    return lambda act: undisturbed(folder, DEMO).run(tmp_path, act)[0]


def test_a_command_comes_by_a_place_for_every_change(folder):
    own = undisturbed(folder, DEMO)
    assert own.places > len(own.whole.names) > 10
    assert len(own.whole.records) == 3


def test_a_kill_at_the_last_place_comes_after_nearly_everything_was_written(folder, give, tmp_path):
    own = undisturbed(folder, DEMO)
    assert give(Act("kill", own.places)).status == -signal.SIGKILL
    assert len(list(tmp_path.rglob("runs/*/*/*.json"))) == 3


def test_a_torn_write_ends_in_the_middle_of_a_file(give, tmp_path):
    assert give(Act("torn", 1, 50)).status == -signal.SIGXFSZ
    assert {path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()} == {50}


@pytest.mark.parametrize("act", ["full", "denied", "limited"])
def test_a_fault_of_the_disk_ends_in_one_line_that_names_the_folder(give, tmp_path, act):
    ended = give(Act(act, 1))
    assert ended.status == 4
    assert f"bench: cannot write to {tmp_path}" in ended.said.splitlines()[-1]


def test_a_place_that_is_never_reached_changes_nothing(give):
    assert give(Act("kill", 10_000)).status == 0
