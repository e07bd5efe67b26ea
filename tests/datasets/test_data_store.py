"""The local store: what is read is what was kept, or an error that says how to mend it."""

import errno
import json
import os

import numpy as np
import pytest

from bench.datasets.fetch import write_stored, writing
from bench.datasets.source import find_stored, read_stored
from bench.datasets.table import build_table, categorical, numeric
from bench.errors import DataDamaged, StoreUnwritable


@pytest.fixture
def table():
    return build_table(
        [
            numeric("x", np.array([0.1, np.nan, -3.0])),
            categorical("target", np.array([1, 0, -1]), ['a, "b"', "ä"]),
            categorical("never", np.array([-1, -1, -1]), []),
        ],
        categorical("class", np.array([0, 1, 0]), ["no", "yes"]),
    )


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_kept_reads_back_with_the_same_content(table, tmp_path):
    write_stored(tmp_path, "t", table, "made up")
    entry = find_stored(tmp_path, "t")
    again = read_stored(tmp_path, "t", entry)
    assert again.digest() == table.digest() == entry.content
    assert [column.name for column in again.columns] == ["x", "target", "never"]


def test_keeping_again_leaves_one_file_and_no_temporary_one(table, tmp_path):
    write_stored(tmp_path, "t", table, "first")
    write_stored(tmp_path, "t-other", table, "another table whose key starts alike")
    other = build_table(table.columns[:1], categorical("class", table.y, ["no", "yes"]))
    entry = write_stored(tmp_path, "t", other, "second")
    theirs = find_stored(tmp_path, "t-other").file
    assert set(contents(tmp_path)) == {"t.json", entry.file, "t-other.json", theirs}


def test_a_flipped_bit_is_damage_and_names_both_checksums(table, tmp_path):
    entry = write_stored(tmp_path, "t", table, "made up")
    path = tmp_path / entry.file
    damaged = bytearray(path.read_bytes())
    damaged[40] ^= 1
    path.write_bytes(damaged)
    expected = rf"SHA-256 \w{{12}}, recorded is {entry.sha256[:12]}.*bench data fetch t --force"
    with pytest.raises(DataDamaged, match=expected):
        read_stored(tmp_path, "t", entry)


def test_a_lost_file_is_damage(table, tmp_path):
    entry = write_stored(tmp_path, "t", table, "made up")
    (tmp_path / entry.file).unlink()
    with pytest.raises(DataDamaged, match="No such file.*bench data fetch t --force"):
        read_stored(tmp_path, "t", entry)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"file": "x"})])
def test_an_unreadable_manifest_entry_is_damage(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(DataDamaged, match="not a manifest entry"):
        find_stored(tmp_path, "t")


def test_a_store_that_cannot_be_made_is_one_clear_line(table, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnwritable, match="cannot write to .*BENCH_CACHE_DIR"):
        write_stored(tmp_path / "file" / "data", "t", table, "made up")


def test_a_full_disk_is_one_clear_line(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(StoreUnwritable, match="No space left on device"), writing(tmp_path):
        raise full


def test_a_write_that_fails_leaves_the_store_as_it_was(table, tmp_path):
    write_stored(tmp_path, "t", table, "first")
    before = contents(tmp_path)
    limit = build_table([numeric("x", np.arange(100_000.0))], _alternating(100_000))
    with _file_size_limit(4096), pytest.raises(StoreUnwritable, match="File too large"):
        write_stored(tmp_path, "t", limit, "second")
    assert contents(tmp_path) == before


def _alternating(rows):
    return categorical("class", np.arange(rows) % 2, ["no", "yes"])


class _file_size_limit:
    """The system refuses files over this many bytes, as a full disk would."""

    def __init__(self, size):
        self.size = size

    def __enter__(self):
        import resource
        import signal

        self.handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.before[1]))

    def __exit__(self, *_):
        import resource
        import signal

        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)
        signal.signal(signal.SIGXFSZ, self.handler)
