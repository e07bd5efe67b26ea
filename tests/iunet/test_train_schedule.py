"""Learning rates, decays and snapshots of the shipped protocols, by hand."""

from dataclasses import replace
from math import cos, pi, sqrt

import pytest
from small_runs import PROTOCOLS, from_the_code, from_the_text

from iunet.declare.settings import Optimiser, Schedule
from iunet.train.schedule import decay_rate, ends_cycle, learning_rate


def snapshots(training):
    return [e for e in range(training.epochs) if ends_cycle(training.schedule, e)]


def decay(training, epoch, batches=10):
    return decay_rate(training.optimiser, training.schedule, epoch, training.batch, batches)


def test_restarts_of_15_30_and_60_epochs_end_after_epochs_15_45_and_105():
    assert snapshots(from_the_text().table.finetune) == [14, 44, 104]


def test_three_ticks_an_epoch_give_the_snapshots_of_the_released_code():
    training = from_the_code().table.finetune

    assert snapshots(training) == snapshots(from_the_code().table.pretrain) == [4, 14, 34, 74]
    assert training.epochs == 106


def test_the_released_schedule_ends_within_a_cycle_at_a_rate_of_two_thirds():
    training = from_the_code().table.finetune

    # 317 ticks before the last epoch, 225 of them in the four full cycles; the fifth has 240
    expected = 1e-3 * (1 + cos(pi * 92 / 240)) / 2
    assert learning_rate(training, 105) == pytest.approx(expected, rel=1e-12)
    assert learning_rate(training, 105) == pytest.approx(6.8e-4, abs=5e-6)


@pytest.mark.parametrize(
    ("epoch", "position", "length"),
    [(0, 0, 15), (7, 7, 15), (14, 14, 15), (15, 0, 30), (30, 15, 30), (45, 0, 60), (104, 59, 60)],
)
def test_the_rate_is_a_cosine_of_the_epochs_since_the_last_restart(epoch, position, length):
    training = from_the_text().table.finetune

    expected = 1e-3 * (1 + cos(pi * position / length)) / 2
    assert learning_rate(training, epoch) == pytest.approx(expected, rel=1e-12)


def test_a_constant_schedule_neither_changes_nor_ends():
    training = from_the_text().table.pretrain

    assert training.schedule.kind == "constant"
    assert {learning_rate(training, epoch) for epoch in range(105)} == {1e-3}
    assert snapshots(training) == []


@pytest.mark.parametrize("epoch", [0, 10, 44, 104])
def test_a_decoupled_decay_is_the_same_in_every_epoch(epoch):
    assert decay(from_the_text().table.finetune, epoch) == 1e-2


@pytest.mark.parametrize(
    ("epoch", "position", "length"), [(0, 2, 15), (4, 14, 15), (5, 2, 30), (40, 17, 120)]
)
def test_a_normalised_decay_follows_the_rate_and_the_length_of_the_cycle(epoch, position, length):
    factor = (1 + cos(pi * position / length)) / 2
    expected = 1e-2 * factor * sqrt(128 / (10 * length))

    assert decay(from_the_code().table.finetune, epoch) == pytest.approx(expected, rel=1e-12)


def test_no_decay_is_no_decay_under_any_schedule():
    for protocol in PROTOCOLS.values():
        training = protocol().table.finetune
        without = replace(training, optimiser=replace(training.optimiser, weight_decay=0.0))
        assert decay(without, 3) == 0


def test_a_cycle_that_ends_within_an_epoch_of_many_ticks_is_not_missed():
    schedule = Schedule("cosine-restarts", first_cycle=2, multiplier=1, ticks_per_epoch=5)
    training = replace(
        from_the_text().table.finetune,
        schedule=schedule,
        optimiser=Optimiser("adamw", 1.0),
        epochs=4,
    )

    assert snapshots(training) == [0, 1, 2, 3]
    assert [learning_rate(training, e) for e in range(3)] == pytest.approx([1.0, 0.5, 1.0])
