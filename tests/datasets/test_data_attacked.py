"""Datasets and declarations that nobody should have written: one line each, never a traceback."""

import json
import os
import zipfile

import numpy as np
import pytest
from attack_data import ATTACKS

from bench.datasets.encode import fit_encoder
from bench.datasets.read import read_file
from bench.datasets.table import build_table, categorical, numeric
from bench.errors import DataDamaged, DataMismatch
from iunet.declare.protocol import find_protocol

TRIES = 200


@pytest.mark.slow  # tox -e attack does the like
@pytest.mark.parametrize("group", sorted(ATTACKS))
def test_a_mutated_file_is_refused_in_one_line_or_read_as_it_was(group, tmp_path):
    assert ATTACKS[group](tmp_path / "attacked", TRIES, seed=0) == []


@pytest.fixture
def written(tmp_path):
    """Writes a file of 40 rows to import; cells by line number replace its last but one."""

    def write(cells=(), header="id,number,answer"):
        lines = [f"{i},{i % 7},{'yes' if i % 2 else 'no'}" for i in range(40)]
        for row, cell in dict(cells).items():
            lines[row] = f"{row},{cell},{'yes' if row % 2 else 'no'}"
        path = tmp_path / "mine.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("cells", "header", "words", "said"),
    [
        ({3: "1e300"}, "id,number,answer", (), "column 'number' has 1e+300"),
        ({3: "inf"}, "id,number,answer", (), "column 'number' has infinite values"),
        ({}, "id,id,answer", (), "several columns are called 'id'; rename"),
        ({}, "id,number,answer", ("--drop", "row"), "no column called 'row'; it has id, number"),
        ({}, "id,number,answer", ("--target", "row"), "no column called 'row'"),
        ({}, "id,number,answer", ("--drop", "id", "--drop", "number"), "0 features and 40 rows"),
    ],
)
def test_content_that_gives_no_number_is_refused_by_name(
    bench, written, cells, header, words, said
):
    path = written(cells, header)

    status, _, err = bench("data", "import", path, "--as", "mine", *words)

    assert status == 5
    assert err.count("\n") == 1
    assert said in err and str(path) in err


def test_a_pipe_or_a_folder_is_no_file_to_import(bench, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")

    for path in (tmp_path / "pipe.csv", tmp_path):
        status, _, err = bench("data", "import", path, "--as", "mine")

        assert (status, err) == (2, f"bench: {path}: not a regular file\n")


def test_a_value_that_overflows_only_once_it_is_standardised_is_refused(tmp_path):
    values = np.r_[np.arange(10) * 1e-30, 3e38]
    answer = categorical("target", np.arange(11, dtype=np.int32) % 2, ["no", "yes"])
    table = build_table([numeric("odd", values)], answer)
    encoder = fit_encoder(table, np.arange(10), find_protocol("paper").table.preprocessing)

    assert np.isfinite(encoder(np.arange(10))).all()
    with pytest.raises(DataMismatch, match="column 'odd' has a value that overflows"):
        encoder(np.array([10]))


def test_an_npz_that_unpacks_to_more_than_any_dataset_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", bytes(1000))
    content = path.read_bytes().replace((1000).to_bytes(4, "little"), b"\xf0\xff\xff\xff")
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("target.npy", bytes(1000))

    with pytest.raises(DataDamaged, match="bomb.npz: not a readable npz file: it unpacks to 4,29"):
        read_file(path)


def test_one_damaged_description_of_own_data_leaves_the_others(bench, written, tmp_path):
    for key in ("mine", "yours"):
        assert bench("data", "import", written(), "--as", key)[0] == 0
    (tmp_path / "cache" / "data" / "yours.own.json").write_text("[" * 100_000)

    listed = json.loads(bench("data", "list", "--json")[1])
    verified = bench("data", "verify")
    again = bench("data", "import", written(), "--as", "mine")

    places = {line["key"]: line["place"] for line in listed}
    assert (places["mine"], places["yours"]) == ("store", "damaged")
    assert verified[0] == 5
    assert "mine: 40 rows" in verified[1]
    assert "yours.own.json: no description of a dataset" in verified[2]
    assert again[0] == 0
    assert bench("data", "list")[0] == 0
    assert bench("plan", "table5", "-d", "mine")[0] == 0
    assert bench("data", "verify", "yours")[0] == 5


def test_a_manifest_names_files_of_its_own_folder_only(bench, tmp_path):
    folder = tmp_path / "data" / "tabular"
    folder.mkdir(parents=True)
    for file in ("/dev/zero", "../../etc/passwd", "a\nb"):
        entry = {"name": "car", "file": file, "sha256": "0", "categorical_columns": []}
        (folder / "manifest.json").write_text(json.dumps([entry]))

        status, _, err = bench("data", "verify", "car", BENCH_DATA=folder.parent)

        assert status == 5
        assert err.count("\n") == 1
        assert "manifest.json" in err and "is not the name of a file in its folder" in err


def test_an_array_whose_header_ends_too_soon_is_damage(tmp_path):
    header = b"{'descr': (".ljust(118) + b"\n"
    with zipfile.ZipFile(tmp_path / "cut.npz", "w") as archive:
        archive.writestr("X.npy", b"\x93NUMPY\x01\x00\x77\x00" + header)

    with pytest.raises(DataDamaged, match="cut.npz: not a readable npz file"):
        read_file(tmp_path / "cut.npz")
