"""What a container or a batch system leaves to a process."""

import pytest

from iunet.train.limits import group_bytes


@pytest.fixture
def groups(tmp_path):
    """Write a group: its limit, what it uses, and the file pages that could go."""

    def written(folder, limit, used, reclaimable, legacy=False):
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        names = names if legacy else ("memory.max", "memory.current", "inactive_file")
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / names[0]).write_text(f"{limit}\n")
        (place / names[1]).write_text(f"{used}\n")
        (place / "memory.stat").write_text(f"anon 5\n{names[2]} {reclaimable}\n")

    return written


@pytest.fixture
def left(tmp_path):
    """What is left to a process of these groups."""

    def found(*lines):
        own = tmp_path / "own"
        own.write_text("".join(f"{line}\n" for line in lines))
        return group_bytes(own, tmp_path)

    return found


def test_a_limit_less_what_is_used_is_left_and_idle_file_pages_count_as_free(groups, left):
    groups("job", 1000, 300, 50)
    assert left("0::/job") == 750


def test_the_tightest_of_the_groups_around_counts(groups, left):
    groups("batch/job", "max", 100, 0)
    groups("batch", 500, 400, 0)
    assert left("0::/batch/job") == 100


def test_a_group_named_from_outside_a_container_falls_back_to_what_is_mounted(groups, left):
    groups("", 800, 200, 0)
    assert left("0::/not/visible/here") == 600


def test_the_older_control_groups_are_read_too(groups, left):
    groups("memory/job", 1000, 400, 100, legacy=True)
    assert left("5:devices:/", "4:cpu,memory:/job") == 700


def test_more_used_than_allowed_leaves_nothing(groups, left):
    groups("job", 100, 300, 0)
    assert left("0::/job") == 0


@pytest.mark.parametrize("limit", ["max", "nonsense"])
def test_without_a_limit_nothing_is_said(groups, left, limit):
    groups("job", limit, 300, 0)
    assert left("0::/job") is None


def test_where_there_are_no_groups_nothing_is_said(tmp_path):
    assert group_bytes(tmp_path / "missing", tmp_path) is None
