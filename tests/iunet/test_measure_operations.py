"""Agreement under single operations on pictures."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from small_pictures import VALUES, VIEWS, build_tiny, picture_chain, pictures
from small_runs import PROTOCOLS, from_the_code, from_the_text, tiny_net, use_net

from iunet.declare.settings import Operation, PictureConsistency
from iunet.declare.sharing import Member
from iunet.measure import operations
from iunet.measure.consistency import predicted
from iunet.measure.operations import Look, operation_agreements, picture_facts
from iunet.nets.network import fresh_statistics
from iunet.nets.snapshot import Snapshot
from iunet.nets.start import initial_weights
from iunet.prune.cut import mask_of
from iunet.streams import stream
from iunet.train.cohort import fit_cohort
from iunet.views.pictures import NOTHING, apply_draws, draw_operation, normalised

BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


def untrained(seed=0, head=None):
    """Fresh weights and statistics, the head's bias set to `head` where given."""
    net = tiny_net(VALUES, 3)
    weights = initial_weights(net.layout, "torch-default", seed).unsqueeze(0)
    if head is not None:
        net.layout.views(weights)["head.bias"].copy_(torch.tensor(head))
    return net, Snapshot(weights, fresh_statistics(net, 1, torch.float32))


def measured(data, state, views=VIEWS, *, batch_statistics=True):
    looks = {"look": Look(state, batch_statistics)}
    return operation_agreements(tiny_net(VALUES, 3), looks, data, views, seed=0)


def test_views_that_change_nothing_change_no_prediction():
    found = measured(pictures(valid=150), untrained()[1], NOTHING)

    assert set(found) == {f"look_{operation}" for operation in get_args(Operation)}
    assert all(agreement.consistency == 1 for agreement in found.values())
    assert all(agreement.cohen_kappa == 1 for agreement in found.values())


@pytest.mark.parametrize("batch_statistics", [True, False])
def test_a_net_that_predicts_one_class_shows_as_collapsed(batch_statistics):
    state = untrained(head=[0.0, 50.0, 0.0])[1]

    found = measured(pictures(), state, batch_statistics=batch_statistics)

    for agreement in found.values():
        assert agreement.consistency == agreement.top_class_share == 1
        assert agreement.entropy == agreement.cohen_kappa == 0


def test_agreement_compares_two_views_by_the_named_operation_and_is_averaged_over_batches():
    data, (net, state) = pictures(valid=150), untrained()

    found = measured(data, state)["look_resize"]

    draw, mean, std = stream(0, "consistency resize"), *map(torch.as_tensor, (data.mean, data.std))
    levels = torch.as_tensor(data.valid.x) * std.view(3, 1, 1) + mean.view(3, 1, 1)
    shares = []
    for part in levels.split(128):
        drawn = [draw_operation(len(part), "resize", VIEWS, draw) for _ in range(2)]
        views = [normalised(apply_draws(part.clamp(0, 1), one), mean, std) for one in drawn]
        first, second = (predicted(net, state, view, batch_statistics=True) for view in views)
        shares.append((first == second).mean())
    assert len(shares) == 2
    assert found.consistency == pytest.approx(np.mean(shares), abs=0.02)  # rounded to levels there
    assert found.consistency < 1


def test_validation_pictures_are_viewed_as_the_255ths_they_were():
    data = pictures()
    mean, std = (torch.as_tensor(part) for part in (data.mean, data.std))

    levels = operations._as_drawn(torch.as_tensor(data.valid.x), mean, std) * 255

    assert (levels - levels.round()).abs().max() < 1e-4
    assert levels.min() >= 0 and levels.max() <= 255
    again = normalised(levels / 255, mean, std)
    assert (again - torch.as_tensor(data.valid.x)).abs().max() < 1e-5


def test_no_more_pictures_are_looked_at_than_said_and_a_net_without_an_end_has_no_end():
    data, state = pictures(valid=60), untrained()[1]
    short = replace(data, valid=type(data.valid)(data.valid.x[:40], data.valid.y[:40]))
    rule = PictureConsistency(VIEWS, 40, "first-epoch", batch_statistics=True)
    net = tiny_net(VALUES, 3)

    def facts(data, after=None):
        return picture_facts(net, data, rule, 0, before=state, initial=state, after=after)

    assert facts(data) == facts(short)
    assert not any(name.startswith("trained") for name in facts(data))
    assert any(name.startswith("trained") for name in facts(data, state))


def test_each_state_is_normalised_as_its_name_says():
    data, net = pictures(), tiny_net(VALUES, 3)
    before, initial, after = (untrained(seed)[1] for seed in (0, 1, 2))
    after = Snapshot(after.weights, after.statistics + 0.5)
    rule = PictureConsistency(VIEWS, 40, "first-epoch", batch_statistics=True)

    facts = picture_facts(net, data, rule, 0, before=before, initial=initial, after=after)

    expected = {
        "restart": measured(data, before),
        "restart_by_running_statistics": measured(data, before, batch_statistics=False),
        "initial": measured(data, initial),
        "trained": measured(data, after, batch_statistics=False),
    }
    for name, found in expected.items():
        for operation in get_args(Operation):
            agreement = found[f"look_{operation}"]
            assert facts[f"{name}_{operation}_consistency"] == agreement.consistency
            assert facts[f"{name}_{operation}_cohen_kappa"] == agreement.cohen_kappa
            assert facts[f"{name}_{operation}_top_class_share"] == agreement.top_class_share
            assert facts[f"{name}_{operation}_entropy"] == agreement.entropy
    assert len(facts) == 4 * 4 * 4


@BOTH
def test_the_initial_state_of_a_run_is_its_mask_times_the_unscaled_initial_weights(
    protocol, monkeypatch
):
    use_net(monkeypatch, build_tiny)
    data, chain = pictures(), picture_chain(protocol(), "initial-magnitude")
    net = build_tiny(VALUES, 3, chain.start)

    ((_, fitted),) = fit_cohort(data, "tiny", [Member("a", chain, 5)], data_id="patches")

    weights = initial_weights(net.layout, chain.start.init, 5)
    mask = mask_of(net.layout, weights, weights, chain.cut, 5)
    state = Snapshot((weights * mask).unsqueeze(0), fresh_statistics(net, 1, torch.float32))
    looks = {"initial": Look(state, batch_statistics=True)}
    found = operation_agreements(net, looks, data, chain.consistency.views, seed=5)
    assert fitted.facts["initial_horiz_consistency"] == found["initial_horiz"].consistency
    assert fitted.facts["initial_color_cohen_kappa"] == found["initial_color"].cohen_kappa


def test_where_the_restart_is_the_beginning_its_state_is_that_of_the_initial_weights(monkeypatch):
    use_net(monkeypatch, build_tiny)
    chain = picture_chain(from_the_text(), "omp")
    rule = replace(chain.consistency, batch_statistics=True)

    ((_, fitted),) = fit_cohort(
        pictures(), "tiny", [Member("a", replace(chain, consistency=rule), 0)], data_id="patches"
    )

    facts = fitted.facts
    for operation in get_args(Operation):
        restart = facts[f"restart_{operation}_consistency"]
        assert restart == facts[f"initial_{operation}_consistency"]


def test_under_the_released_settings_the_restart_is_the_first_epoch_under_the_mask(monkeypatch):
    use_net(monkeypatch, build_tiny)
    chain = picture_chain(from_the_code(), "omp")

    ((_, fitted),) = fit_cohort(pictures(), "tiny", [Member("a", chain, 0)], data_id="patches")

    facts = fitted.facts
    differ = [
        facts[f"restart_{operation}_entropy"] != facts[f"initial_{operation}_entropy"]
        for operation in get_args(Operation)
    ]
    assert any(differ)
