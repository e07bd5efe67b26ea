"""Real data, where BENCH_DATA names some: counts, inputs and sizes under every shipped protocol."""

import numpy as np
import pytest

from bench.datasets.catalogue import tabular_datasets
from bench.datasets.load import load_counts, load_dataset
from bench.datasets.preparation import TablePreparation
from bench.datasets.source import Places, find_source, read_dataset
from iunet.declare.protocol import shipped_protocols

pytestmark = pytest.mark.data

SMALL = ("anneal", "arrhythmia", "australian", "car", "credit-g", "jasmine", "kc1", "kr-vs-kp")
SMALL += ("mfeat-factors", "phoneme", "vehicle", "bank-marketing")
PROTOCOLS = shipped_protocols()
CODES = next(p for p in PROTOCOLS.values() if p.table.preprocessing.categories == "codes")


def preparation_of(protocol):
    return TablePreparation(protocol.table.split, protocol.table.preprocessing)


@pytest.fixture
def real(tmp_path):
    """What BENCH_DATA names, with an empty store."""
    return Places(tmp_path / "data", folder=Places.from_environment().folder)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("key", SMALL)
def test_a_real_table_loads_with_finite_inputs_and_every_class_in_training(key, protocol, real):
    loaded = load_dataset(key, preparation_of(PROTOCOLS[protocol]), places=real)
    parts = (loaded.fit.train, loaded.fit.valid, loaded.test)
    assert sum(len(part.y) for part in parts) == tabular_datasets()[key].rows
    assert all(np.isfinite(part.x).all() for part in parts)
    assert set(loaded.fit.train.y) == set(range(loaded.fit.n_classes))
    assert len(loaded.fit.groups) == len(loaded.fit.categorical) == loaded.fit.n_features
    numbers = loaded.fit.train.x[:, ~loaded.fit.categorical]
    np.testing.assert_allclose(numbers.mean(axis=0, dtype=np.float64), 0, atol=1e-5)


def test_category_codes_keep_one_input_per_feature(real):
    for key in ("arrhythmia", "anneal", "credit-g"):
        loaded = load_dataset(key, preparation_of(CODES), places=real)
        assert loaded.fit.n_features == tabular_datasets()[key].features


def test_sizes_of_kc1_and_bank_marketing_are_the_published_ones(real):
    counts = load_counts("kc1", CODES, places=real)
    assert [counts[name] for name in ("n_train", "n_valid", "n_test")] == [1349, 338, 422]
    assert {
        load_counts("bank-marketing", p, places=real)["n_test"] for p in PROTOCOLS.values()
    } == {9043}


@pytest.mark.slow
def test_every_table_at_hand_is_as_catalogued(real):
    at_hand = [d for d in tabular_datasets().values() if find_source(d, real) is not None]
    assert len(at_hand) > 3
    for dataset in at_hand:
        _, digest = read_dataset(dataset, real)
        assert dataset.content in (None, digest)
