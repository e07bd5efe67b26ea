"""Runs alone and in company: results, failures, and work that is shared."""

from dataclasses import replace

import pytest
import torch
from small_runs import (
    PROTOCOLS,
    assert_same,
    blobs,
    build_tiny,
    cohort_of,
    fit,
    from_the_code,
    from_the_text,
    small_chain,
    stage_member,
    stage_run,
    tiny_net,
    use_net,
)

from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.sharing import member_steps, supernets
from iunet.train.batched import walk_batched
from iunet.train.chain import Source
from iunet.train.cohort import fit_cohort
from iunet.train.progress import Meter
from iunet.train.stages import StageStore

METHODS = ["dense", "omp", "iunet", "no-prune", "beta-lasso"]
BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A network small enough for tests, under a key like any other."""
    use_net(monkeypatch, build_tiny)


@pytest.fixture
def data():
    return blobs()


def members_of(protocol, methods=METHODS, seeds=(0, 1), **changes):
    return cohort_of(small_chain, protocol, methods, seeds, **changes)


@BOTH
def test_a_member_gets_the_same_result_alone_and_in_company(data, protocol):
    members = members_of(protocol())
    company = fit(data, members, workers=2)

    assert set(company) == {member.key for member in members}
    for member in members:
        assert_same(fit(data, [member], workers=1)[member.key], company[member.key])


def test_a_full_size_member_gets_the_same_result_alone_and_in_company(data):
    members = members_of(from_the_code(), ("iunet", "omp"), seeds=(0,), epochs=1)

    def full(wanted, workers):
        return dict(fit_cohort(data, "mlp-tab", wanted, data_id="blobs", workers=workers))

    assert_same(full(members[:1], 1)["iunet 0"], full(members, 2)["iunet 0"])


@BOTH
def test_the_batched_walk_equals_the_walk_member_by_member(data, protocol):
    members = members_of(protocol(), epochs=17, precision="float64")  # 51 steps a stage
    slow = fit(data, members, workers=1)

    source = Source(data, "blobs", "tiny", "cpu")
    fast = dict(walk_batched(source, supernets(members, "x"), StageStore(None, 120), Meter(0)))

    assert set(fast) == set(slow)
    for key, fitted in slow.items():
        found = fast[key]
        assert (found.predictor.weights - fitted.predictor.weights).abs().max() < 1e-9
        assert (found.predictor.statistics - fitted.predictor.statistics).abs().max() < 1e-9
        assert found.facts["reported_epoch"] == fitted.facts["reported_epoch"]
        assert found.facts.get("mask_hash") == fitted.facts.get("mask_hash")


def test_a_group_with_different_rates_trains_each_member_by_its_own(data):
    chain = small_chain(from_the_text(), "dense", precision="float64")
    net, training = tiny_net(), chain.pretrain
    slower = replace(training, optimiser=replace(training.optimiser, learning_rate=1e-4))
    rows = [stage_member(net, training, 0), stage_member(net, slower, 1)]

    together = stage_run(net, data, rows).run()

    for row, found in zip(rows, together, strict=True):
        (alone,) = stage_run(net, data, [row]).run()
        assert (found.last.weights - alone.last.weights).abs().max() < 1e-9


def test_seeds_give_different_results(data):
    found = fit(data, members_of(from_the_code(), ["dense"]))

    assert not torch.equal(
        found["dense 0"].predictor.weights[-1], found["dense 1"].predictor.weights[-1]
    )


def counting(data, members, **options):
    """Results, and how many member-steps were told as progress while training them."""
    told = []
    found = fit(data, members, progress=told.append, **options)
    trained = [p for p in told if p.what != "kept stage"]
    return found, told, trained


def test_a_supernet_is_trained_once_for_all_that_hang_from_it(data):
    methods = ["dense", "omp", "random-mask", "initial-magnitude"]
    members = members_of(from_the_code(), methods, seeds=(0,))
    _, told, trained = counting(data, members)

    epochs = [p.what for p in trained]
    assert epochs.count("pretrain") == 6  # not 24
    assert epochs.count("finetune") == 3 * 6
    steps = 3  # of 48 rows in batches of 16
    assert told[-1].done == told[-1].total == (1 + 3) * 6 * steps
    assert member_steps(supernets(members)[0], rows=48) == told[-1].total


def test_a_kept_supernet_is_not_trained_again_and_gives_the_same_result(data, tmp_path):
    dense, omp = members_of(from_the_code(), ["dense", "omp"], seeds=(0,))
    fit(data, [dense], cache=tmp_path)

    found, told, trained = counting(data, [omp], cache=tmp_path)

    assert {p.what for p in trained} == {"finetune"}
    assert told[-1].done == told[-1].total
    assert_same(found["omp 0"], fit(data, [omp])["omp 0"])


def test_a_damaged_kept_stage_is_made_again(data, tmp_path):
    (dense,) = members_of(from_the_code(), ["dense"], seeds=(0,))
    first = fit(data, [dense], cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])

    found, _, trained = counting(data, [dense], cache=tmp_path)

    assert len(trained) == 6
    assert_same(found["dense 0"], first["dense 0"])


def test_kept_stages_of_other_data_nets_or_devices_are_not_taken():
    members = members_of(from_the_code(), ["dense"], seeds=(0,))

    ids = {supernets(members, *where)[0].id for where in (("a", "n"), ("b", "n"), ("a", "m"))}

    assert len(ids) == 3


def exploding(chain):
    """The same run with a rate that no network survives."""
    optimiser = replace(chain.pretrain.optimiser, learning_rate=1e9)
    return replace(chain, pretrain=replace(chain.pretrain, optimiser=optimiser))


def walked(data, members, batched):
    if not batched:
        return fit(data, members)
    source = Source(data, "blobs", "tiny", "cpu")
    return dict(walk_batched(source, supernets(members, "x"), StageStore(None, 120), Meter(0)))


@pytest.mark.parametrize("batched", [False, True])
@BOTH
def test_a_loss_that_is_not_finite_fails_its_member_and_no_other(data, protocol, batched):
    members = members_of(protocol(), ["dense", "omp"], precision="float64")
    broken = [replace(m, chain=exploding(m.chain)) if m.key == "omp 1" else m for m in members]

    found = walked(data, broken, batched)

    assert isinstance(found["omp 1"], MethodFailed)
    assert "loss" in str(found["omp 1"]) and "epoch" in str(found["omp 1"])
    whole = walked(data, [m for m in members if m.key != "omp 1"], batched)
    for key in ("dense 0", "dense 1", "omp 0"):
        assert isinstance(found[key], Fitted)
        difference = found[key].predictor.weights - whole[key].predictor.weights
        assert difference.abs().max() < 1e-9


def test_a_ratio_that_cannot_be_reached_fails_its_member_and_no_other(data):
    dense, omp = members_of(from_the_code(), ["dense", "omp"], seeds=(0,))
    unreachable = replace(omp, chain=replace(omp.chain, cut=replace(omp.chain.cut, ratio=1000)))

    found = fit(data, [dense, unreachable])

    assert "ratio 1000" in str(found["omp 0"])
    assert isinstance(found["dense 0"], Fitted)


def test_a_batch_of_one_class_and_a_last_batch_of_one_row_train_like_any_other():
    data = blobs(rows=72, classes=3)
    sorted_rows = data.train.y.argsort(kind="stable")
    single = replace(
        data,
        train=type(data.train)(
            data.train.x[sorted_rows][:33], data.train.y[sorted_rows][:33] * 0 + 1
        ),
    )
    members = members_of(from_the_text(), ["iunet"], seeds=(0,))
    members += [
        replace(m, key=f"other {m.key}") for m in members_of(from_the_code(), ["iunet"], seeds=(0,))
    ]

    found = fit(single, members)

    assert all(isinstance(f, Fitted) for f in found.values())
