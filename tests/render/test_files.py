"""Files are written whole or not at all, and one line says where that cannot be done."""

import os

import pytest

from bench.errors import Incomplete, UsageError
from bench.render.files import whole, write_file, write_named, write_results


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old", encoding="utf-8")

    assert write_file(path, "new ±") == path
    assert path.read_bytes() == "new ±".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_the_old_file(tmp_path):
    path = write_file(tmp_path / "a.md", "old")

    with pytest.raises(ValueError, match="broken"), whole(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise ValueError("broken")

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_a_pipe_is_written_to(tmp_path):
    target, link = write_file(tmp_path / "target", b"old"), tmp_path / "link"
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"

    write_file(tmp_path / ".." / tmp_path.name / "target", b"newer")
    assert target.read_bytes() == b"newer"

    reading, writing = os.pipe()
    write_file(type(target)(f"/dev/fd/{writing}"), b"through")
    assert os.read(reading, 100) == b"through"
    os.close(reading)
    os.close(writing)


def test_a_folder_that_cannot_be_made_is_named_with_the_next_step(tmp_path):
    occupied = write_file(tmp_path / "file", "") / "tables"

    with pytest.raises(Incomplete, match="cannot write to .*tables: .*; name another folder"):
        write_results(occupied, {"a.md": "text"})


def test_a_file_the_user_named_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write to .*nowhere.a\.md: No such file"):
        write_named(tmp_path / "nowhere" / "a.md", "text")
