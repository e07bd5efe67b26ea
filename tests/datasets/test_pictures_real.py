"""Real pictures, where BENCH_DATA names some: Table 7's counts under every shipped protocol."""

import numpy as np
import pytest

from bench.datasets.catalogue import vision_datasets
from bench.datasets.fetch import import_data
from bench.datasets.load import load_counts, prepare
from bench.datasets.preparation import PicturePreparation
from bench.datasets.source import Places, find_source, read_dataset
from iunet.declare.protocol import shipped_protocols

pytestmark = pytest.mark.data

PROTOCOLS = list(shipped_protocols().values())
SPLITS = [protocol.vision.split for protocol in PROTOCOLS]
FIRST_LABELS = {"cifar10": [6, 9, 9, 4, 1], "cifar100": [19, 29, 0, 11, 1]}
"""Of the official training pictures, in the official order."""


@pytest.fixture(scope="module", params=["cifar10", "cifar100"])
def dataset(request, tmp_path_factory):
    """A set the folder has, where it is looked for, and what is read."""
    real = Places(tmp_path_factory.mktemp("data"), folder=Places.from_environment().folder)
    dataset = vision_datasets()[request.param]
    if find_source(dataset, real) is None:
        pytest.skip(f"BENCH_DATA has no {dataset.key}")
    return dataset, real, *read_dataset(dataset, real)


def table_7(spec):
    """The counts that Table 7 has of a set."""
    return {"n_train": 40_000, "n_valid": 10_000, "n_test": 10_000, "n_classes": spec.classes}


def test_the_official_pictures_come_in_the_official_order(dataset):
    spec, _, pictures, _ = dataset
    assert pictures.train_y[:5].tolist() == FIRST_LABELS[spec.key]
    assert (np.bincount(pictures.train_y) == spec.train // spec.classes).all()
    assert (np.bincount(pictures.test_y) == spec.test // spec.classes).all()


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_both_protocols_give_the_counts_of_table_7(dataset, split):
    spec, _, pictures, digest = dataset
    loaded = prepare(spec, pictures, digest, PicturePreparation(split, "own"))
    sizes = [len(part.y) for part in (loaded.fit.train, loaded.fit.valid, loaded.test)]
    assert sizes == [table_7(spec)[name] for name in ("n_train", "n_valid", "n_test")]
    assert len(loaded.fit.train.y) == 40_000
    assert len(loaded.fit.valid.y) == len(loaded.test.y) == 10_000


def test_counts_without_the_split_are_the_same(dataset):
    spec, real, _, _ = dataset
    assert load_counts(spec.key, PROTOCOLS[0], places=real) == table_7(spec)


def test_a_capped_set_has_every_class_and_scaled_pictures(dataset):
    spec, _, pictures, digest = dataset
    preparation = PicturePreparation(SPLITS[0], "own", pictures=4_000)
    loaded = prepare(spec, pictures, digest, preparation)
    assert (len(loaded.fit.train.y), len(loaded.fit.valid.y)) == (4_000, 1_000)
    assert len(loaded.fit.train.x) == 4_000
    assert set(loaded.fit.train.y) == set(range(spec.classes))
    np.testing.assert_allclose(loaded.test.x.mean(dtype=np.float64), 0, atol=0.05)


def test_an_imported_set_has_the_content_of_the_folder(dataset, tmp_path):
    spec, real, _, digest = dataset
    store = Places(tmp_path / "data")
    import_data(real.folder, spec.key, store)
    kept, again = read_dataset(spec, store)
    assert again == digest
    assert len(kept.notes) == (spec.content is None)
