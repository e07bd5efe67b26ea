"""Stages with regularisers: every one trains, resumes, and gives a member the same in company."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_cocktails import SETS, begin, net_of, training_of
from small_runs import assert_same, blobs, from_the_text, small_chain, stage_run

from iunet.architectures import find_net, find_nets
from iunet.declare.contract import Fitted
from iunet.declare.data import Rows
from iunet.declare.settings import Cocktail, Structure
from iunet.declare.sharing import Member
from iunet.nets.export import member
from iunet.nets.network import fresh_statistics
from iunet.nets.regularised import RegularisedMlp
from iunet.regularise.averaging import Averaging
from iunet.regularise.cutout import CutOut
from iunet.regularise.mixup import MixUp
from iunet.train import stage
from iunet.train.checkpoint import Checkpoints
from iunet.train.cohort import fit_cohort
from iunet.train.progress import Meter

ALL = pytest.mark.parametrize(("structure", "parts"), SETS.values(), ids=SETS)


@pytest.fixture
def data():
    return blobs()


@ALL
def test_the_loss_falls(data, structure, parts):
    net, training = net_of(structure), training_of(parts, epochs=20)

    (trained,) = stage_run(net, data, [begin(net, training)]).run()

    losses = [row["loss"] for row in trained.trace]
    assert min(losses[-5:]) < losses[0]


@ALL
def test_a_member_gets_the_same_result_alone_and_in_company(data, structure, parts):
    net, training = net_of(structure), training_of(parts)

    together = stage_run(net, data, [begin(net, training, seed) for seed in range(3)]).run()

    for seed, one in enumerate(together):
        (alone,) = stage_run(net, data, [begin(net, training, seed)]).run()
        assert torch.allclose(alone.last.weights, one.last.weights, atol=1e-9)
        assert torch.allclose(alone.last.statistics, one.last.statistics, atol=1e-9)


SKEWED = {
    "a class of one row": ([0] * 40 + [1] * 30 + [2], [0] * 10 + [1] * 8),
    "a class that training lacks": ([0] * 40 + [1] * 30, [0] * 10 + [1] * 8 + [2]),
    "validation rows of one class": ([0] * 40 + [1] * 30 + [2] * 9, [0] * 15),
}


@pytest.mark.parametrize(("train", "valid"), SKEWED.values(), ids=SKEWED)
def test_class_weights_of_rare_and_absent_classes_leave_every_loss_finite(train, valid):
    structure, parts = SETS["everything"]
    draw = np.random.default_rng(0)

    def rows(y):
        return Rows(draw.normal(size=(len(y), 6)).astype(np.float32), np.array(y))

    data = replace(blobs(), train=rows(train), valid=rows(valid))

    (trained,) = stage_run(
        net_of(structure), data, [begin(net_of(structure), training_of(parts, balanced=True))]
    ).run()

    assert np.isfinite([row["loss"] for row in trained.trace]).all()
    assert torch.isfinite(trained.last.weights).all()


class Killed(BaseException):
    """Stands for a process that ends without doing anything more."""


@ALL
def test_a_killed_stage_goes_on_as_if_it_had_not_been(data, tmp_path, structure, parts):
    net, training = net_of(structure), training_of(parts)
    checkpoints = Checkpoints((tmp_path / "stage.part.safetensors",), every_seconds=0.0)
    epochs = iter(range(training.epochs))

    def killed(_):
        if next(epochs) == 4:
            raise Killed

    def run(meter, checkpoints=None):
        return stage.StageRun(
            net, data, [begin(net, training)], device="cpu", meter=meter, checkpoints=checkpoints
        ).run()

    with pytest.raises(Killed):
        run(Meter(0, killed), checkpoints)
    (resumed,), (whole,) = run(Meter(0), checkpoints), run(Meter(0))

    assert torch.equal(resumed.last.weights, whole.last.weights)
    assert torch.equal(resumed.last.statistics, whole.last.statistics)
    assert resumed.trace == whole.trace


def test_averaged_weights_get_the_batch_norm_that_torch_estimates(data):
    net, training = net_of(Structure()), training_of((Averaging(0.5),))

    (trained,) = stage_run(net, data, [begin(net, training)]).run()

    plain = member(net, trained.last.weights, trained.last.statistics, 0)
    again = member(net, trained.last.weights, fresh_statistics(net, 1, torch.float64), 0)
    x = torch.as_tensor(data.train.x, dtype=torch.float64)
    torch.optim.swa_utils.update_bn(x.split(training.batch), again)
    norms = [[m for m in one.modules() if hasattr(m, "running_var")] for one in (plain, again)]
    for ours, theirs in zip(*norms, strict=True):
        assert torch.allclose(ours.running_mean, theirs.running_mean)
        assert torch.allclose(ours.running_var, theirs.running_var)


def test_what_is_reported_is_the_average(data):
    net = net_of(Structure())
    ends = []
    for epochs in range(4, 7):  # a shorter run is the beginning of a longer one
        (one,) = stage_run(net, data, [begin(net, training_of((), epochs=epochs))]).run()
        ends.append(one.last.weights)

    (averaged,) = stage_run(net, data, [begin(net, training_of((Averaging(0.5),)))]).run()

    assert torch.allclose(averaged.reported.weights, torch.stack(ends).mean(dim=0))
    assert torch.equal(averaged.reported.statistics, averaged.last.statistics)


def test_class_weights_move_what_is_learned(data):
    data.train.y[:] = 0
    data.train.y[:4] = 1
    net = net_of(Structure())
    found = {}
    for balanced in (False, True):
        training = training_of((), balanced)
        (found[balanced],) = stage_run(net, data, [begin(net, training)]).run()

    rare = {
        key: one.reported.scores(data.train.x).argmax(1)[:4].sum() for key, one in found.items()
    }
    assert found[False].first_loss != found[True].first_loss
    assert rare[True] >= rare[False]


def test_a_whole_run_of_a_cohort_is_the_same_on_one_and_two_threads(data, monkeypatch):
    small = replace(
        find_net("mlp-tab"), build=lambda d, k, s: RegularisedMlp(d, (16,) * 3, k, s.structure)
    )
    monkeypatch.setitem(find_nets(), "mlp-tab", small)
    chains = []
    for structure, parts in SETS.values():
        chain = small_chain(from_the_text(), "dense")
        start = replace(chain.start, structure=structure)
        chains.append(
            replace(chain, start=start, pretrain=replace(chain.pretrain, cocktail=Cocktail(parts)))
        )
    members = [Member(str(i), chain, 0) for i, chain in enumerate(chains)]

    def fitted(workers):
        return dict(fit_cohort(data, "mlp-tab", members, data_id="blobs", workers=workers))

    one, two = fitted(1), fitted(2)
    assert len(one) == len(SETS)
    for key, result in one.items():
        assert isinstance(result, Fitted), result
        assert_same(result, two[key])


def test_two_regularisers_of_rows_and_a_contrast_beside_one_are_refused():
    with pytest.raises(ValueError, match="one regulariser changes rows, not mixup and cutout"):
        training_of((MixUp(0.5), CutOut(1.0, 0.5)))
    with pytest.raises(ValueError, match="a contrastive loss or a cocktail, not both"):
        replace(small_chain(from_the_text(), "iunet").pretrain, cocktail=Cocktail((MixUp(0.5),)))
