"""Files are written whole or not at all, and one line says where that cannot be done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.errors import CannotWrite, Incomplete, UsageError
from bench.render.files import whole, write_durable, write_file, write_named, write_results


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old", encoding="utf-8")

    assert write_file(path, "new ±") == path
    assert path.read_bytes() == "new ±".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_the_old_file(tmp_path):
    path = write_file(tmp_path / "a.md", "old")

    with pytest.raises(ValueError, match="broken"), whole(path) as file:
        file.write(b"half")
        raise ValueError("broken")

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_that_the_user_named_stays_a_link(tmp_path):
    target, link = write_file(tmp_path / "target", b"old"), tmp_path / "link"
    link.symlink_to(target)
    write_named(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"

    write_named(tmp_path / ".." / tmp_path.name / "target", b"newer")
    assert target.read_bytes() == b"newer"
    write_durable(link, b"newest", named=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"newest"


@pytest.mark.parametrize("name", ["record.json", ".record.json.tmp"])
def test_a_link_planted_in_a_folder_of_results_is_not_followed(tmp_path, name):
    outside = write_file(tmp_path / "outside", b"kept")
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / name).symlink_to(outside)

    write_durable(folder / "record.json", b"record")
    assert (folder / "record.json").read_bytes() == b"record"
    assert not (folder / "record.json").is_symlink()
    write_results(folder, {name: "table"})
    assert (folder / name).read_bytes() == b"table"
    assert outside.read_bytes() == b"kept"


def test_a_pipe_in_the_place_of_a_record_is_replaced(tmp_path):
    os.mkfifo(tmp_path / "record.json")
    write_durable(tmp_path / "record.json", b"record")
    assert (tmp_path / "record.json").read_bytes() == b"record"


def test_a_file_gets_the_permissions_that_the_user_gives_new_files(tmp_path):
    before = os.umask(0o002)
    try:
        write_durable(tmp_path / "record.json", b"")
        write_results(tmp_path, {"table.md": ""})
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"record.json": 0o664, "table.md": 0o664}


def test_a_name_of_full_length_is_written(tmp_path):
    path = write_file(tmp_path / ("a" * 255), "text")
    write_durable(path, b"more")
    assert path.read_bytes() == b"more"


def test_a_pipe_that_the_user_named_is_written_to():
    reading, writing = os.pipe()
    write_named(Path(f"/dev/fd/{writing}"), b"through")
    write_durable(Path(f"/dev/fd/{writing}"), b" and through", named=True)
    assert os.read(reading, 100) == b"through and through"
    os.close(reading)
    os.close(writing)


NAMES = """
import sys
from pathlib import Path
from bench.render.files import write_durable, write_named
print("before", flush=True)
write_named(Path("/dev/stdout"), "named\\n")
write_durable(Path("/dev/stdout"), b"durable\\n", named=True)
write_named(Path("/dev/stderr"), "error\\n")
print("after")
"""


def test_a_file_that_standard_output_goes_to_is_written_to_and_not_replaced(tmp_path):
    with (tmp_path / "out").open("wb") as out, (tmp_path / "error").open("wb") as error:
        subprocess.run([sys.executable, "-c", NAMES], stdout=out, stderr=error, check=True)
    assert (tmp_path / "out").read_text() == "before\nnamed\ndurable\nafter\n"
    assert (tmp_path / "error").read_text() == "error\n"


def test_a_full_device_is_one_line_and_stays_a_device():
    with pytest.raises(UsageError, match=r"^cannot write to /dev/full: No space left on device$"):
        write_named(Path("/dev/full"), "text")
    with pytest.raises(CannotWrite, match=r"^cannot write to /dev/full: No space left .*; make"):
        write_durable(Path("/dev/full"), b"text", named=True)
    assert Path("/dev/full").is_char_device()


def test_a_folder_that_cannot_be_made_is_named_with_the_next_step(tmp_path):
    occupied = write_file(tmp_path / "file", "") / "tables"

    with pytest.raises(Incomplete, match="cannot write to .*tables: .*; name another folder"):
        write_results(occupied, {"a.md": "text"})


def test_a_file_the_user_named_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write to .*nowhere.a\.md: No such file"):
        write_named(tmp_path / "nowhere" / "a.md", "text")
