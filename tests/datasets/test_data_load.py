"""From a key to encoded rows: where data is looked for, what is refused, and the data id."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_wine

from bench.datasets.catalogue import all_datasets, find_dataset, tabular_datasets
from bench.datasets.fetch import import_data
from bench.datasets.load import load_counts, load_dataset
from bench.datasets.preparation import TablePreparation
from bench.datasets.read import Reading, check_bytes, read_file
from bench.datasets.source import (
    Places,
    check_content,
    find_source,
    find_stored,
    read_dataset,
)
from bench.declared.tables import read_table
from bench.errors import DataDamaged, DataMismatch, DataMissing, UsageError
from iunet.declare.protocol import TableSplit, default_protocol, find_protocol

PROTOCOL = find_protocol(default_protocol())
TABLE = TablePreparation(PROTOCOL.table.split, PROTOCOL.table.preprocessing)


@pytest.fixture
def brought(tmp_path, anneal_arff):
    """A folder in the layout of BENCH_DATA that holds anneal."""
    folder = tmp_path / "brought"
    (folder / "tabular").mkdir(parents=True)
    shutil.copy(anneal_arff, folder / "tabular" / "anneal.arff")
    return folder


def write_manifest(folder, sha256, **changes):
    entry = {"name": "anneal", "file": "anneal.arff", "sha256": sha256, "categorical_columns": []}
    manifest = folder / "tabular" / "manifest.json"
    manifest.write_text(json.dumps([entry | changes]))


def sha256_of(path):
    from hashlib import sha256

    return sha256(path.read_bytes()).hexdigest()


def test_the_catalogue_has_the_43_of_the_paper_and_the_embedded_ones():
    printed = {row.dataset for name in ("table8", "table1") for row in read_table(name).rows}
    assert len(printed) == 43
    assert printed | {"iris", "wine", "breast-cancer", "digits"} <= set(all_datasets())
    assert all(key == dataset.key for key, dataset in all_datasets().items())
    numbers = [dataset.dataset_id for dataset in tabular_datasets().values() if dataset.dataset_id]
    tasks = [dataset.task_id for dataset in tabular_datasets().values() if dataset.task_id]
    assert len(set(numbers)) == len(numbers) and len(set(tasks)) == len(tasks)


def test_an_unknown_key_lists_the_known_the_closest_first():
    with pytest.raises(UsageError, match=r"no dataset called 'vehicel'; known: vehicle, .*anneal"):
        find_dataset("vehicel")


def test_pictures_are_not_prepared_as_a_table(places):
    with pytest.raises(UsageError, match="digits is a set of pictures, not a table"):
        load_dataset("digits", TABLE, places=places)


def test_an_embedded_table_is_split_and_standardised_with_no_file_at_hand(places):
    loaded = load_dataset("wine", TABLE, places=places)
    x = load_wine().data
    train = loaded.fit.train
    assert train.x.dtype == np.float32
    assert (loaded.fit.n_features, loaded.fit.n_classes) == (13, 3)
    assert len(train.y) + len(loaded.fit.valid.y) + len(loaded.test.y) == len(x)
    np.testing.assert_allclose(train.x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.x.std(axis=0), 1, atol=1e-5)
    assert loaded.digest == tabular_datasets()["wine"].content
    assert not places.store.exists()


def test_counts_without_preprocessing_are_those_of_the_loaded_table(places):
    loaded = load_dataset("iris", TABLE, places=places)
    parts = {"n_train": loaded.fit.train, "n_valid": loaded.fit.valid, "n_test": loaded.test}
    sizes = {name: len(part.y) for name, part in parts.items()}
    shares = {"majority": 50 / 150, "minority": 50 / 150}
    assert load_counts("iris", PROTOCOL, places=places) == {
        "rows": 150,
        "features": loaded.fit.n_features,
        "classes": loaded.fit.n_classes,
        **sizes,
        **shares,
    }


def test_the_data_id_changes_with_split_preprocessing_and_nothing_else(places):
    base = load_dataset("iris", TABLE, places=places).data_id
    split = replace(TABLE, split=TableSplit(0.2, 0.2, 7))
    coding = replace(TABLE, preprocessing=replace(TABLE.preprocessing, numeric_missing="median"))
    same = replace(TABLE)
    ids = [
        load_dataset("iris", changed, places=places).data_id for changed in (split, coding, same)
    ]
    assert base not in ids[:2]
    assert ids[0] != ids[1]
    assert ids[2] == base
    assert len(base) == 16


def test_a_table_not_at_hand_says_where_it_was_looked_for_and_how_to_get_it(places, tmp_path):
    with pytest.raises(
        DataMissing, match=r"local store \(.*BENCH_DATA \(not set\). Run `bench data f"
    ):
        load_dataset("car", TABLE, places=places)
    with_folder = Places(places.store, folder=tmp_path / "nothing", offline=True)
    with pytest.raises(DataMissing, match=r"BENCH_DATA \(.*nothing\). Unset BENCH_OFFLINE and run"):
        load_dataset("car", TABLE, places=with_folder)


def test_the_store_comes_before_the_folder(places, brought, anneal_arff):
    write_manifest(brought, sha256_of(anneal_arff), categorical_columns=[], file="anneal.arff")
    both = Places(places.store, folder=brought)
    assert find_source(tabular_datasets()["anneal"], both).place == "folder"
    import_data(anneal_arff, "anneal", both, Reading("class"))
    assert find_source(tabular_datasets()["anneal"], both).place == "store"


def test_a_brought_file_with_another_checksum_is_damage(places, brought):
    write_manifest(brought, "0" * 64)
    with pytest.raises(
        DataDamaged, match="recorded is 000000000000.*Replace anneal.arff in BENCH_DATA"
    ):
        load_dataset("anneal", TABLE, places=Places(places.store, folder=brought))


@pytest.mark.parametrize("text", ["{", '[{"name": "anneal"}]', "3"])
def test_an_unreadable_manifest_is_damage(places, brought, text):
    (brought / "tabular" / "manifest.json").write_text(text)
    with pytest.raises(DataDamaged, match="manifest.json: not a list of files"):
        load_dataset("anneal", TABLE, places=Places(places.store, folder=brought))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 900}, r"898 rows, the catalogue has 900 \(OpenML 2\).*MEND"),
        ({"features": 39}, "38 features, the catalogue has 39"),
        ({"classes": 6}, "5 classes, the catalogue has 6"),
        ({"majority": 0.7618}, r"largest class has 76.17 % of the rows, the catalogue has 76.18 %"),
        ({"minority": 0.0090}, r"smallest class has 0.89 % of the rows, the catalogue has 0.90 %"),
        ({"content": "f" * 32}, r"content 7964bdd681b5, the catalogue has ffffffffffff"),
    ],
)
def test_content_other_than_catalogued_names_both_numbers(anneal_arff, change, message):
    table = read_file(anneal_arff, Reading("class"))
    with pytest.raises(DataMismatch, match=message):
        check_content(replace(tabular_datasets()["anneal"], **change), table, "MEND")


def test_classes_that_are_not_known_are_not_checked(anneal_arff):
    table = read_file(anneal_arff, Reading("class"))
    dataset = replace(tabular_datasets()["anneal"], classes=None, content=None)
    assert check_content(dataset, table, "MEND") == table.digest()


def test_content_other_than_pinned_when_kept_is_refused(places, anneal_arff):
    entry = import_data(anneal_arff, "anneal", places, Reading("class"))
    path = places.store / "anneal.json"
    path.write_text(path.read_text().replace(entry.content, "f" * 32))
    check_bytes(places.store / entry.file, find_stored(places.store, "anneal").sha256)
    with pytest.raises(DataMismatch, match="pinned when it was stored is ffffffffffff"):
        read_dataset(tabular_datasets()["anneal"], places)


def test_places_are_what_the_environment_says(monkeypatch, tmp_path):
    for name in ("BENCH_DATA", "BENCH_OFFLINE", "BENCH_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    plain = Places.from_environment()
    assert (plain.folder, plain.offline, plain.store.parts[-2:]) == (
        None,
        False,
        ("iunet-bench", "data"),
    )
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "d"))
    with pytest.raises(UsageError, match="no such folder; correct it or unset it"):
        Places.from_environment()
    (tmp_path / "d" / "tabular").mkdir(parents=True)
    with pytest.raises(UsageError, match="holds no tabular/manifest.json or vision/manifest.json"):
        Places.from_environment()
    (tmp_path / "d" / "tabular" / "manifest.json").write_text("[]")
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "c"))
    monkeypatch.setenv("BENCH_OFFLINE", "1")
    assert Places.from_environment() == Places(tmp_path / "c" / "data", tmp_path / "d", True)
