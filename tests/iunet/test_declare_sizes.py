"""Sizes and memory of networks that are only planned."""

from dataclasses import replace

import pytest
from planned import planned_jobs
from small_pictures import contrast, picture_chain
from small_runs import from_the_code, from_the_text, small_chain

from bench.run.estimate import run_bytes
from iunet.architectures import find_net, find_nets
from iunet.declare.memory import finished_bytes, member_bytes, passes, stage_bytes
from iunet.declare.net import Size
from iunet.declare.settings import Ensemble, Start

PARAMETERS = 1000
SIZE = Size(PARAMETERS, values=0)
COPY = 4 * PARAMETERS
"""Bytes of one copy of the weights."""


@pytest.mark.parametrize("net", find_nets())
@pytest.mark.parametrize(("classes", "alpha"), [(10, 1), (10, 2), (100, 2)])
def test_a_planned_net_is_as_large_as_the_built_one(net, classes, alpha):
    n_features = 20 if find_net(net).takes == "table" else 3072
    start = Start("torch-default", 8, alpha=alpha)

    size = find_net(net).size(n_features, classes, start)

    assert size.parameters == find_net(net).build(n_features, classes, start).layout.total


def test_the_full_nets_are_as_large_as_counted_by_hand():
    start = Start("torch-default", 8, alpha=8)

    assert find_net("mlp-vis").size(3072, 10, start) == Size(92_088_330, values=23_552)
    assert find_net("cnn").size(3072, 10, start) == Size(416_410, values=23_552)
    assert find_net("resnet").size(3072, 100, start).parameters == 11_227_812


def test_a_net_without_a_size_rule_is_planned_without_its_memory(monkeypatch):
    (job,) = planned_jobs(("vehicle",), (("", "dense"),), seeds=(42,))
    assert run_bytes(job) > 0

    monkeypatch.setitem(find_nets(), "mlp-tab", replace(find_net("mlp-tab"), size=None))

    assert run_bytes(job) == 0


def test_a_dense_run_that_reports_its_best_epoch_holds_six_copies_of_its_weights():
    stage = picture_chain(from_the_code(), "dense").pretrain
    assert stage.report.epoch == "best-validation" and stage.optimiser.kind == "sgd"

    # weights, first epoch, best epoch; gradient, the parts it is put together from, momentum
    assert stage_bytes(SIZE, stage) == 6 * COPY


def test_one_that_reports_its_last_epoch_holds_no_best():
    report = replace(picture_chain(from_the_code(), "dense").pretrain.report, epoch="last")
    stage = replace(picture_chain(from_the_code(), "dense").pretrain, report=report)

    assert stage_bytes(SIZE, stage) == 5 * COPY


def test_adamw_has_a_moment_more_and_snapshots_are_kept_twice_at_the_end():
    stage = replace(small_chain(from_the_code(), "dense").pretrain, ensemble=Ensemble(0, "l", True))
    snapshots = replace(stage, ensemble=Ensemble(4, "logits", True))

    assert stage_bytes(SIZE, stage) == 7 * COPY
    assert stage_bytes(SIZE, snapshots) == (3 + 4 + 2 + 4) * COPY


def test_a_pruned_run_holds_its_supernet_and_its_mask_as_well():
    chain = picture_chain(from_the_code(), "omp")

    assert finished_bytes(SIZE, chain.pretrain) == 3 * COPY
    assert member_bytes(SIZE, chain) == int((3 + 6 + 1.25) * COPY)


def test_numbers_of_float64_are_twice_as_large():
    stage = picture_chain(from_the_code(), "dense").pretrain
    exact = replace(stage, precision="float64")

    assert stage_bytes(SIZE, exact) == 2 * stage_bytes(SIZE, stage)


def test_hidden_values_count_for_every_row_of_a_step_and_of_a_prediction():
    stage = replace(picture_chain(from_the_code(), "dense").pretrain, batch=16)
    wide = Size(0, values=10)

    assert stage_bytes(wide, stage) == 4 * 10 * (3 * 16 + 512)
    pair = replace(stage, contrast=contrast("view", "augmented"))
    assert stage_bytes(wide, pair) == 4 * 10 * (3 * 16 * 3 + 512)


def test_passes_are_counted_as_they_are_run():
    assert passes(None) == 1
    assert passes(contrast("view", "first-view")) == 2
    assert passes(contrast("augmented", "augmented")) == 2
    assert passes(contrast("view", "augmented")) == 3
    assert passes(small_chain(from_the_text(), "iunet").pretrain.contrast) == 2
