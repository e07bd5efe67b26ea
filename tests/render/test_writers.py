"""Several processes at one folder: whole files, no failed write, nothing left of killed writers."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
from contextlib import nullcontext

import pytest
from concurrent_writers import FILES, attack

from bench.errors import CannotWrite
from bench.render.files import TEMPORARY, locked, probe, temporary, write_durable, write_results

WRITER = """
import sys
from pathlib import Path
from bench.render.files import whole
with whole(Path(sys.argv[1]), durable=True) as file:
    file.write(b"whole")
    file.flush()
    print("begun", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def writer(tmp_path):
    """A process that has begun to write results/record.json and waits for a line."""
    (tmp_path / "results").mkdir()
    command = [sys.executable, "-c", WRITER, str(tmp_path / "results" / "record.json")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"begun\n"
        yield process
        process.kill()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_of_many_writers_of_the_same_files_none_fails_and_every_read_is_whole(tmp_path):
    counts = attack(tmp_path)
    assert counts.failed == ()
    assert counts.reads > 0
    assert (counts.mixed, counts.left) == (0, ())
    assert all((tmp_path / name).is_file() for name in FILES)


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: write_durable(folder / "other.json", b"whole"),
        lambda folder: write_results(folder, {"other.json": "whole"}),
        lambda folder: probe(folder),
    ],
)
def test_what_a_killed_writer_left_is_removed_by_the_next_and_never_what_a_living_one_writes(
    tmp_path, writer, write
):
    write(tmp_path / "results")
    assert len(list((tmp_path / "results").glob(TEMPORARY))) == 1
    writer.communicate(b"\n")
    assert (tmp_path / "results" / "record.json").read_bytes() == b"whole"

    (tmp_path / "results" / "record.json").unlink()
    command = [*writer.args]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed:
        killed.stdout.readline()
        killed.kill()
    assert len(list((tmp_path / "results").glob(TEMPORARY))) == 1
    write(tmp_path / "results")
    assert not list((tmp_path / "results").glob(TEMPORARY))
    assert names(tmp_path / "results") in (["other.json"], [])


def test_a_temporary_file_that_was_taken_for_abandoned_is_made_anew(tmp_path, monkeypatch):
    lock, taken = fcntl.flock, []

    def slow(handle, kind):
        """Another process looks for abandoned files just before this one has its lock."""
        if kind & fcntl.LOCK_EX and not taken:
            taken.extend(tmp_path.glob(TEMPORARY))
            taken[0].unlink()
        lock(handle, kind)

    monkeypatch.setattr(fcntl, "flock", slow)
    write_durable(tmp_path / "record.json", b"whole")
    assert len(taken) == 1
    assert names(tmp_path) == ["record.json"]


def test_a_link_or_a_pipe_called_like_a_temporary_file_does_no_harm(tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"kept")
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / TEMPORARY.replace("*", "link")).symlink_to(outside)
    os.mkfifo(folder / TEMPORARY.replace("*", "pipe"))
    (folder / TEMPORARY.replace("*", "folder")).mkdir()
    write_durable(folder / "record.json", b"whole")
    assert outside.read_bytes() == b"kept"
    assert (folder / "record.json").read_bytes() == b"whole"


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_one_line_and_files_are_written_all_the_same(
    tmp_path, monkeypatch, number
):
    def flock(handle, kind):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(CannotWrite) as caught, locked(tmp_path / "locks" / "key.lock"):
        pass
    assert str(caught.value) == (
        f"cannot lock {tmp_path / 'locks' / 'key.lock'}: {os.strerror(number)}; copy the folder to "
        f"a disk with locks and name it with BENCH_RESULTS_DIR, then give the same command again: "
        f"every finished run is kept"
    )
    with temporary(tmp_path) as (path, _):
        write_durable(tmp_path / "record.json", b"whole")
        assert path.exists()
    assert names(tmp_path) == ["locks", "record.json"]


@pytest.mark.parametrize(("number", "written"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_a_folder_that_cannot_be_synced_is_no_error_and_a_broken_disk_is_one(
    tmp_path, monkeypatch, number, written
):
    def fsync(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    refused = nullcontext() if written else pytest.raises(CannotWrite, match="Input/output error")
    with refused:
        write_durable(tmp_path / "record.json", b"whole")


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path):
    (tmp_path / "key.lock").symlink_to(tmp_path / "outside")
    refused = pytest.raises(CannotWrite, match=r"key\.lock: .*; a link is not followed here, del")
    with refused, locked(tmp_path / "key.lock"):
        pass
    assert names(tmp_path) == ["key.lock"]


def test_a_lock_is_one_process_s_until_it_ends(tmp_path):
    with locked(tmp_path / "key.lock") as mine, locked(tmp_path / "key.lock") as another:
        assert (mine, another) == (True, False)
    with locked(tmp_path / "key.lock") as mine:
        assert mine
