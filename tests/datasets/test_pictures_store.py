"""Pictures in the local store: what is read is what was kept, or an error that says what to do."""

import numpy as np
import pytest
from made_up_pictures import made_up_set

from bench.datasets.fetch import write_stored
from bench.datasets.pictures import read_pictures
from bench.datasets.source import find_stored, read_stored
from bench.errors import DataDamaged, StoreUnwritable


def test_pictures_read_back_with_their_notes_and_without_pickle(tmp_path):
    from dataclasses import replace

    pictures = replace(made_up_set(), notes=("one is odd",))
    write_stored(tmp_path, "cifar10", pictures, "made up")
    entry = find_stored(tmp_path, "cifar10")
    kept = read_stored(tmp_path, "cifar10", entry)
    assert (entry.rows, entry.features, entry.origin) == (50, 3072, "made up")
    assert kept.notes == entry.notes == ("one is odd",)
    assert kept.digest() == entry.content == pictures.digest()
    with np.load(tmp_path / entry.file, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["test_x", "test_y", "train_x", "train_y"]


def test_keeping_again_leaves_one_file_a_set(tmp_path):
    write_stored(tmp_path, "cifar10", made_up_set(), "first")
    other = write_stored(tmp_path, "cifar100", made_up_set(), "another set, its key starts alike")
    entry = write_stored(tmp_path, "cifar10", made_up_set(train=40), "second")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"cifar10.json", entry.file, "cifar100.json", other.file}


def test_a_flipped_bit_is_damage_and_names_both_checksums(tmp_path):
    entry = write_stored(tmp_path, "cifar10", made_up_set(), "made up")
    path = tmp_path / entry.file
    damaged = bytearray(path.read_bytes())
    damaged[5000] ^= 1
    path.write_bytes(damaged)
    recorded = rf"recorded is {entry.sha256[:12]}; .*`bench data fetch cifar10 --force`"
    with pytest.raises(DataDamaged, match=recorded):
        read_stored(tmp_path, "cifar10", entry)


def test_what_is_no_set_of_pictures_is_damage(tmp_path):
    path = tmp_path / "file.npz"
    np.savez(path, train_x=np.zeros(3))
    for content in (path.read_bytes(), path.read_bytes()[:-30], b""):
        path.write_bytes(content)
        with pytest.raises(DataDamaged, match="not a readable set of pictures"):
            read_pictures(path)


def test_a_store_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnwritable, match="cannot write to .*BENCH_CACHE_DIR"):
        write_stored(tmp_path / "file" / "data", "cifar10", made_up_set(), "made up")
