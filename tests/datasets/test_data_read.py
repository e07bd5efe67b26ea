"""Files of every kind into the canonical form."""

import numpy as np
import pyarrow
import pytest
from pyarrow import csv, parquet

from bench.datasets.catalogue import tabular_datasets
from bench.datasets.read import Reading, read_file
from bench.errors import DataDamaged, DataMismatch

ARFF = """@relation r
@attribute 'a b' REAL
@attribute kind {{x, 'y z', "q"}}
@attribute class {{no, yes}}
@data
{rows}
"""


@pytest.fixture
def arrow():
    return pyarrow.table(
        {
            "n": pyarrow.array([1.5, None, 3.0]),
            "code": pyarrow.array([2, 1, None], type=pyarrow.int8()),
            "word": pyarrow.array(["b", None, "a"]).dictionary_encode(),
            "flag": pyarrow.array([True, False, True]),
            "target": pyarrow.array(["no", "yes", "no"]),
        }
    )


def test_openml_anneal_has_the_content_pinned_in_the_catalogue(anneal_arff):
    table = read_file(anneal_arff, Reading("class"))
    assert (table.rows, len(table.columns)) == (898, 38)
    assert table.digest() == tabular_datasets()["anneal"].content


def test_parquet_and_csv_of_one_table_have_one_digest(arrow, tmp_path):
    parquet.write_table(arrow, tmp_path / "t.parquet", row_group_size=2)
    csv.write_csv(arrow.set_column(2, "word", arrow["word"].cast("string")), tmp_path / "t.csv")
    reading = Reading(categorical=["code"])
    first, second = (read_file(tmp_path / name, reading) for name in ("t.parquet", "t.csv"))
    assert [column.spellings for column in first.columns] == [
        None,
        ("2", "1"),
        ("b", "a"),
        ("true", "false"),
    ]
    assert first.digest() == second.digest()


def test_arff_with_and_without_quotes_is_read_alike(tmp_path):
    plain = (
        ARFF.replace("'y z', ", "").replace('"q"', "q").format(rows="1,x,no\n?,?,yes\n-2e-3,q,no")
    )
    quoted = ARFF.format(rows="% a comment\n1,'x',no\n?,?,'yes'\n-2e-3,'q',no")
    for name, text in (("plain", plain), ("quoted", quoted)):
        (tmp_path / f"{name}.arff").write_text(text)
    first, second = (read_file(tmp_path / f"{name}.arff") for name in ("plain", "quoted"))
    np.testing.assert_array_equal(first.columns[0].values, [1.0, np.nan, -0.002])
    assert first.columns[1].spellings == ("x", "q")
    assert first.digest() == second.digest()


def test_sparse_arff_is_read_as_the_dense_one(tmp_path):
    (tmp_path / "dense.arff").write_text(ARFF.format(rows="0,x,no\n5,q,yes"))
    (tmp_path / "sparse.arff").write_text(ARFF.format(rows="{}\n{0 5, 1 q, 2 yes}"))
    dense, sparse = (read_file(tmp_path / f"{name}.arff") for name in ("dense", "sparse"))
    assert dense.digest() == sparse.digest()


@pytest.mark.parametrize("rows", ["1,x", "1,w,no", "one,x,no", "1,'x,no"])
def test_a_malformed_arff_row_is_damage(tmp_path, rows):
    path = tmp_path / "bad.arff"
    path.write_text(ARFF.format(rows=f"2,x,no\n{rows}"))
    with pytest.raises(DataDamaged, match="not a readable arff file"):
        read_file(path)


@pytest.mark.parametrize("kind", ["parquet", "npz", "arff"])
def test_a_file_of_other_bytes_is_damage(tmp_path, kind):
    path = tmp_path / f"t.{kind}"
    path.write_bytes(b"not what it says" * 10)
    with pytest.raises(DataDamaged, match=f"not a readable {kind} file"):
        read_file(path)


def test_an_unknown_kind_of_file_names_the_known(tmp_path):
    with pytest.raises(DataDamaged, match=r"\.xlsx.*known: \.parquet, \.csv, \.arff, \.npz"):
        read_file(tmp_path / "t.xlsx")


def test_an_unknown_target_names_the_columns(arrow, tmp_path):
    parquet.write_table(arrow, tmp_path / "t.parquet")
    with pytest.raises(DataMismatch, match=r"no column called 'label'; it has n, code, word"):
        read_file(tmp_path / "t.parquet", Reading("label"))


def test_dropped_columns_are_no_features(arrow, tmp_path):
    parquet.write_table(arrow, tmp_path / "t.parquet")
    table = read_file(tmp_path / "t.parquet", Reading(drop=["n", "flag"]))
    assert [column.name for column in table.columns] == ["code", "word"]


def test_pictures_in_an_npz_are_a_table_of_pixels(tmp_path):
    names = np.array(["bag", "shoe"])
    x = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.savez(tmp_path / "p.npz", X=x, target=np.array([1, 0, 1], np.uint8), target_names=names)
    table = read_file(tmp_path / "p.npz")
    assert [column.name for column in table.columns] == ["pixel1", "pixel2", "pixel3", "pixel4"]
    assert table.columns[3].values.tolist() == [3.0, 7.0, 11.0]
    assert (table.classes, table.y.tolist()) == (("bag", "shoe"), [1, 0, 1])
