"""What happens between two stages: restarts, facts, consistency."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_runs import (
    PROTOCOLS,
    blobs,
    build_tiny,
    from_the_code,
    from_the_text,
    small_chain,
    tiny_net,
    use_net,
)

from iunet.declare.settings import Views
from iunet.declare.sharing import Member
from iunet.measure.consistency import agreement
from iunet.nets.network import fresh_statistics
from iunet.nets.snapshot import Snapshot
from iunet.nets.start import imprinted, initial_weights
from iunet.streams import stream
from iunet.train.chain import Source, finetune_member, pretrain_member, prune
from iunet.train.cohort import fit_cohort
from iunet.train.progress import Meter
from iunet.train.stage import StageRun
from iunet.views.pool import Pool
from iunet.views.scarf import corrupted

SEED = 3
BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A network small enough for tests, under a key like any other."""
    use_net(monkeypatch, build_tiny)


@pytest.fixture
def table():
    return Source(blobs(), "blobs", "tiny", "cpu")


def pretrained(table, chain):
    begin = pretrain_member(table, chain, SEED)
    run = StageRun(table.build(chain), table.data, [begin], device="cpu", meter=Meter(0))
    (trained,) = run.run()
    return trained


def pruned(table, chain, restart):
    chain = replace(chain, cut=replace(chain.cut, restart=restart))
    trained = pretrained(table, chain)
    return trained, restarted(table, chain, trained)


def restarted(table, chain, trained):
    return finetune_member(table, chain, SEED, trained, prune(table, chain, SEED, trained))


def test_the_supernet_starts_from_its_scaled_initial_weights(table):
    chain = small_chain(from_the_code(), "iunet")
    layout = table.build(chain).layout

    begin = pretrain_member(table, chain, SEED)

    unscaled = initial_weights(layout, chain.start.init, SEED)
    assert chain.start.kappa == 0.25
    assert torch.equal(begin.weights, unscaled * 0.25)
    assert begin.statistics[0].eq(0).all() and begin.statistics[1].eq(1).all()


@BOTH
def test_a_restart_from_the_beginning_takes_the_unscaled_weights_and_fresh_statistics(
    table, protocol
):
    chain = small_chain(protocol(), "iunet")

    _, member = pruned(table, chain, "initial")

    unscaled = initial_weights(table.build(chain).layout, chain.start.init, SEED)
    assert not torch.equal(imprinted(table.build(chain).layout, unscaled, chain.start), unscaled)
    assert torch.equal(member.weights, unscaled * member.mask)
    assert member.statistics[0].eq(0).all() and member.statistics[1].eq(1).all()


@BOTH
def test_a_restart_from_the_first_epoch_takes_its_weights_and_statistics(table, protocol):
    chain = small_chain(protocol(), "iunet")
    once = replace(chain, pretrain=replace(chain.pretrain, epochs=1))

    trained, member = pruned(table, chain, "first-epoch")

    after_one = pretrained(table, once).last
    assert torch.equal(trained.first.weights, after_one.weights)
    assert torch.equal(member.weights, after_one.weights[0] * member.mask)
    assert torch.equal(member.statistics, after_one.statistics[0])


def test_a_random_restart_takes_weights_that_were_never_used(table):
    chain = small_chain(from_the_text(), "iunet")

    _, member = pruned(table, chain, "random")

    first = initial_weights(table.build(chain).layout, chain.start.init, SEED)
    kept = member.mask & table.build(chain).layout.in_scope("encoder-weights")
    assert not (member.weights[kept] == first[kept]).any()
    assert member.weights[kept].std().item() == pytest.approx(first[kept].std().item(), rel=0.3)


@BOTH
def test_the_mask_is_that_of_the_last_epoch_of_pre_training(table, protocol):
    chain = small_chain(protocol(), "omp")

    trained, member = pruned(table, chain, "initial")

    scope = table.build(chain).layout.in_scope(chain.cut.scope)
    size = trained.last.weights[0].abs()
    assert size[scope & member.mask].min() >= size[scope & ~member.mask].max()


def facts_of(data, protocol, methods):
    members = [Member(m, small_chain(protocol, m), SEED) for m in methods]
    found = dict(fit_cohort(data, "tiny", members, data_id="blobs"))
    return {key: fitted.facts for key, fitted in found.items()}, found


@BOTH
def test_a_pruned_run_tells_what_its_trained_network_kept(table, protocol):
    facts, found = facts_of(table.data, protocol(), ["omp", "initial-magnitude", "random-mask"])

    for key, fact in facts.items():
        nonzero = (found[key].predictor.weights[0] != 0).sum().item()
        assert fact["kept_weights"] == pytest.approx(nonzero, abs=30)  # a kept weight can be 0
        assert fact["kept_weights"] < fact["total_weights"] == tiny_net().layout.total
    assert facts["initial-magnitude"]["kept_already_largest"] == 1
    assert facts["random-mask"]["kept_already_largest"] < facts["omp"]["kept_already_largest"] < 1
    assert len({fact["mask_hash"] for fact in facts.values()}) == 3


def test_a_dense_run_tells_no_mask_and_a_shrunk_one_what_is_left(table):
    facts, _ = facts_of(table.data, from_the_code(), ["dense", "beta-lasso"])

    assert "mask_hash" not in facts["dense"]
    assert facts["beta-lasso"]["kept_weights"] < facts["dense"]["kept_weights"]


@BOTH
def test_a_run_tells_first_and_last_loss_and_the_reported_epoch(table, protocol):
    facts, found = facts_of(table.data, protocol(), ["dense", "omp"])

    assert facts["dense"]["first_loss"] != facts["dense"]["last_loss"]
    for key in ("dense", "omp"):
        assert facts[key]["last_loss"] == found[key].trace[-1]["loss"]
        assert facts[key]["ensemble_size"] == len(found[key].predictor.weights)
        assert -1 <= facts[key]["reported_epoch"] <= 5
    if protocol is from_the_text:
        assert facts["omp"]["reported_epoch"] == 5


def snapshot(seed=0, head=None):
    """Freshly initialised weights, the head's bias set to `head` where given."""
    net = tiny_net()
    weights = initial_weights(net.layout, "torch-default", seed).double().unsqueeze(0)
    if head is not None:
        net.layout.views(weights)["head.bias"].copy_(torch.tensor(head))
    return Snapshot(weights, fresh_statistics(net, 1, torch.float64))


def measured(data, state, views, *, batch_statistics=True):
    pool = Pool.of(data, "cpu", torch.float64)
    rows = torch.as_tensor(data.valid.x, dtype=torch.float64)
    return agreement(
        tiny_net(),
        state,
        rows,
        pool,
        views,
        stream(0, "consistency"),
        batch_statistics=batch_statistics,
    )


def test_corrupted_values_come_from_the_rows_that_the_setting_names():
    data = blobs(rows=300)

    for rows, part in (("train", data.train), ("valid", data.valid)):
        assert np.array_equal(Pool.of(data, "cpu", torch.float32, rows).x, part.x)


@pytest.mark.parametrize("batch_statistics", [True, False])
@pytest.mark.parametrize("donor", ["one-row", "per-feature"])
def test_a_view_that_corrupts_nothing_changes_no_prediction(donor, batch_statistics):
    nothing = Views(0.0, donor, "column")

    found = measured(blobs(rows=900), snapshot(), nothing, batch_statistics=batch_statistics)

    assert found.consistency == 1
    # untrained running statistics make an untrained net predict one class: no agreement at all
    assert found.cohen_kappa == (1 if batch_statistics else 0)


def test_collapse_is_full_agreement_that_is_none_beyond_chance():
    collapsed = snapshot(head=[50.0, 0.0, 0.0])

    found = measured(blobs(rows=900), collapsed, Views(0.5, "one-row", "column"))

    assert found.consistency == 1
    assert found.cohen_kappa == 0
    assert found.top_class_share == 1
    assert found.entropy == 0


def test_corruption_of_all_columns_leaves_agreement_by_chance_only():
    found = measured(blobs(rows=3000), snapshot(), Views(1.0, "one-row", "column"))

    assert abs(found.cohen_kappa) < 0.1
    assert found.consistency < 0.8


def test_agreement_is_averaged_over_batches_and_measured_on_batch_statistics_where_asked():
    data = blobs(rows=600)  # 200 validation rows: batches of 128 and 72
    net, state = tiny_net(), snapshot()
    views = Views(0.5, "one-row", "column")

    found = measured(data, state, views).consistency

    pool, draw = Pool.of(data, "cpu", torch.float64), stream(0, "consistency")
    shares = []
    for rows in torch.as_tensor(data.valid.x, dtype=torch.float64).split(128):
        view = corrupted(rows, pool.x, pool.groups, views, draw)
        classes = [
            net.forward(net.layout.views(state.weights), x.unsqueeze(0), None).logits[0].argmax(1)
            for x in (rows, view)
        ]
        shares.append((classes[0] == classes[1]).double().mean().item())
    assert found == pytest.approx(np.mean(shares))
    by_running = measured(data, state, views, batch_statistics=False)
    assert by_running.consistency != found


@BOTH
def test_a_pruned_run_tells_the_consistency_of_its_restart(table, protocol):
    chain = small_chain(protocol(), "omp")
    ((_, fitted),) = fit_cohort(table.data, "tiny", [Member("a", chain, SEED)], data_id="blobs")

    member = restarted(table, chain, pretrained(table, chain))
    state = Snapshot(member.weights.unsqueeze(0), member.statistics.unsqueeze(0))
    rule = chain.consistency
    pool = Pool.of(table.data, "cpu", torch.float32, rule.donors)
    expected = agreement(
        table.build(chain),
        state,
        torch.as_tensor(table.data.valid.x),
        pool,
        rule.views,
        stream(SEED, "consistency"),
        batch_statistics=rule.batch_statistics,
    )
    assert fitted.facts["restart_consistency"] == expected.consistency
    assert fitted.facts["restart_cohen_kappa"] == expected.cohen_kappa
