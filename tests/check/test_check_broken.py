"""Recipes broken on purpose, trained on an embedded table as the demo does, are caught."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bench.__main__ import run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train one run of the demo in new folders; returns the results folder."""

    def train(patch):
        root = tmp_path_factory.mktemp("trained")
        patch.setenv("BENCH_RESULTS_DIR", str(root))
        patch.setenv("BENCH_CACHE_DIR", str(root / "cache"))
        patch.setenv("BENCH_DEVICE", "cpu")
        assert run(["run", "demo", "-d", "iris", "-m", "iunet", "-s", "1", "-j", "1"]) == 0
        return root

    return train


@pytest.fixture(scope="module")
def reference(trained):
    """The run as it should be."""
    with pytest.MonkeyPatch.context() as patch:
        return trained(patch)


@pytest.fixture
def caught(trained, reference, monkeypatch, capsys):
    """Train again and check; returns (status, fingerprints that differ)."""

    def check():
        trained(monkeypatch)
        capsys.readouterr()
        status = run(["check", "--against", str(reference), "--json"])
        content = json.loads(capsys.readouterr().out)
        return status, [m["fingerprint"] for one in content["differs"] for m in one["mismatches"]]

    return check


def test_the_same_recipe_passes(caught):
    assert caught() == (0, [])


def test_an_ignored_kappa_is_caught(caught, monkeypatch):
    from iunet.train import chain

    monkeypatch.setattr(chain, "imprinted", lambda layout, weights, start: weights.clone())

    status, fingerprints = caught()

    assert status == 1
    assert "first_loss" in fingerprints and "mask_hash" in fingerprints


def test_a_mask_that_is_not_applied_is_caught(caught, monkeypatch):
    from iunet.train import stage

    whole = stage.Stepper

    def unmasked(net, weights, statistics, masks, trainings):
        return whole(net, weights, statistics, None, trainings)

    monkeypatch.setattr(stage, "Stepper", unmasked)

    status, fingerprints = caught()

    assert status == 1
    assert "last_loss" in fingerprints


def test_shifted_labels_are_caught(caught, monkeypatch):
    from bench.datasets import load as loading

    load = loading.load_dataset

    def shifted(key, preparation):
        loaded = load(key, preparation)
        train = loaded.fit.train
        moved = replace(train, y=np.roll(train.y, 1))
        return replace(loaded, fit=replace(loaded.fit, train=moved))

    monkeypatch.setattr(loading, "load_dataset", shifted)

    status, fingerprints = caught()

    assert status == 1
    assert "first_loss" in fingerprints
