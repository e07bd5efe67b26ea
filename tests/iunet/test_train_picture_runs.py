"""Whole runs on pictures: every recipe, alone, in company, stopped, and with an emptied layer."""

from dataclasses import replace
from functools import partial
from math import isfinite

import numpy as np
import pytest
import torch
from small_pictures import build_tiny, picture_chain, pictures
from small_runs import (
    PROTOCOLS,
    assert_same,
    cohort_of,
    fit,
    from_the_code,
    from_the_text,
    stop_after,
    use_net,
)

from baselines.registry import find_methods
from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.data import Pictures
from iunet.declare.recipe import Recipe
from iunet.declare.sharing import Member, supernets
from iunet.measure.metrics import top5_accuracy
from iunet.train.batched import walk_batched
from iunet.train.chain import Source
from iunet.train.cohort import Interrupted
from iunet.train.progress import Meter
from iunet.train.stages import StageStore

BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
RECIPES = sorted(key for key, method in find_methods().items() if isinstance(method, Recipe))
RATIO = 2

members_of = partial(cohort_of, picture_chain)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A network small enough for tests, under a key like any other."""
    use_net(monkeypatch, build_tiny)


@pytest.fixture
def data():
    return pictures()


@BOTH
def test_every_recipe_trains_on_pictures_and_keeps_as_many_weights_as_its_ratio_says(
    data, protocol
):
    members = members_of(protocol(), RECIPES)

    found = fit(data, members)

    for member in members:
        fitted, cut = found[member.key], member.chain.cut
        assert isinstance(fitted, Fitted), fitted
        assert all(isfinite(row["loss"]) for row in fitted.trace)
        assert fitted.predictor.scores(data.valid.x).shape == (24, 3)
        facts = fitted.facts
        if cut is not None and cut.ratio_of == "whole-model":
            assert facts["kept_weights"] == pytest.approx(facts["total_weights"] / RATIO, abs=1)
        elif cut is not None:
            assert facts["encoder_kept_weights"] == facts["encoder_weights"] // RATIO
        elif member.chain.pretrain.shrink is None:
            assert facts["kept_weights"] == facts["total_weights"]


@BOTH
def test_a_member_gets_the_same_result_alone_and_in_company(data, protocol):
    members = members_of(protocol(), ["dense", "iunet"], seeds=(0, 1))
    company = fit(data, members, workers=2)

    for member in members:
        assert_same(fit(data, [member], workers=1)[member.key], company[member.key])


@BOTH
def test_the_batched_walk_equals_the_walk_member_by_member(data, protocol):
    methods = ["omp", "iunet", "beta-lasso"]
    members = members_of(protocol(), methods, seeds=(0, 1), precision="float64")
    slow = fit(data, members, workers=1)

    source = Source(data, "patches", "tiny", "cpu")
    fast = dict(walk_batched(source, supernets(members, "x"), StageStore(None, 120), Meter(0)))

    assert set(fast) == set(slow)
    for key, fitted in slow.items():
        assert (fast[key].predictor.weights - fitted.predictor.weights).abs().max() < 1e-9
        assert fast[key].facts.get("mask_hash") == fitted.facts.get("mask_hash")
        for name, array in fitted.drawings.items():
            assert np.allclose(fast[key].drawings[name], array, atol=1)


@pytest.mark.parametrize("after", [1, 2, 4])
@BOTH
def test_a_run_stopped_at_any_moment_goes_on_where_it_was(data, protocol, tmp_path, after):
    members = members_of(protocol(), ["iunet", "no-prune"])
    whole = fit(data, members)
    tell, stop = stop_after(after)

    with pytest.raises(Interrupted):
        fit(data, members, cache=tmp_path, workers=1, progress=tell, stop=stop)
    resumed = fit(data, members, cache=tmp_path, workers=1)

    for key, fitted in whole.items():
        assert_same(resumed[key], fitted)


def test_runs_that_share_a_supernet_have_its_drawings_also_when_it_was_kept(data, tmp_path):
    dense, omp = members_of(from_the_code(), ["dense", "omp"])
    first = fit(data, [dense], cache=tmp_path)["dense 0"]

    later = fit(data, [omp], cache=tmp_path)["omp 0"]

    assert set(first.drawings) == {"histogram", "histogram_edges", "first_layer"}
    for name, array in first.drawings.items():
        assert np.array_equal(later.drawings[name], array)


def test_a_stage_in_bfloat16_is_another_run_than_in_float32(data):
    chain = picture_chain(from_the_text(), "iunet")
    assert chain.finetune.precision == "bfloat16"
    exact = replace(chain, finetune=replace(chain.finetune, precision="float32"))

    found = fit(data, [Member("rounded", chain, 0), Member("exact", exact, 0)])

    rounded, exact = found["rounded"], found["exact"]
    assert rounded.predictor.weights.dtype == torch.float32
    assert not torch.equal(rounded.predictor.weights, exact.predictor.weights)
    assert rounded.facts["last_loss"] == pytest.approx(exact.facts["last_loss"], rel=0.1)


@BOTH
def test_pictures_of_one_class_train_like_any_other(data, protocol):
    single = replace(data, train=Pictures(data.train.x, np.ones_like(data.train.y)))

    found = fit(single, members_of(protocol(), ["iunet"]))

    assert isinstance(found["iunet 0"], Fitted)


def test_the_epoch_with_the_best_top5_accuracy_is_reported():
    data = pictures(count=64, classes=8, valid=40)
    chain = picture_chain(from_the_code(), "dense", epochs=6)
    assert chain.pretrain.report.score == "top5_accuracy"
    trained = replace(chain.pretrain.report, before_training=False)  # the trace has no such epoch
    chain = replace(chain, pretrain=replace(chain.pretrain, report=trained))

    fitted = fit(data, [Member("dense", chain, 0)])["dense"]

    ranks = [(row["valid_top5_accuracy"], row["valid_accuracy"]) for row in fitted.trace]
    assert max(ranks) == ranks[fitted.facts["reported_epoch"]]
    scores = fitted.predictor.scores(data.valid.x)
    assert top5_accuracy(data.valid.y, scores) == pytest.approx(max(ranks)[0])


def emptying(protocol, **changes):
    """A run whose ratio leaves so few weights that whole layers have none."""
    chain = picture_chain(protocol, "omp", epochs=4, **changes)
    # the weights with the most inputs are the smallest: all of the first layer
    rate = replace(chain.finetune.optimiser, learning_rate=1e9)
    return replace(
        chain,
        cut=replace(chain.cut, ratio=100),
        finetune=replace(chain.finetune, optimiser=rate),
    )


def test_a_run_that_diverges_with_an_emptied_layer_keeps_its_best_epoch_so_far(data):
    chain = emptying(from_the_code())

    fitted = fit(data, [Member("omp", chain, 0)])["omp"]

    assert fitted.facts["emptied_layers"] == 1
    assert not isfinite(fitted.facts["last_loss"])
    assert not any(name.startswith("trained") for name in fitted.facts)
    assert fitted.facts["reported_epoch"] < len(fitted.trace) - 1
    assert np.isfinite(fitted.predictor.scores(data.valid.x)).all()


def test_where_the_last_epoch_counts_such_a_run_fails_and_says_which_layer_is_empty(data):
    chain = emptying(from_the_code())
    report = replace(chain.finetune.report, epoch="last")
    chain = replace(chain, finetune=replace(chain.finetune, report=report))

    failure = fit(data, [Member("omp", chain, 0)])["omp"]

    assert isinstance(failure, MethodFailed)
    assert "no weight in layers.0.linear.weight: choose a smaller ratio" in str(failure)
